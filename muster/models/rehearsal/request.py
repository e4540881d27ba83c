"""A request to POST /v1/messages, checked by the API's rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from muster.models.rehearsal.request_rules import (
    Block,
    ToolChoice,
    Turn,
    check_breakpoints,
    check_tool_results,
    check_tools,
    read_choice,
)
from muster.models.rehearsal.wire import invalid


@dataclass(frozen=True, slots=True)
class MessagesRequest:
    """A valid request."""

    model: str
    max_tokens: int
    system: Sequence[Block]
    turns: Sequence[Turn]
    tools: Sequence[Block]
    choice: ToolChoice
    stream: bool
    output_schema: Mapping[str, Any] | None
    """The JSON schema the answer's text must follow, when asked for."""
    cache_whole: Mapping[str, Any] | None
    """The top-level cache_control, which marks the last block."""

    def prompt_blocks(self) -> list[Block]:
        """Every block of the prompt in the order it is cached: tools, system, messages."""
        return [*self.tools, *self.system, *(block for turn in self.turns for block in turn.blocks)]


def parse_request(body: bytes, *, counting: bool = False) -> MessagesRequest:
    """The request in `body`; `counting` is for count_tokens, which takes no max_tokens.

    Raises:
        ApiError: 400, saying which field is wrong and how.
    """
    data = _json_object(body)
    model = _text(data, "model")
    max_tokens = 1 if counting else _positive(data, "max_tokens")
    turns = _turns(data)
    tools = _objects(data, "tools")
    check_tools(tools)
    check_tool_results(turns)
    whole = data.get("cache_control")
    request = MessagesRequest(
        model=model,
        max_tokens=max_tokens,
        system=_content(data.get("system", []), "system"),
        turns=turns,
        tools=tools,
        choice=read_choice(data.get("tool_choice"), tools),
        stream=data.get("stream") is True,
        output_schema=_output_schema(data.get("output_config")),
        cache_whole=whole if isinstance(whole, dict) else None,
    )
    check_breakpoints(request.prompt_blocks(), whole)
    return request


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise invalid(f"The request body is not valid JSON: {error}") from None
    if not isinstance(data, dict):
        raise invalid("The request body must be a JSON object")
    return data


def _text(data: Mapping[str, Any], field: str) -> str:
    if field not in data:
        raise invalid(f"{field}: Field required")
    value = data[field]
    if not isinstance(value, str) or not value:
        raise invalid(f"{field}: Input should be a valid string")
    return value


def _positive(data: Mapping[str, Any], field: str) -> int:
    if field not in data:
        raise invalid(f"{field}: Field required")
    value = data[field]
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(f"{field}: Input should be a valid integer")
    if value < 1:
        raise invalid(f"{field}: must be greater than or equal to 1")
    return value


def _objects(data: Mapping[str, Any], field: str) -> list[Block]:
    value = data.get(field) or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise invalid(f"{field}: Input should be a valid list of objects")
    return value


def _content(value: object, at: str) -> list[Block]:
    if isinstance(value, str):
        return [{"type": "text", "text": value}] if value else []
    if not isinstance(value, list):
        raise invalid(f"{at}: Input should be a string or a list of content blocks")
    for index, block in enumerate(value):
        if not isinstance(block, dict) or not isinstance(block.get("type"), str):
            raise invalid(f"{at}.{index}.type: Field required")
        if block["type"] == "text" and not isinstance(block.get("text"), str):
            raise invalid(f"{at}.{index}.text: Field required")
    return value


def _turns(data: Mapping[str, Any]) -> list[Turn]:
    if "messages" not in data:
        raise invalid("messages: Field required")
    messages = _objects(data, "messages")
    if not messages:
        raise invalid("messages: at least one message is required")
    turns: list[Turn] = []
    for index, message in enumerate(messages):
        role = message.get("role")
        if role not in ("user", "assistant"):
            raise invalid(f"messages.{index}.role: Input should be 'user' or 'assistant'")
        if "content" not in message:
            raise invalid(f"messages.{index}.content: Field required")
        blocks = _content(message["content"], f"messages.{index}.content")
        if not blocks and (role == "user" or index < len(messages) - 1):
            raise invalid(f"messages.{index}: all messages must have non-empty content")
        turns.append(Turn(role, blocks))
    if turns[0].role != "user":
        raise invalid("messages: first message must use the user role")
    return turns


def _output_schema(config: object) -> Mapping[str, Any] | None:
    form = config.get("format") if isinstance(config, dict) else None
    schema = form.get("schema") if isinstance(form, dict) and form.get("type") == "json_schema" else None
    return schema if isinstance(schema, dict) else None
