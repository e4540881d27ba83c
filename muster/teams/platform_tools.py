"""The three ways an agent ends its turn: finish, hand over, or ask a person."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from muster.teams.manifest_model import AgentManifest, TeamManifest


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class StatedFact(_Answer):
    """Something the agent established."""

    key: str = Field(min_length=1, max_length=100)
    value: str = Field(max_length=2_000)


class Finish(_Answer):
    """The work is done."""

    summary: str = Field(min_length=1)
    answer: str | None = None
    confidence: float = Field(ge=0, le=1)
    facts: tuple[StatedFact, ...] = ()


class HandOff(_Answer):
    """Another agent goes on."""

    to: str
    ask: str = Field(min_length=1)
    decisions: tuple[str, ...] = ()
    facts: tuple[StatedFact, ...] = ()
    open_risks: tuple[str, ...] = ()


class Escalate(_Answer):
    """A person is needed."""

    reason: Literal["customer_asked", "agent_asked", "policy_denied", "needs_approval"] = "agent_asked"
    summary: str = Field(min_length=1)
    proposed_action: str | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)


Ending = Finish | HandOff | Escalate

ENDINGS: dict[str, type[Finish] | type[HandOff] | type[Escalate]] = {
    "finish": Finish,
    "hand_off": HandOff,
    "escalate": Escalate,
}

_STRINGS = {"type": "array", "items": {"type": "string"}}
_FACTS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"key": {"type": "string"}, "value": {"type": "string"}},
        "required": ["key", "value"],
    },
}


def platform_tools(agent: AgentManifest, team: TeamManifest) -> list[dict[str, Any]]:
    """The platform's tools for the Messages API; `hand_off` only where there is someone to hand to."""
    tools = [_FINISH]
    if agent.hand_off_to:
        tools.append(_hand_off([team.agent(name) for name in agent.hand_off_to]))
    tools.append(_ESCALATE)
    return tools


_FINISH: dict[str, Any] = {
    "name": "finish",
    "description": "End the task: the work is done. State honestly how sure you are.",
    "input_schema": {
        "type": "object",
        "properties": {
            "summary": {"type": "string", "description": "What was done and why, in one or two sentences."},
            "answer": {"type": "string", "description": "What was answered, when someone was answered."},
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


def _hand_off(targets: list[AgentManifest]) -> dict[str, Any]:
    roster = "\n".join(f"- {target.name} ({target.title}): {target.description}" for target in targets)
    return {
        "name": "hand_off",
        "description": f"Give the work to a colleague, with what you know:\n{roster}",
        "input_schema": {
            "type": "object",
            "properties": {
                "to": {"enum": [target.name for target in targets]},
                "ask": {"type": "string", "description": "What the colleague is to do."},
                "decisions": _STRINGS,
                "facts": _FACTS,
                "open_risks": _STRINGS,
            },
            "required": ["to", "ask"],
        },
    }
