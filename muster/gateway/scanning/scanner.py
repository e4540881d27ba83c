"""Scans what a tool answered, before an agent or the record gets it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import re2

from muster.gateway.scanning.pattern import Pattern
from muster.gateway.scanning.personal import PERSONAL
from muster.gateway.scanning.secrets import SECRETS

_SHORTEST_KNOWN = 8
_NOT_TEXT: Final = frozenset({"data", "blob"})
"""Keys whose strings are bytes in Base64: nobody reads them as they stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What is left of an answer, and what stood in it."""

    raw: dict[str, Any]
    """The answer with every secret replaced by `[masked: …]`; the very same object where there was none."""
    found: tuple[str, ...]
    """Kinds in order of name, never values: `personal:email`, `secret:aws_key`."""


class Scanner:
    """Finds all kinds in one pass over the text, in time that grows with its length only."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        """
        Args:
            known: secrets of our own, such as credentials given to upstreams; those under 8 characters are
                too common to be looked for.
        """
        self._known = tuple(value for value in known if len(value) >= _SHORTEST_KNOWN)
        self._patterns: tuple[Pattern, ...] = (*SECRETS, *PERSONAL)
        self._any = re2.Set.SearchSet()
        for one in self._patterns:
            self._any.Add(one.expression)
        self._any.Compile()

    def scan(self, raw: dict[str, Any]) -> Scanned:
        """The answer of a tool (or any JSON object) without secrets, and the kinds found in it."""
        found, secrets = self._look("\n".join(_strings(raw)))
        if secrets:
            raw = json.loads(_masked(json.dumps(raw), secrets, escaped=True))
        return Scanned(raw=raw, found=found)

    def scan_text(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The same for a plain text, such as an error's message."""
        found, secrets = self._look(text)
        return _masked(text, secrets, escaped=False), found

    def _look(self, text: str) -> tuple[tuple[str, ...], dict[str, str]]:
        """The kinds in `text`, and each secret with its kind."""
        kinds: set[str] = set()
        secrets: dict[str, str] = {}
        for known in self._known:
            if known in text:
                kinds.add("secret:credential")
                secrets[known] = "secret:credential"
        for place in self._any.Match(text) or ():
            pattern = self._patterns[place]
            if not pattern.is_secret:
                if pattern.holds(text):
                    kinds.add(pattern.kind)
            elif values := pattern.values(text):
                kinds.add(pattern.kind)
                secrets.update(dict.fromkeys(values - secrets.keys(), pattern.kind))
        return tuple(sorted(kinds)), secrets


def _strings(value: Any) -> Iterable[str]:
    """Every text in a JSON value, keys included; no recursion, so that depth does no harm."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            for key, held in one.items():
                yield key
                if key not in _NOT_TEXT or not isinstance(held, str):
                    waiting.append(held)
        elif isinstance(one, list):
            waiting.extend(one)


def _masked(text: str, secrets: Mapping[str, str], *, escaped: bool) -> str:
    # the longest first: a key inside a private key's block must not leave the rest of the block behind
    for value in sorted(secrets, key=len, reverse=True):
        written = json.dumps(value)[1:-1] if escaped else value
        text = text.replace(written, f"[masked: {secrets[value].partition(':')[2]}]")
    return text
