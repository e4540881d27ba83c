"""The set is closed on writing and open on reading."""

import re
import textwrap
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from muster.core.settings import PROJECT_ROOT
from muster.ledger.errors import EventRefusedError
from muster.ledger.events import (
    KINDS,
    KINDS_BY_TYPE,
    AgentPaused,
    EventContext,
    ModelCallIntended,
    TaskQueued,
    UnknownEvent,
    read_event,
)
from muster.ledger.events.envelope import Event
from muster.ledger.record import row

WHERE = EventContext(actor="service:test")
AT = datetime(2026, 11, 21, tzinfo=UTC)


class TeaServed(Event):
    """Not of the set."""

    kind: Literal["tea.served"] = "tea.served"


class PretendsToBePaused(Event):
    """Not of the set either, whatever it calls itself."""

    kind: Literal["agent.paused"] = "agent.paused"


@pytest.mark.parametrize("event", [TeaServed(), PretendsToBePaused()])
def test_what_is_not_of_the_set_is_not_written(event: Any) -> None:
    with pytest.raises(EventRefusedError, match="is not a kind of event"):
        row("evt_1", event, WHERE, AT, None)


def test_what_was_read_as_unknown_is_not_written() -> None:
    unknown: Any = UnknownEvent("tea.served", {})
    with pytest.raises(EventRefusedError, match=r"tea\.served"):
        row("evt_1", unknown, WHERE, AT, None)


def test_an_unknown_kind_is_read_with_all_it_says() -> None:
    payload = {"cups": 2, "with": {"milk": True}}
    assert read_event({"kind": "tea.served", "payload": payload}) == UnknownEvent("tea.served", payload)


def test_a_known_kind_in_an_unknown_shape_is_kept_too() -> None:
    payload = {"reason": "an older record without who"}
    assert read_event({"kind": "agent.paused", "payload": payload}) == UnknownEvent("agent.paused", payload)


def test_fields_a_newer_version_added_are_kept() -> None:
    read = read_event({"kind": "agent.paused", "payload": {"who": "support", "reason": "r", "by": "jo"}})
    assert isinstance(read, AgentPaused)
    assert (read.who, read.model_extra) == ("support", {"by": "jo"})


def test_a_payload_cannot_pass_for_another_kind() -> None:
    read = read_event({"kind": "tea.served", "payload": {"kind": "agent.paused", "who": "x", "reason": "r"}})
    assert isinstance(read, UnknownEvent)


def test_records_made_before_a_field_was_kept_still_read() -> None:
    queued = {
        "source": "shop",
        "external_id": "1",
        "channel": "webhook",
        "priority": "high",
        "title": "t",
        "sender": None,
        "content_sha256": "0",
    }
    asked = {
        "call_id": "c",
        "role": "r",
        "model": "m",
        "prompt_version": 1,
        "request_sha256": "0",
        "estimated_cost_usd": "0.1",
    }
    task = read_event({"kind": "task.queued", "payload": queued})
    call = read_event({"kind": "model_call.intended", "payload": asked})
    assert isinstance(task, TaskQueued)
    assert task.content is None
    assert isinstance(call, ModelCallIntended)
    assert (call.reserved_usd, call.budgets) == ("0", ())


def test_every_kind_is_named_after_its_file_and_its_class() -> None:
    for member, kind in KINDS_BY_TYPE.items():
        words = kind.replace(".", "_")
        assert "".join(word.title() for word in words.split("_")) == member.__name__ or kind in _NAMED_APART
        assert member.__module__.rpartition(".")[2] == words or kind in _NAMED_APART
    assert len(KINDS) == len(KINDS_BY_TYPE)


_NAMED_APART = {"task.lease_expired"}
"""LeaseExpired is about a task's lease."""


def test_every_kind_says_what_it_is() -> None:
    assert [kind for member, kind in KINDS_BY_TYPE.items() if not member.__doc__] == []


def test_the_how_to_names_files_that_are_there_and_an_event_that_works() -> None:
    page = (PROJECT_ROOT / "docs" / "how-to" / "add-an-event.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:muster|tests)/[\w/]+\.py)`", page)
    assert len(named) >= 5
    assert [name for name in named if not (PROJECT_ROOT / name).exists()] == []
    example = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert example is not None
    made: dict[str, Any] = {}
    exec(textwrap.dedent(example[1]), made)  # noqa: S102 our own page
    assert made["FeedbackGiven"](rating=4).kind == "feedback.given"
