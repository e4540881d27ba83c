"""What a person points at: an mcpServers JSON, a command, or an address."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from muster.core.errors import CallerError
from muster.gateway.mcp_servers import Entry, StdioServer, entries_of, server_name
from muster.gateway.packages import package_of

_STDIN: Final = "-"
_NO_NAME: Final = frozenset(
    {"mcp", "api", "www", "app", "server", "sse", "com", "org", "net", "io", "v1", "v2"}
)
_DECORATION = re.compile(r"^(mcp-server-|server-|mcp-)|(-mcp-server|-mcp|-server)$")


class SourceError(CallerError):
    """What was given names no server."""


@dataclass(frozen=True, slots=True)
class Given:
    """The servers a person wants to put to use."""

    entries: Mapping[str, Entry]
    """By the name they shall have here; nothing is filled in."""
    where: str
    """Where they come from, for messages."""
    ignored: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Keys that mean nothing here, by server."""


def from_json(text: str, where: str, *, folder: Path | None = None, only: Sequence[str] = ()) -> Given:
    """The servers of an mcpServers JSON; `only` those named, where any are.

    Args:
        folder: where the file is; a relative path in an argument is looked for from there.

    Raises:
        McpServersError: it is no such JSON.
        SourceError: it names no server, or not one of `only`.
    """
    found = {
        server_name(key, where): _settled(entry, folder)
        for key, entry in entries_of(text, where).items()
        if not entry.disabled
    }
    if strangers := sorted(set(only) - found.keys()):
        raise SourceError(f"there is no server {strangers[0]}", where=where)
    chosen = {name: entry for name, entry in found.items() if not only or name in only}
    if not chosen:
        raise SourceError("there is no server in it", where=where)
    return Given(chosen, where, {name: entry.ignored for name, entry in chosen.items() if entry.ignored})


def from_command(words: Sequence[str], *, name: str | None, env: Mapping[str, str], folder: Path) -> Given:
    """A server started by that command; called after its package or program unless `name` is given.

    Raises:
        SourceError: there is no command, or no name can be made of it.
    """
    if len(words) == 1:
        words = shlex.split(words[0])
    if not words:
        raise SourceError("there is no command", do="--command 'uvx mcp-server-time'")
    entry = _settled(Entry(command=words[0], args=list(words[1:]), env=dict(env)), folder)
    return Given({_named(name, _name_of_command(words)): entry}, "the command")


def from_url(url: str, *, name: str | None, headers: Mapping[str, str]) -> Given:
    """A server at that address; called after its host unless `name` is given.

    Raises:
        SourceError: no name can be made of the address.
    """
    parts = urlsplit(url)
    labels = [*(parts.hostname or "").split("."), *parts.path.split("/")]
    found = next((word for word in labels if re.match(r"[a-z]", word) and word not in _NO_NAME), "")
    if found == "localhost":
        found = next((word for word in parts.path.split("/") if word and word not in _NO_NAME), "")
    entry = Entry(type="http", url=url, headers=dict(headers))
    return Given({_named(name, found): entry}, "the address")


def pairs(given: Sequence[str], sign: str, what: str) -> dict[str, str]:
    """`NAME=value` and `Name: value` taken apart.

    Raises:
        SourceError: one of them has no such sign; its value is not shown.
    """
    found = {}
    for each in given:
        name, found_sign, value = each.partition(sign)
        if not found_sign or not name.strip():
            raise SourceError(f"{what} is written NAME{sign}VALUE", do=f"write {what} as NAME{sign}VALUE")
        found[name.strip()] = value.strip()
    return found


def _settled(entry: Entry, folder: Path | None) -> Entry:
    """`entry` with the folder its relative arguments are meant from, where one of them is really there."""
    if folder is None or entry.cwd is not None or entry.command is None:
        return entry
    relative = (word for word in (entry.command, *entry.args) if not word.startswith(("/", "-", "~", "$")))
    if any("/" in word.removeprefix("./") or "." in word for word in relative if (folder / word).exists()):
        return entry.model_copy(update={"cwd": str(folder)})
    return entry


def _named(name: str | None, found: str) -> str:
    chosen = name or found
    if not chosen:
        raise SourceError("no name can be made of it", do="give it one: --name NAME")
    return server_name(chosen, "--name")


def _name_of_command(words: Sequence[str]) -> str:
    package = package_of(StdioServer("unnamed", words[0], tuple(words[1:])))
    if package is None:
        named = next((word for word in words[1:] if not word.startswith("-")), words[0])
        return _DECORATION.sub("", Path(named).stem)
    plain = re.split(r"(?<=.)[@=<>!~\[]", package.requirements[0])[0].rpartition("/")[2]
    return _DECORATION.sub("", plain) or plain
