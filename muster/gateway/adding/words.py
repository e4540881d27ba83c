"""The words of words.yaml, and how names are taken apart."""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict
from ruamel.yaml import YAML

from muster.ledger.events import Effect

Words = Annotated[frozenset[str], BeforeValidator(str.split)]

JOINTS: Final = frozenset({"and", "or", "then", "also"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NO_WORD = re.compile(r"[^a-z0-9]+")


class ArgumentWords(BaseModel):
    """Words by which arguments tell what they hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount: Words
    currency: Words
    code: Words
    url: Words
    payee: Words
    recipient: Words
    free_text: Words
    own_choice: Words
    key: Words


class Vocabulary(BaseModel):
    """The file, typed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    effects: dict[Effect, Words]
    """Verbs, the worst effect first."""
    nouns: Words
    always_verbs: Words
    money_nouns: Words
    money_nouns_if_told: Words
    reaching: Words
    arguments: ArgumentWords


@cache
def vocabulary() -> Vocabulary:
    """The words, read once."""
    text = files("muster.gateway.adding").joinpath("words.yaml").read_text(encoding="utf-8")
    return Vocabulary.model_validate(YAML(typ="safe").load(text))


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name in snake, kebab, dotted or camel case, in small letters."""
    return tuple(word for word in _NO_WORD.split(_CAMEL.sub("_", text).lower()) if word)


def effect_of(word: str) -> Effect | None:
    """What a tool whose verb is `word` does at worst; null for one not listed. `sends` counts as `send`."""
    forms = stems(word)
    return next((effect for effect, verbs in vocabulary().effects.items() if forms & verbs), None)


def worst(effects: Iterable[Effect]) -> Effect:
    """The most dangerous of them; destructive when there are none."""
    found = set(effects)
    return next((effect for effect in vocabulary().effects if effect in found), "destructive")


def stems(word: str) -> frozenset[str]:
    """`word` and the infinitives it may be a third person of."""
    found = {word}
    if word.endswith("ies"):
        found.add(word[:-3] + "y")
    if word.endswith("es"):
        found.add(word[:-2])
    if word.endswith("s") and not word.endswith("ss"):
        found.add(word[:-1])
    return frozenset(found)
