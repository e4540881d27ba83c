"""Which of an order's items a message names."""

from __future__ import annotations

from collections.abc import Sequence

from muster.models.rehearsal.reading.plain import Vocabulary, normal, words

_SHORTEST_WORD = 4
_EVERYTHING = (
    "everything|all of it|whole order|entire order|complete order|both items|alles|komplette|gesamte|ganze bestellung"
    "|tout |toute la commande|la totalite|todo|toda la|pedido completo"
).split("|")


def named_items(message: str, names: Sequence[str]) -> list[int]:
    """Positions of the items the message names; empty when it names none, or wants everything.

    An item is named when the message holds the words that tell it from the order's other items.
    """
    text = normal(message)
    if any(word in text for word in _EVERYTHING):
        return []
    held = [_telling_words(name) for name in names]
    told = Vocabulary(word for item in held for word in item).corrected(text)
    said = set(words(told))
    scores = [_share(item, said) for item in held]
    best = max(scores, default=0.0)
    if best < 0.5:
        return []
    return [index for index, score in enumerate(scores) if score == best]


def _telling_words(name: str) -> set[str]:
    return {word for word in words(normal(name)) if len(word) >= _SHORTEST_WORD}


def _share(item: set[str], said: set[str]) -> float:
    return len(item & said) / len(item) if item else 0.0
