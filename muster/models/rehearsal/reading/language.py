"""Which of the four languages a text is in."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

from muster.models.rehearsal.reading.phrases import vocabulary
from muster.models.rehearsal.reading.plain import normal, words

Language = Literal["en", "de", "fr", "es"]

_MARKS: dict[Language, frozenset[str]] = {
    language: frozenset(vocabulary()["language"][language].split()) for language in get_args(Language)
}


@lru_cache(maxsize=2048)
def language_of(text: str) -> Language:
    """The language most of the text's small words belong to; English when there are none."""
    found = words(normal(text))
    counts = {language: sum(1 for word in found if word in marks) for language, marks in _MARKS.items()}
    best: Language = "en"
    for language, count in counts.items():
        if count > counts[best]:
            best = language
    return best
