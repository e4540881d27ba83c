"""The platform's own tools: the ways a turn ends, shared facts, and asking a colleague."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from muster.teams.manifest_model import AgentManifest, TeamManifest


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class StatedFact(_Answer):
    """Something the agent established."""

    key: str = Field(min_length=1, max_length=100)
    value: str
    source: str | None = Field(default=None, max_length=200)
    knowledge: str | None = None


class Finish(_Answer):
    """The work is done."""

    summary: str = Field(min_length=1)
    answer: str | None = None
    decision: str | None = None
    confidence: float = Field(ge=0, le=1)
    facts: tuple[StatedFact, ...] = ()


class HandOff(_Answer):
    """Another agent goes on."""

    to: str
    ask: str = Field(min_length=1)
    decisions: tuple[str, ...] = ()
    facts: tuple[StatedFact, ...] = ()
    open_risks: tuple[str, ...] = ()
    transaction_type: str | None = None


class Escalate(_Answer):
    """A person is needed."""

    reason: Literal["customer_asked", "agent_asked", "policy_denied", "needs_approval"] = "agent_asked"
    summary: str = Field(min_length=1)
    proposed_action: str | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)


class Delegate(_Answer):
    """A colleague does a part of the work and answers."""

    to: str
    ask: str = Field(min_length=1)


class ReadFacts(_Answer):
    """The run's facts, or those of some keys."""

    keys: tuple[str, ...] = ()


Ending = Finish | HandOff | Escalate

ENDINGS: dict[str, type[Finish] | type[HandOff] | type[Escalate]] = {
    "finish": Finish,
    "hand_off": HandOff,
    "escalate": Escalate,
}

PLATFORM_CALLS: dict[str, type[Delegate] | type[ReadFacts] | type[StatedFact]] = {
    "delegate": Delegate,
    "read_facts": ReadFacts,
    "record_fact": StatedFact,
}
"""Calls the platform answers itself; the turn goes on after them."""


def platform_tools(
    agent: AgentManifest, team: TeamManifest, *, for_colleague: bool, may_delegate: bool
) -> list[dict[str, Any]]:
    """The platform's tools for the Messages API, as far as the agent can use them.

    Args:
        for_colleague: the agent answers a colleague, so it has nobody to hand off to.
        may_delegate: it may ask colleagues in its turn.
    """
    tools = [_FINISH]
    if agent.hand_off_to and not for_colleague:
        tools.append(_hand_off([team.agent(name) for name in agent.hand_off_to], team))
    if agent.delegate_to and may_delegate:
        tools.append(_delegate([team.agent(name) for name in agent.delegate_to]))
    if len(team.agents) > 1:
        tools += [_record_fact(agent), _READ_FACTS]
    tools.append(_ESCALATE)
    return tools


_STRINGS = {"type": "array", "items": {"type": "string"}}
_FACTS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"key": {"type": "string"}, "value": {"type": "string"}},
        "required": ["key", "value"],
    },
}

_FINISH: dict[str, Any] = {
    "name": "finish",
    "description": "End the task: the work is done. State honestly how sure you are.",
    "input_schema": {
        "type": "object",
        "properties": {
            "summary": {"type": "string", "description": "What was done and why, in one or two sentences."},
            "answer": {"type": "string", "description": "What was answered, when someone was answered."},
            "decision": {"type": "string", "description": "What was decided, in a few words."},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            "facts": _FACTS,
        },
        "required": ["summary", "confidence"],
    },
}

_ESCALATE: dict[str, Any] = {
    "name": "escalate",
    "description": "Give the task to a person, with what they need to decide.",
    "input_schema": {
        "type": "object",
        "properties": {
            "reason": {"enum": ["customer_asked", "agent_asked", "policy_denied", "needs_approval"]},
            "summary": {
                "type": "string",
                "description": "What it is about, what was tried, what is unclear.",
            },
            "proposed_action": {"type": "string", "description": "What you would do."},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        },
        "required": ["reason", "summary"],
    },
}

_READ_FACTS: dict[str, Any] = {
    "name": "read_facts",
    "description": "Read what colleagues established in this task.",
    "input_schema": {"type": "object", "properties": {"keys": _STRINGS}},
}


def _record_fact(agent: AgentManifest) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "key": {"type": "string"},
        "value": {"type": "string"},
        "source": {"type": "string", "description": "Where it is from."},
    }
    if agent.knowledge:
        properties["knowledge"] = {
            "enum": list(agent.knowledge),
            "description": "Only for colleagues with this knowledge; leave out when all may see it.",
        }
    return {
        "name": "record_fact",
        "description": "Write down something you established, for colleagues in this task.",
        "input_schema": {"type": "object", "properties": properties, "required": ["key", "value"]},
    }


def _hand_off(targets: list[AgentManifest], team: TeamManifest) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "to": {"enum": [target.name for target in targets]},
        "ask": {"type": "string", "description": "What the colleague is to do."},
        "decisions": _STRINGS,
        "facts": _FACTS,
        "open_risks": _STRINGS,
    }
    if team.transaction_types:
        properties["transaction_type"] = {
            "enum": list(team.transaction_types),
            "description": "What kind of work it is.",
        }
    return {
        "name": "hand_off",
        "description": f"Give the work to a colleague, with what you know:\n{_listed(targets)}",
        "input_schema": {"type": "object", "properties": properties, "required": ["to", "ask"]},
    }


def _delegate(targets: list[AgentManifest]) -> dict[str, Any]:
    return {
        "name": "delegate",
        "description": "Have a colleague do a part of the work and give you the answer; you stay in charge. "
        f"Several in one go are worked at the same time:\n{_listed(targets)}",
        "input_schema": {
            "type": "object",
            "properties": {
                "to": {"enum": [target.name for target in targets]},
                "ask": {"type": "string", "description": "What you need, and all the colleague has to know."},
            },
            "required": ["to", "ask"],
        },
    }


def _listed(targets: list[AgentManifest]) -> str:
    return "\n".join(f"- {target.name} ({target.title}): {target.description}" for target in targets)
