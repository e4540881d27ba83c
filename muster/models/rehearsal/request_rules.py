"""Rules of the API about tools, their results and cache breakpoints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from muster.models.rehearsal.wire import invalid

Block = dict[str, Any]

MAX_CACHE_BREAKPOINTS = 4
_TOOL_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,128}$")
_CHOICES = ("auto", "any", "tool", "none")


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation, its content always as blocks."""

    role: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Whether and which tools the answer must use."""

    kind: str = "auto"
    """auto, any, tool or none."""
    name: str | None = None
    """The tool it must use, with kind `tool`."""
    parallel: bool = True
    """Whether several tools may be used in one answer."""


def check_tools(tools: Sequence[Block]) -> None:
    """Refuse tool definitions the API would refuse.

    Raises:
        ApiError: 400, saying which definition is wrong.
    """
    names: set[str] = set()
    for index, tool in enumerate(tools):
        name = tool.get("name")
        if not isinstance(name, str) or not _TOOL_NAME.match(name):
            raise invalid(f"tools.{index}.name: String should match pattern '{_TOOL_NAME.pattern}'")
        if name in names:
            raise invalid("tools: Tool names must be unique.")
        names.add(name)
        if tool.get("type", "custom") == "custom" and not isinstance(tool.get("input_schema"), dict):
            raise invalid(f"tools.{index}.input_schema: Field required")


def check_tool_results(turns: Sequence[Turn]) -> None:
    """Refuse a conversation in which tool uses and tool results do not pair up.

    Raises:
        ApiError: 400, naming the ids.
    """
    asked: list[str] = []
    for index, turn in enumerate(turns):
        if turn.role == "assistant":
            asked = [str(block.get("id")) for block in turn.blocks if block["type"] == "tool_use"]
            continue
        given = [str(block.get("tool_use_id")) for block in turn.blocks if block["type"] == "tool_result"]
        missing = ", ".join(use for use in asked if use not in given)
        if missing:
            raise invalid(
                f"messages.{index - 1}: `tool_use` ids were found without `tool_result` blocks immediately"
                f" after: {missing}. Each `tool_use` block must have a corresponding `tool_result` block"
                " in the next message."
            )
        stray = ", ".join(use for use in given if use not in asked)
        if stray:
            raise invalid(
                f"messages.{index}: unexpected `tool_use_id` found in `tool_result` blocks: {stray}. Each "
                "`tool_result` block must have a corresponding `tool_use` block in the previous message."
            )
        asked = []


def read_choice(value: object, tools: Sequence[Block]) -> ToolChoice:
    """The tool choice of a request.

    Raises:
        ApiError: 400, when it is malformed or names a tool that is not offered.
    """
    if value is None:
        return ToolChoice()
    if not isinstance(value, Mapping) or value.get("type") not in _CHOICES:
        raise invalid(f"tool_choice.type: Input should be one of {', '.join(_CHOICES)}")
    kind = str(value["type"])
    if not tools and kind in ("any", "tool"):
        raise invalid("tool_choice: may only be specified while providing tools")
    name = value.get("name") if kind == "tool" else None
    if kind == "tool" and name not in {tool["name"] for tool in tools}:
        raise invalid(f"tool_choice: Tool '{name}' not found in provided tools")
    return ToolChoice(kind, name, value.get("disable_parallel_tool_use") is not True)


def check_breakpoints(blocks: Iterable[Block], whole: object) -> None:
    """Refuse more cache breakpoints than the API takes.

    Raises:
        ApiError: 400, with the number found.
    """
    marks = sum(1 for block in blocks if block.get("cache_control")) + (1 if whole else 0)
    if marks > MAX_CACHE_BREAKPOINTS:
        limit = f"A maximum of {MAX_CACHE_BREAKPOINTS} blocks with cache_control may be provided"
        raise invalid(f"{limit}. Found {marks}.")
