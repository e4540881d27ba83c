"""Which of the four languages a text is in."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from muster.models.rehearsal.reading.plain import normal, words

Language = Literal["en", "de", "fr", "es"]

_MARKS: dict[Language, frozenset[str]] = {
    "en": frozenset(
        "the and you your my is are was have has i it this that with for not please would could of to in on hello hi"
        " dear thanks thank regards we our when where what an be can from".split()
    ),
    "de": frozenset(
        "der die das und ich sie ihr ihre mein meine meiner meinen ist sind war habe hat nicht bitte mit fur von zu"
        " auf hallo guten tag liebe danke grusse wir uns unser wann wo was ein eine einen dass wurde aus bei noch"
        " mir im am den dem des es seit".split()
    ),
    "fr": frozenset(
        "le la les et je vous votre vos mon ma mes est sont j ai n pas bonjour merci avec pour de du des que qui"
        " nous notre quand ou un une cordialement dans sur ce cette il elle au aux d l c".split()
    ),
    "es": frozenset(
        "el la los las y yo usted su sus mi mis es son he ha no por favor hola gracias con para de del que quien"
        " nosotros nuestro cuando donde un una saludos en este esta me lo se al pero como buenos dias".split()
    ),
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
