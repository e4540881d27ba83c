"""What a tool seems to do to the world, from its name, its description and its schema: a proposal, no more.

What is unclear counts as destructive. A server's hint makes a proposal stricter, never by itself laxer.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from muster.gateway.adding.arguments import Argument
from muster.gateway.adding.words import JOINTS, effect_of, stems, vocabulary, words_of, worst
from muster.ledger.events import Effect

_SENTENCE = re.compile(r"[.\n:;!?]+")
_ONLINE = re.compile(r"\b(internet|web|online|websites?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Guess:
    """A proposed effect."""

    effect: Effect
    sure: bool
    """Whether the name says it and nothing speaks against it."""
    because: tuple[str, ...]
    leaves_company: bool = False


def guess(server: str, definition: Mapping[str, Any], arguments: Sequence[Argument]) -> Guess:
    """What the tool of that definition seems to do."""
    names = words_of(str(definition.get("name", "")))
    own = set(words_of(server))
    tokens = tuple(word for word in names if word not in own) or names
    text = str(definition.get("description") or definition.get("title") or "")
    annotations = definition.get("annotations")
    hints = annotations if isinstance(annotations, Mapping) else {}
    named = _by_name(tokens)
    if named is None:
        return _unnamed(text, hints, tokens, arguments)
    effect, sure, reasons = named, True, [f"its name says {named}"]
    if effect != "read" and any(argument.is_amount for argument in arguments):
        effect = worst({effect, "money"})
        reasons.append("it takes an amount")
    elif effect == "write" and _speaks_of_money(tokens, text):
        effect, sure = "money", False
        reasons.append("its name speaks of money that moves")
    doubts = _doubts(effect, text, hints, arguments)
    effect = worst({effect, *(worse for worse, _ in doubts)})
    reasons += [why for _, why in doubts]
    leaves = effect == "read" and _leaves(tokens, text, arguments)
    if leaves:
        reasons.append("it asks outside the company")
    return Guess(effect, sure and not doubts, tuple(reasons), leaves)


def _speaks_of_money(tokens: Sequence[str], text: str) -> bool:
    known = vocabulary()
    nouns = {stem for word in tokens for stem in stems(word)}
    told = {stem for word in words_of(text) for stem in stems(word)} & (
        known.money_nouns | known.effects["money"]
    )
    return bool(known.money_nouns & nouns or (told and known.money_nouns_if_told & nouns))


def _by_name(tokens: Sequence[str]) -> Effect | None:
    """What the verbs in the name say; null when there is none."""
    for place, token in enumerate(tokens):
        effect = effect_of(token)
        is_noun = token in vocabulary().nouns and place == len(tokens) - 1 and effect != "read"
        if effect is None or is_noun:
            continue
        always = vocabulary().always_verbs
        later = [word for before, word in pairwise(tokens[place:]) if word in always or before in JOINTS]
        return worst([effect, *(other for word in later if (other := effect_of(word)) is not None)])
    return None


def _unnamed(
    text: str, hints: Mapping[str, Any], tokens: Sequence[str], arguments: Sequence[Argument]
) -> Guess:
    """The name does not say it: believed is only what the description and something else agree on."""
    said = _said(text)[:1]
    meant = effect_of(tokens[-1]) if tokens else None
    if meant is not None and said == [meant] and not _doubts(meant, text, hints, arguments):
        return Guess(meant, False, (f"its name and its description may both mean {meant}",))
    hinted = hints.get("readOnlyHint") is True
    if said == ["read"] and hinted and not _doubts("read", text, hints, arguments):
        reason = "its name says nothing; its description and the server's own hint say read"
        return Guess("read", False, (reason,), _leaves(tokens, text, arguments))
    reasons = ["nothing says surely what it does"]
    if hinted:
        reasons.append("only the server itself says that it reads")
    return Guess("destructive", False, tuple(reasons))


def _doubts(
    effect: Effect, text: str, hints: Mapping[str, Any], arguments: Sequence[Argument]
) -> list[tuple[Effect, str]]:
    """What speaks for something worse than the name says."""
    doubts: list[tuple[Effect, str]] = []
    if code := next((argument.name for argument in arguments if argument.is_code), None):
        doubts.append(("destructive", f"what stands in {code} is carried out"))
    if effect == "read" and hints.get("readOnlyHint") is False:
        worse: Effect = "write" if hints.get("destructiveHint") is False else "destructive"
        doubts.append((worse, "the server says that it does not only read"))
    if effect == "write" and hints.get("destructiveHint") is True:
        doubts.append(("destructive", "the server says that it destroys"))
    if effect == "read" and (said := [each for each in _said(text) if each != "read"]):
        doubts.append((worst(said), f"its description speaks of more than reading ({worst(said)})"))
    return doubts


def _said(text: str) -> list[Effect]:
    """What a description's verbs say, in order: the first word of each sentence, and those after `and`."""
    verbs: list[str] = []
    for sentence in _SENTENCE.split(text):
        tokens = words_of(sentence)
        joined = (word for before, word in pairwise(tokens) if before in JOINTS)
        verbs += (*tokens[:1], *(word for word in joined if not stems(word) & vocabulary().nouns))
    return [effect for verb in verbs if (effect := effect_of(verb)) is not None]


def _leaves(tokens: Sequence[str], text: str, arguments: Sequence[Argument]) -> bool:
    """Whether a read sends what it is asked to somewhere outside."""
    if any(argument.is_url for argument in arguments):
        return True
    online = _ONLINE.search(text) is not None or "web" in tokens
    return online and bool(vocabulary().reaching & set(tokens))
