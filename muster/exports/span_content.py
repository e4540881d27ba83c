"""What was said in a call, in the conventions' form; only for who asks for it."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

_LONGEST: Final = 32_000
"""Characters of one attribute; collectors refuse requests of some megabytes."""


def said(noun: str, whole: Mapping[str, Any]) -> dict[str, str]:
    """The answer of a model, or arguments and result of a tool, as JSON text.

    What a model was asked is in the record as a checksum only, so that it is not here.
    """
    if noun == "tool_call":
        return _texts(
            {
                "gen_ai.tool.call.arguments": whole.get("arguments"),
                "gen_ai.tool.call.result": whole.get("result"),
                "muster.error.message": whole.get("error_message"),
            }
        )
    answer = None
    if whole.get("response") is not None:
        parts = [_part(block) for block in whole["response"]]
        answer = [{"role": "assistant", "parts": parts, "finish_reason": whole.get("stop_reason")}]
    return _texts({"gen_ai.output.messages": answer, "muster.error.message": whole.get("error_message")})


def short(text: str) -> str:
    """`text`, cut where a collector would choke on it."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: short(value if isinstance(value, str) else orjson.dumps(value).decode())
        for name, value in values.items()
        if value is not None
    }


def _part(block: Mapping[str, Any]) -> dict[str, Any]:
    """A content block of the Messages API as a part of a message of the conventions."""
    match block.get("type"):
        case "text":
            return {"type": "text", "content": block.get("text")}
        case "tool_use":
            return {
                "type": "tool_call",
                "id": block.get("id"),
                "name": block.get("name"),
                "arguments": block.get("input"),
            }
        case "thinking":
            return {"type": "reasoning", "content": block.get("thinking")}
        case _:
            return dict(block)
