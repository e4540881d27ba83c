"""Credentials that stand in an entry as they are: they are not written into a file of ours."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import parse_qsl, urlsplit

from muster.gateway.errors import McpServersError
from muster.gateway.mcp_servers import Entry
from muster.gateway.placeholders import has_placeholder, looks_secret

_KNOWN_FORMS = re.compile(
    r"\b(sk-[\w-]{16,}|gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}"
    r"|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|eyJ[\w-]{10,}\.[\w-]{10,}\.|(sk|rk|pk)_(live|test)_\w{10,})"
)
_SERVICE: Final = "muster"

Keep = Callable[[str, str, str], None]
"""Stores a secret: service, name, value."""


@dataclass(frozen=True, slots=True)
class PlainSecret:
    """Where a credential stands as it is; never what it is."""

    server: str
    place: Literal["env", "headers", "args", "url"]
    name: str


def plain_secrets(entries: Mapping[str, Entry]) -> list[PlainSecret]:
    """Every credential that stands in the entries as it is."""
    return [
        PlainSecret(server, place, name) for server, entry in entries.items() for place, name in _found(entry)
    ]


def without_plain_secrets(entries: Mapping[str, Entry], keep: Keep | None, where: str) -> dict[str, Entry]:
    """The entries with a reference in place of each credential, the credentials given to `keep`.

    Raises:
        McpServersError: there is one and nothing keeps it, or it stands where others can read it.
    """
    for found in plain_secrets(entries):
        exposed = found.place in ("args", "url")
        if exposed or keep is None:
            names = found.name.upper().replace("-", "_")
            raise McpServersError(
                f"{found.place} of server {found.server} holds a credential as plain text: {found.name}",
                where=where,
                do=f"write ${{{names}}} there and set {names}"
                + ("" if exposed else ", or add --keyring to have it kept in the keyring"),
            )
    return {server: _kept(server, entry, keep) if keep else entry for server, entry in entries.items()}


def _found(entry: Entry) -> Iterator[tuple[Literal["env", "headers", "args", "url"], str]]:
    for name, value in entry.env.items():
        if _is_secret(name, value):
            yield "env", name
    for name, value in entry.headers.items():
        if _is_secret(name, value):
            yield "headers", name
    for before, word in zip(["", *entry.args], entry.args, strict=False):
        option, has_value, value = word.partition("=")
        name, value = (option, value) if has_value else (before, word)
        if _KNOWN_FORMS.search(word) or (name.startswith("-") and _is_secret(name, value)):
            yield "args", name.lstrip("-") or "an argument"
    parts = urlsplit(entry.url or "")
    if (parts.password and not has_placeholder(parts.password)) or _KNOWN_FORMS.search(entry.url or ""):
        yield "url", "the address"
    for name, value in parse_qsl(parts.query):
        if _is_secret(name, value):
            yield "url", name


def _is_secret(name: str, value: str) -> bool:
    plain = bool(value) and not value.startswith("-") and not has_placeholder(value)
    return plain and (looks_secret(name) or _KNOWN_FORMS.search(value) is not None)


def _kept(server: str, entry: Entry, keep: Keep) -> Entry:
    def moved(values: Mapping[str, str]) -> dict[str, str]:
        found = dict(values)
        for name, value in values.items():
            if _is_secret(name, value):
                scheme, space, token = value.strip().rpartition(" ")
                keep(_SERVICE, f"{server}.{name}", token)
                found[name] = f"{scheme}{space}${{keyring:{_SERVICE}/{server}.{name}}}"
        return found

    return entry.model_copy(update={"env": moved(entry.env), "headers": moved(entry.headers)})
