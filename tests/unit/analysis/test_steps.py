from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson

from muster.analysis.steps import STEPS, task_steps
from muster.analysis.waterfall import waterfall
from muster.ledger.events import (
    AnyEvent,
    EventContext,
    ModelCallIntended,
    ModelCallSettled,
    RunStarted,
    TaskEnded,
    TaskParked,
    TaskQueued,
    TaskWoken,
    ToolCallIntended,
    ToolCallRefused,
)
from muster.ledger.record import row
from tests.unit.analysis.story import NOON

HERE = EventContext(actor="agent:support/desk", task_id="tsk_1", run_id="run_1", team="support", agent="desk")


def told(*events: tuple[float, AnyEvent, str | None]) -> list[dict[str, Any]]:
    """Whole events as the ledger keeps them, from (seconds after noon, event, cost)."""
    bodies = []
    for number, (seconds, event, cost) in enumerate(events):
        at = NOON + timedelta(seconds=seconds)
        bodies.append(
            orjson.loads(
                row(f"evt_{number}", event, HERE, at, None if cost is None else Decimal(cost))["body"]
            )
        )
    return bodies


QUEUED = TaskQueued(
    source="mail:x", external_id="1", channel="mail", priority="low", title="Where is it?", content_sha256="0"
)
INTENDED = ModelCallIntended(
    call_id="mcl_1",
    role="coordinator",
    model="claude-sonnet-5-5",
    prompt_version=1,
    request_sha256="0",
    estimated_cost_usd="0.020000",
)
SETTLED = ModelCallSettled(call_id="mcl_1", model="claude-sonnet-5-5", status="ok", latency_ms=1500)
TOOL = ToolCallIntended(
    call_id="tcl_1", tool="shop__get_order", effect="read", arguments={"order": "BL-1"}, arguments_sha256="0"
)
REFUSED = ToolCallRefused(
    call_id="tcl_2",
    tool="shop__issue_refund",
    verdict="deny",
    rule="tier_power",
    reason="read only",
    arguments={},
)


def test_an_intent_and_its_outcome_are_one_step_with_time_and_cost() -> None:
    start = RunStarted(entry_agent="desk", team_version=1, attempt=1)
    steps = task_steps(
        told((0, QUEUED, None), (2, start, None), (2.5, INTENDED, None), (4, SETTLED, "0.0123"))
    )

    call = steps.row(3, named=True)

    assert steps["kind"].to_list() == ["arrival", "waiting for the system", "run", "model call"]
    assert steps["duration_ms"].to_list()[:2] == [0, 2000]
    assert (call["offset_ms"], call["duration_ms"], call["outcome"]) == (2500, 1500, "ok")
    assert call["cost_usd"] == Decimal("0.012300")


def test_an_intent_without_outcome_says_so() -> None:
    (step,) = task_steps(told((0, TOOL, None))).rows(named=True)

    assert (step["outcome"], step["ended_at"], step["duration_ms"]) == ("no outcome", None, None)
    assert step["detail"] == '{"order":"BL-1"}'


def test_a_refusal_names_its_rule() -> None:
    (step,) = task_steps(told((0, REFUSED, None))).rows(named=True)

    assert (step["kind"], step["outcome"], step["detail"]) == ("refused", "deny", "tier_power: read only")


def test_waiting_for_a_person_and_for_the_system_are_steps_of_their_own() -> None:
    asked = TaskParked(worker="w", attempt=1, waiting_for="apr_1", reason="a refund")
    woken = TaskWoken(waited_for="apr_1", reason="approved")
    halted = TaskParked(worker="w", attempt=1, waiting_for="support", reason="month end")

    steps = task_steps(told((0, asked, None), (600, woken, None), (605, halted, None)))

    assert steps.select("kind", "what", "duration_ms", "outcome").rows() == [
        ("waiting for a person", "apr_1", 600_000, None),
        ("waiting for the system", "support", None, "still waiting"),
    ]


def test_an_unknown_kind_is_passed_over() -> None:
    unknown = told((0, TaskEnded(status="completed", summary="done"), None))[0] | {"kind": "moon.phase"}

    assert task_steps([unknown]).is_empty()
    assert task_steps([]).schema == STEPS.schema


def test_the_waterfall_draws_bars_for_time_and_marks_for_moments() -> None:
    steps = task_steps(told((0, QUEUED, None), (1, INTENDED, None), (3, SETTLED, "0.01"), (3, REFUSED, None)))

    drawn = {trace.name: trace for trace in waterfall(steps).data}

    assert (drawn["model call"].base, drawn["model call"].x) == ((1.0,), (2.0,))
    assert drawn["refused"].type == "scatter"
    assert waterfall(task_steps([])).data == ()
