"""Which of an order's items a message names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from muster.models.rehearsal.reading.plain import Vocabulary, normal, words

_SHORTEST_WORD = 4
_WHOLE = (
    "everything|all of it|whole order|entire order|complete order|both|alles|komplett|gesamte|ganze bestellung"
    "|tout|toute|totalite|todo|toda|completo"
).split("|")
_PART = (
    "only|just|keep|rest|except|but not|one thing|nur|behalte|ausser|bis auf|seulement|garde|sauf|ne retourne que|solo|quedo"
    "|excepto|menos"
).split("|")
_KINDS = tuple(
    frozenset(line.split())
    for line in (
        "curtain curtains vorhang vorhange leinenvorhang leinenvorhange gardine gardinen rideau rideaux cortina cortinas",
        "cushion cushions kissen kissenbezug kissenbezuge kissenhulle coussin coussins cojin cojines",
        "duvet bettbezug bettwasche couette nordica",
        "throw blanket decke wolldecke plaid manta",
        "towel towels handtuch handtucher handtuchset serviettes toalla toallas",
        "runner tischlaufer chemin camino",
        "bedspread tagesdecke couvre colcha",
        "bathrobe robe bademantel peignoir albornoz",
        "sheet sheets laken spannbettlaken drap draps sabana sabanas",
        "tablecloth tischdecke nappe mantel",
        "pillow pillows kopfkissen oreiller almohada",
        "napkin napkins servietten napperon servilleta servilletas",
        "rug carpet teppich tapis alfombra",
    )
)


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
    if not any(scores) or (_has(text, _WHOLE) and not _has(text, _PART)):
        return []
    best = max(scores)
    return [index for index, score in enumerate(scores) if score == best]


def _meanings(found: Sequence[str]) -> set[str]:
    """The longer words, and for each that is a kind of goods the kind, written large."""
    told = {word for word in found if len(word) >= _SHORTEST_WORD}
    kinds = {f"KIND {number}" for number, kind in enumerate(_KINDS) if kind & set(found)}
    return told | kinds


def _has(text: str, phrases: Sequence[str]) -> bool:
    return any(f" {phrase}" in f" {text}" for phrase in phrases)
