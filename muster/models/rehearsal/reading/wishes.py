"""What a customer wants, by the words used and how much they weigh."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from muster.models.rehearsal.reading.lexicon import WISHES, Wish
from muster.models.rehearsal.reading.plain import Vocabulary, normal

_GAP = r"(?:\W+\w+){0,4}?\W+"


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


def _patterns() -> list[tuple[Wish, float, re.Pattern[str]]]:
    patterns: list[tuple[Wish, float, re.Pattern[str]]] = []
    for wish, by_weight in WISHES.items():
        for weight, listed in by_weight.items():
            phrases = [phrase for line in listed.split("\n") for phrase in line.strip().split("|") if phrase]
            forms = "|".join(
                re.escape(phrase).replace(r"\ \~\ ", _GAP).replace(r"\ ", r"\s+") for phrase in phrases
            )
            patterns.append((wish, weight, re.compile(rf"\b(?:{forms})")))
    return patterns


_PATTERNS = _patterns()
_TAKEN_LITERALLY = ("sensitive", "person", "nothing")
_VOCABULARY = Vocabulary(
    word
    for wish, by_weight in WISHES.items()
    if wish not in _TAKEN_LITERALLY
    for listed in by_weight.values()
    for word in re.findall(r"[a-z]{5,}", listed)
)


@lru_cache(maxsize=2048)
def read_wishes(text: str) -> Reading:
    """How strongly each wish is heard in a text; the same words twice count once."""
    plain = _VOCABULARY.corrected(normal(text))
    strength: dict[Wish, float] = {}
    for wish, weight, pattern in _PATTERNS:
        heard = set(pattern.findall(plain))
        if heard:
            strength[wish] = strength.get(wish, 0.0) + weight * min(len(heard), 3)
    return Reading(strength)


_OTHER_PAYEE = re.compile(
    r"\b(?:(?:new|other|another|different) (?:bank )?(?:account|card|iban)|account instead|to my paypal"
    r"|(?:neue[sn]?|andere[sn]?) (?:konto|bankverbindung|karte)|auf (?:dieses|folgendes) konto"
    r"|(?:autre|nouveau) compte|autre carte|otra cuenta|nueva cuenta|otra tarjeta)"
)


def other_payee(text: str) -> bool:
    """Whether the text asks for money to go somewhere else than where it came from."""
    return _OTHER_PAYEE.search(normal(text)) is not None
