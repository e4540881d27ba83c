"""Reading dispatch requests."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.core.canonical import canonical_json
from muster.intake.webhook import DispatchRefusedError, read_dispatch

from .papers import ARRIVED_AT

GOOD: dict[str, Any] = {
    "task_id": "wf-1",
    "source": "website-form",
    "priority": "low",
    "content": "Name: Ann\nE-mail: a@b.example",
}


def read(**changes: Any) -> Any:
    return read_dispatch(json.dumps({**GOOD, **changes}).encode(), ARRIVED_AT)


def test_text_is_taken_as_it_is() -> None:
    message = read()
    assert (message.source, message.external_id, message.priority) == ("website-form", "wf-1", "low")
    assert message.content.text == GOOD["content"]
    assert message.sender == "a@b.example"


def test_a_sender_may_say_what_kind_of_work_it_is() -> None:
    assert read().transaction_type == ""
    assert read(transaction_type="refund").transaction_type == "refund"
    for wrong in ("Refund!", 7, ["refund"]):
        with pytest.raises(DispatchRefusedError, match="transaction_type"):
            read(transaction_type=wrong)


def test_an_object_is_shown_one_field_a_line() -> None:
    message = read(
        content={"Subject": "Beds", "email": "a@b.example", "rooms": 12, "tags": ["x"], "phone": None}
    )
    assert message.title == "Beds"
    assert message.content.text == 'Subject: Beds\nemail: a@b.example\nrooms: 12\ntags: ["x"]\nphone:'


def test_every_missing_or_wrong_field_is_named() -> None:
    with pytest.raises(DispatchRefusedError) as refused:
        read_dispatch(b'{"priority": "urgent", "content": 5, "source": " "}', ARRIVED_AT)
    assert [(p.field, p.problem) for p in refused.value.problems] == [
        ("task_id", "is missing"),
        ("source", "must have 1 to 200 characters"),
        ("priority", "must be low, medium or high"),
        ("content", "must be text or an object"),
    ]


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b'{"a": NaN}', b"\xff", b'{"a":' * 2000])
def test_what_is_not_a_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(DispatchRefusedError, match="body"):
        read_dispatch(body, ARRIVED_AT)


def test_content_nested_too_deep_or_blank_is_refused() -> None:
    deep = b'{"task_id":"a","source":"b","priority":"low","content":{"x":' + b"[" * 1000 + b"]" * 1000 + b"}}"
    with pytest.raises(DispatchRefusedError):
        read_dispatch(deep, ARRIVED_AT)
    with pytest.raises(DispatchRefusedError, match="empty"):
        read(content=" \x00")


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
)


@settings(max_examples=100, deadline=None)
@given(st.fixed_dictionaries({}, optional={name: _JSON | st.just(value) for name, value in GOOD.items()}))
def test_any_json_is_read_or_refused(fields: dict[str, Any]) -> None:
    with suppress(DispatchRefusedError):
        message = read_dispatch(json.dumps(fields).encode("utf-8", "replace"), ARRIVED_AT)
        assert b"\\u0000" not in canonical_json(message.content.as_json()).replace(b"\\\\", b"")
