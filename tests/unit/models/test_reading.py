"""The body of an answer may hold anything."""

from typing import Any

import pytest

from muster.models.errors import ModelCallError
from muster.models.reading import read_answer
from muster.models.usage import TokenUsage

USAGE = {"input_tokens": 3, "output_tokens": 2, "cache_read_input_tokens": None}


def read(*content: Any, **changes: Any) -> Any:
    return read_answer({"content": list(content), "usage": USAGE, **changes}, "req_1")


def test_a_message_becomes_an_answer_without_the_fields_left_empty() -> None:
    answer = read({"type": "text", "text": "hi", "citations": None}, stop_reason="refusal")
    assert answer.content == [{"type": "text", "text": "hi"}]
    assert (answer.stop_reason, answer.usage, answer.request_id) == ("refusal", TokenUsage(3, 2), "req_1")


@pytest.mark.parametrize("given", ["{", [1], None, {"a": None}])
def test_the_input_of_a_tool_use_is_handed_on_as_it_is(given: Any) -> None:
    [block] = read({"type": "tool_use", "id": "t", "name": "n", "input": given}).content
    assert block["input"] == given


def test_an_answer_without_a_reason_ended_its_turn() -> None:
    assert read(stop_reason=None).stop_reason == "end_turn"


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        "hello",
        {},
        {"content": [], "usage": None},
        {"content": None, "usage": USAGE},
        {"content": "hi", "usage": USAGE},
        {"content": [None], "usage": USAGE},
        {"content": [{}], "usage": USAGE},
        {"content": [{"type": 3}], "usage": USAGE},
        {"content": [{"type": "text"}], "usage": USAGE},
        {"content": [{"type": "tool_use", "name": "n"}], "usage": USAGE},
        {"content": [{"type": "tool_use", "id": "t", "name": None}], "usage": USAGE},
    ],
)
def test_what_is_no_message_may_be_asked_for_again(message: object) -> None:
    with pytest.raises(ModelCallError) as refusal:
        read_answer(message, None)
    assert refusal.value.error_class == "broken_json"
