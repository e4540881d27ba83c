"""Reads a model's answer by the standard: what it wants done, or why it cannot be used. Pure."""

from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from muster.models.claude import ModelAnswer
from muster.teams.platform_tools import ENDINGS, PLATFORM_CALLS
from muster.teams.standard import ErrorClass

_CUT_OFF = frozenset({"max_tokens", "model_context_window_exceeded"})
_KEPT_OF_TOO_LONG = 2_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an answer, or a call in it, cannot be used."""

    error_class: ErrorClass
    hint: str
    """What the model is told."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One call of an answer."""

    block: dict[str, Any]
    """The block as it may be sent back: its input is an object."""
    read: BaseModel | None
    """A platform call, read; null for a gateway tool and for a call that cannot be used."""
    problem: Problem | None

    @property
    def name(self) -> str:
        """The tool's name as the model wrote it."""
        return str(self.block["name"])


def whole_problem(answer: ModelAnswer, longest: int) -> Problem | None:
    """Why the answer as a whole cannot be used; null when it can."""
    if answer.stop_reason == "refusal":
        return Problem("refusal", "you refused to answer; if the work must not be done, use escalate")
    size = len(orjson.dumps(answer.content))
    if size > longest:
        return Problem(
            "oversized_answer", f"your answer has {size} characters; at most {longest} are taken, be brief"
        )
    if answer.stop_reason in _CUT_OFF:
        return Problem(
            "truncated",
            f"your answer was cut off ({answer.stop_reason}); say it in fewer words, one call at a time",
        )
    if not any(block.get("type") == "tool_use" for block in answer.content):
        return Problem("empty_answer", "use one of your tools; finish, hand_off or escalate end your turn")
    return None


def sendable(answer: ModelAnswer) -> list[dict[str, Any]]:
    """The answer as it may stand in the conversation: no call, and no more text than is useful."""
    texts = [
        str(block["text"])[:_KEPT_OF_TOO_LONG]
        for block in answer.content
        if block.get("type") == "text" and block.get("text")
    ]
    return [{"type": "text", "text": text} for text in texts[:1]] or [
        {"type": "text", "text": "(an answer that could not be used)"}
    ]


def calls_in(answer: ModelAnswer, offered: frozenset[str]) -> list[Wanted]:
    """What the answer wants done, in order.

    Args:
        offered: names of every tool the model was offered.
    """
    blocks = [block for block in answer.content if block.get("type") == "tool_use"]
    wanted = [_wanted({"id": f"call_{n}", **block}, offered) for n, block in enumerate(blocks)]
    for place, one in enumerate(wanted[:-1]):
        if one.name in ENDINGS and one.problem is None:
            hint = f"{one.name} ends your turn: it must be the last call of an answer"
            wanted[place] = Wanted(one.block, None, Problem("invalid_arguments", hint))
    return wanted


def _wanted(block: dict[str, Any], offered: frozenset[str]) -> Wanted:
    name, arguments = str(block.get("name")), block.get("input")
    clean = {**block, "name": name, "input": arguments if isinstance(arguments, dict) else {}}
    if not isinstance(arguments, dict):
        return Wanted(clean, None, Problem("broken_json", f"the arguments of {name} are not a JSON object"))
    if name not in offered and "__" not in name:  # what looks like a system's tool is the gateway's to refuse
        known = ", ".join(sorted(offered))
        return Wanted(clean, None, Problem("unknown_tool", f"there is no tool {name}; you have {known}"))
    model = ENDINGS.get(name) or PLATFORM_CALLS.get(name)
    if model is None:
        return Wanted(clean, None, None)
    try:
        return Wanted(clean, model.model_validate(arguments), None)
    except ValidationError as error:
        first = error.errors()[0]
        hint = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
        return Wanted(clean, None, Problem("invalid_arguments", hint))
