"""Which of an order's items a message names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from muster.models.rehearsal.reading.phrases import topic, vocabulary
from muster.models.rehearsal.reading.plain import Vocabulary, normal, words

_SHORTEST_WORD = 4
_KINDS = tuple(frozenset(line.split()) for line in vocabulary()["goods"])


def named_items(message: str, names: Sequence[str]) -> list[int]:
    """Positions of the items the message names; empty when it names none, or wants everything.

    An item is named when the message holds a word that tells it from the order's other items, in any of the
    four languages for the usual kinds of goods.
    """
    text = normal(message)
    held = [_meanings(words(normal(name))) for name in names]
    shared = Counter(word for item in held for word in item)
    telling = [{word for word in item if shared[word] == 1} for item in held]
    known = Vocabulary(word for item in held for word in item if not word.isupper())
    said = _meanings(words(known.corrected(text)))
    scores = [len(item & said) for item in telling]
    if not any(scores) or _wants_everything(text):
        return []
    best = max(scores)
    return [index for index, score in enumerate(scores) if score == best]


def _meanings(found: Sequence[str]) -> set[str]:
    """The longer words, and for each that is a kind of goods the kind, written large."""
    told = {word for word in found if len(word) >= _SHORTEST_WORD}
    kinds = {f"KIND {number}" for number, kind in enumerate(_KINDS) if kind & set(found)}
    return told | kinds


def _wants_everything(text: str) -> bool:
    return bool(topic("whole_order").search(text)) and not topic("part_of_order").search(text)
