"""The body of an answer, read with care: a server with the Messages API may send anything."""

from typing import Any

from muster.models.client import Block, ModelAnswer
from muster.models.errors import ModelCallError
from muster.models.usage import TokenUsage


def read_answer(message: object, request_id: str | None) -> ModelAnswer:
    """The answer in a message.

    What a tool use has as its `input` is not looked at: it may be no object at all.

    Raises:
        ModelCallError: it is no message, or a block of it cannot be understood.
    """
    if not isinstance(message, dict):
        raise broken("what is no message")
    content, usage = message.get("content"), message.get("usage")
    if not isinstance(content, list) or not isinstance(usage, dict):
        raise broken("a message without content or usage")
    reason = message.get("stop_reason")
    return ModelAnswer(
        content=[_block(block) for block in content],
        stop_reason=reason if isinstance(reason, str) else "end_turn",
        usage=TokenUsage(
            input_tokens=_count(usage.get("input_tokens")),
            output_tokens=_count(usage.get("output_tokens")),
            cache_read_input_tokens=_count(usage.get("cache_read_input_tokens")),
            cache_creation_input_tokens=_count(usage.get("cache_creation_input_tokens")),
        ),
        request_id=request_id,
    )


def broken(what: str) -> ModelCallError:
    """The error for a body that cannot be used."""
    return ModelCallError(
        f"the model server sent back {what}", error_type="broken_body", error_class="broken_json"
    )


def _block(sent: Any) -> Block:
    """A content block without the fields the server left empty."""
    if not isinstance(sent, dict) or not isinstance(sent.get("type"), str):
        raise broken("a content block without a type")
    kept = {name: value for name, value in sent.items() if value is not None}
    if kept["type"] == "text" and not isinstance(kept.get("text"), str):
        raise broken("a text block without text")
    if kept["type"] == "tool_use":
        if not isinstance(kept.get("id"), str) or not isinstance(kept.get("name"), str):
            raise broken("a tool use without id or name")
        kept["input"] = sent.get("input")
    return kept


def _count(value: object) -> int:
    return max(0, value) if isinstance(value, int) else 0
