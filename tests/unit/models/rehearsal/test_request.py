"""Which requests are refused, and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from muster.models.rehearsal.request import parse_request
from muster.models.rehearsal.wire import ApiError

GOOD: dict[str, Any] = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "Hello"}],
}
USE = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "seen"}
TOOL = {"name": "look", "description": "Looks.", "input_schema": {"type": "object"}}
MARKED = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}


def said(user: Any, *more: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": user}, *more]


def test_a_good_request_is_read() -> None:
    answered = [{"role": "assistant", "content": [USE]}, {"role": "user", "content": [RESULT]}]
    choice = {"type": "tool", "name": "look", "disable_parallel_tool_use": True}
    body = GOOD | {
        "messages": said("Hello", *answered),
        "tools": [TOOL],
        "tool_choice": choice,
        "stream": True,
    }
    request = parse_request(json.dumps(body).encode())
    assert [turn.role for turn in request.turns] == ["user", "assistant", "user"]
    assert (request.choice.kind, request.choice.name, request.choice.parallel) == ("tool", "look", False)
    assert request.stream


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": None}, "model: Input should be a valid string"),
        ({"max_tokens": 0}, "max_tokens: must be greater than or equal to 1"),
        ({"max_tokens": "many"}, "max_tokens: Input should be a valid integer"),
        ({"messages": []}, "messages: at least one message is required"),
        ({"messages": [{"role": "system", "content": "x"}]}, "messages.0.role: Input should be 'user' or"),
        (
            {"messages": [{"role": "assistant", "content": "x"}]},
            "messages: first message must use the user role",
        ),
        ({"messages": said("")}, "messages.0: all messages must have non-empty content"),
        ({"messages": said([{"type": "text"}])}, "messages.0.content.0.text: Field required"),
        ({"messages": said([RESULT])}, "messages.0: unexpected `tool_use_id`"),
        (
            {
                "messages": said(
                    "x", {"role": "assistant", "content": [USE]}, {"role": "user", "content": "y"}
                )
            },
            "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1",
        ),
        ({"tools": [TOOL, TOOL]}, "tools: Tool names must be unique."),
        ({"tools": [{"name": "look at"}]}, "tools.0.name: String should match pattern"),
        ({"tools": [{"name": "look"}]}, "tools.0.input_schema: Field required"),
        ({"tool_choice": {"type": "any"}}, "tool_choice: may only be specified while providing tools"),
        ({"tools": [TOOL], "tool_choice": {"type": "tool", "name": "x"}}, "tool_choice: Tool 'x' not found"),
        ({"system": [MARKED] * 5}, "A maximum of 4 blocks with cache_control may be provided. Found 5."),
    ],
)
def test_a_bad_request_is_refused_naming_the_field(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ApiError) as raised:
        parse_request(json.dumps(GOOD | changes).encode())
    assert (raised.value.status, raised.value.kind) == (400, "invalid_request_error")
    assert raised.value.message.startswith(message)


@pytest.mark.parametrize("field", ["model", "max_tokens", "messages"])
def test_a_missing_field_is_named(field: str) -> None:
    body = {name: value for name, value in GOOD.items() if name != field}
    with pytest.raises(ApiError, match=f"{field}: Field required"):
        parse_request(json.dumps(body).encode())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(ApiError, match="request body"):
        parse_request(body)
