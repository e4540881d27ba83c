"""What a customer wants, by the words used and how much they weigh."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from muster.models.rehearsal.reading.phrases import listed, load, pattern
from muster.models.rehearsal.reading.plain import Vocabulary, normal

Wish = Literal[
    "refund", "return_question", "tracking", "address", "complaint", "person", "sensitive", "nothing"
]

_TAKEN_LITERALLY = ("person", "sensitive", "nothing")
"""Wishes no misspelt word stands for: too much follows from them."""
_MOST_HEARD = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """How strongly each wish was heard; higher is stronger, absent is not at all."""

    strength: Mapping[Wish, float]

    def of(self, wish: Wish) -> float:
        """The strength of one wish."""
        return self.strength.get(wish, 0.0)

    def strongest(self, among: Iterable[Wish]) -> Wish | None:
        """The strongest of some wishes, the first one on a tie; None when none was heard."""
        best: Wish | None = None
        for wish in among:
            if self.of(wish) > (self.of(best) if best else 0.0):
                best = wish
        return best


@lru_cache(maxsize=2048)
def read_wishes(text: str) -> Reading:
    """How strongly each wish is heard in a text; the same words twice count once."""
    plain = _VOCABULARY.corrected(normal(text))
    strength: dict[Wish, float] = {}
    for wish, weight, phrases in _PATTERNS:
        heard = set(phrases.findall(plain))
        if heard:
            strength[wish] = strength.get(wish, 0.0) + weight * min(len(heard), _MOST_HEARD)
    return Reading(strength)


def _phrases() -> Iterator[tuple[Wish, float, list[str]]]:
    """Wish, weight and phrases, as `wishes.yaml` lists them."""
    wishes = load("wishes")
    for wish in get_args(Wish):
        for weight, by_language in wishes[wish].items():
            yield wish, float(weight), listed(by_language)


_PATTERNS = [(wish, weight, pattern(phrases)) for wish, weight, phrases in _phrases()]
_VOCABULARY = Vocabulary(
    word
    for wish, _, phrases in _phrases()
    if wish not in _TAKEN_LITERALLY
    for phrase in phrases
    for word in re.findall(r"[a-z]{5,}", phrase)
)
