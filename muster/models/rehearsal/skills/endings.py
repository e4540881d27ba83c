"""How a run ends: finish, hand over, or ask a person."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from muster.models.rehearsal.conversation import Conversation
from muster.models.rehearsal.reading.plain import normal, words
from muster.models.rehearsal.script import Answer, Ending
from muster.models.rehearsal.skills.work import Work

SURE = 0.95
UNSURE = 0.62


def finish(
    work: Work,
    summary: str,
    *,
    answer: str | None = None,
    confidence: float = SURE,
    facts: Mapping[str, object] | None = None,
) -> Ending:
    """The work is done."""
    sure = UNSURE if work.slips("doubts itself") else confidence
    arguments: dict[str, object] = {"summary": summary, "confidence": sure}
    if answer:
        arguments["answer"] = answer
    if facts:
        arguments["facts"] = _facts(facts)
    return Ending("finish", arguments, "That is done.")


def escalate(reason: str, summary: str, *, proposed: str | None = None, confidence: float = SURE) -> Ending:
    """A person must decide. `reason` is one the platform's escalate tool takes."""
    arguments: dict[str, object] = {"reason": reason, "summary": summary, "confidence": confidence}
    if proposed:
        arguments["proposed_action"] = proposed
    return Ending("escalate", arguments, "A person has to decide this.")


def hand_over(
    work: Work,
    wanted: Sequence[str],
    ask: str,
    *,
    decisions: Sequence[str] = (),
    facts: Mapping[str, object] | None = None,
    risks: Sequence[str] = (),
) -> Ending:
    """The work goes to the colleague whose description fits the wanted words best.

    Without such a colleague the work ends with what was found out.
    """
    told = {key: str(value) for key, value in (facts or {}).items() if value is not None}
    known = {**work.talk.facts, **told}
    colleague = choose_colleague(work, wanted)
    if colleague is None:
        if "hand_off" in work.talk.tools:
            return escalate("agent_asked", f"No colleague takes this: {ask}")
        return finish(work, ask, facts=known)
    arguments = {
        "to": colleague,
        "ask": ask,
        "decisions": list(decisions),
        "facts": _facts(known),
        "open_risks": list(risks),
    }
    return Ending("hand_off", arguments, f"{colleague} should take this on.")


def could_not(answer: Answer, doing: str) -> Ending:
    """The end of a run in which a tool did not do what it should."""
    if answer.refused:
        reason = "needs_approval" if answer.needs_approval else "policy_denied"
        return escalate(reason, f"{doing} was refused: {answer.text[:300]}", proposed=doing)
    told = answer.text[:300] or "the tool is not available"
    return escalate("agent_asked", f"{doing} did not work: {told}", proposed=doing)


def choose_colleague(work: Work, wanted: Sequence[str]) -> str | None:
    """The colleague whose title and description hold most of the wanted words; None when none holds any."""
    best, most = None, 0
    for name, described in colleagues(work).items():
        held = words(normal(described))
        score = sum(1 for word in wanted if any(part.startswith(word) for part in held))
        if score > most:
            best, most = name, score
    if work.slips("wrong colleague") and best is not None:
        others = [name for name in colleagues(work) if name != best]
        return work.chance.pick(others, work.talk.key, "colleague") if others else best
    return best


def colleagues(work: Work) -> dict[str, str]:
    """Whom the agent may hand over to, each with what the hand-off tool says about them."""
    names = hand_over_names(work.talk)
    if not names:
        return {}
    text = work.talk.tools["hand_off"].description
    found = ((re.search(rf"\b{re.escape(name)}\b", text), name) for name in names)
    places = sorted((place.start(), name) for place, name in found if place)
    ends = [start for start, _ in places[1:]] + [len(text)]
    described = {name: text[start:end] for (start, name), end in zip(places, ends, strict=True)}
    return {name: described.get(name, name) for name in names}


def hand_over_names(talk: Conversation) -> list[str]:
    """The names the hand-off tool takes; none when there is no such tool."""
    tool = talk.tools.get("hand_off")
    target = tool.input_schema.get("properties", {}).get("to", {}) if tool else {}
    return [str(name) for name in target.get("enum", [])]


def _facts(facts: Mapping[str, object]) -> list[dict[str, str]]:
    return [{"key": key, "value": str(value)} for key, value in facts.items() if str(value)]
