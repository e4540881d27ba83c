"""A mail's own words: without what it quotes, its signature, and what is hidden in it for machines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from muster.models.rehearsal.reading.hidden import split_hidden

_QUOTE_STARTS = re.compile(
    r"^\s*(?:"
    r"-{2,}\s*(?:original|ursprungliche|ursprüngliche|message|mensaje|weitergeleitete|forwarded).*"
    r"|(?:on|am|le|el)\b.{4,120}(?:wrote|schrieb|a écrit|a ecrit|escribió|escribio)\b.*:?"
    r"|_{8,}"
    r"|(?:von|from|de|gesendet|sent)\s*:\s.*@.*"
    r")\s*$",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^--\s?$")


@dataclass(frozen=True, slots=True)
class Letter:
    """The parts of a text someone sent."""

    fresh: str
    """What the sender wrote this time."""
    quoted: str
    """Earlier messages carried along."""
    hidden: str
    """Text that speaks to a machine instead of to people; empty when there is none."""


@lru_cache(maxsize=2048)
def read_letter(text: str) -> Letter:
    """The letter in a text."""
    fresh: list[str] = []
    quoted: list[str] = []
    below_quote = False
    for line in text.split("\n"):
        if not below_quote and _QUOTE_STARTS.match(line):
            below_quote = True
        (quoted if below_quote or line.lstrip().startswith(">") else fresh).append(line)
    own, hidden = split_hidden("\n".join(fresh))
    past, hidden_below = split_hidden("\n".join(line.lstrip("> ") for line in quoted))
    if not own.strip() and past.strip():
        own, past = past, ""
    return Letter(_without_signature(own), past, "\n".join(filter(None, (hidden, hidden_below))))


def _without_signature(text: str) -> str:
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if index and _SIGNATURE.match(line):
            return "\n".join(lines[:index])
    return text
