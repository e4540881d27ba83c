"""Text made comparable: lower case, no accents, one kind of space, misspelt words set right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

_WORD = re.compile(r"[a-z0-9]+")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), None)
_SPECIAL = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "’": "'", "‘": "'", "–": "-", "—": "-"})

SHORTEST_TYPO = 6


def normal(text: str) -> str:
    """The text in lower case without accents, invisible characters and repeated spaces; lines are kept."""
    text = text.translate(_INVISIBLE).lower().translate(_SPECIAL)
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[^\S\n]+", " ", text)


def words(text: str) -> list[str]:
    """The words of a normal text."""
    return _WORD.findall(text)


class Vocabulary:
    """Known words, found again through one wrong, missing, extra or swapped letter."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(known)
        self._near: dict[str, str] = {}
        for word in sorted(self._known):
            if len(word) >= SHORTEST_TYPO:
                for form in _one_left_out(word):
                    self._near.setdefault(form, word)

    def corrected(self, text: str) -> str:
        """A normal text with each unknown word that is one slip away from a known one made that word."""
        return _WORD.sub(lambda found: self._word(found.group(0)), text)

    def _word(self, word: str) -> str:
        if len(word) < SHORTEST_TYPO - 1 or word in self._known or not word.isalpha():
            return word
        near = self._near.get(word)
        if near is None and len(word) >= SHORTEST_TYPO:
            near = next((self._near[form] for form in _one_left_out(word) if form in self._near), None)
        if near is None or near[0] != word[0] or not _one_slip(word, near):
            return word
        return near


def _one_left_out(word: str) -> Iterator[str]:
    yield word
    for index in range(len(word)):
        yield word[:index] + word[index + 1 :]


def _one_slip(written: str, known: str) -> bool:
    """Whether one letter is wrong, missing, extra, or two neighbours are swapped."""
    if abs(len(written) - len(known)) > 1:
        return False
    start = 0
    while start < min(len(written), len(known)) and written[start] == known[start]:
        start += 1
    left, right = written[start:], known[start:]
    if left[1:] == right[1:] or left[1:] == right or left == right[1:]:
        return True
    return len(left) >= 2 and left[:2] == right[1::-1] and left[2:] == right[2:]
