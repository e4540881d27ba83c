"""Who waited for whom, what people gave, and whether a result held: ledgers computed by hand."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muster.analysis.tasks import TASKS, task_rows
from tests.unit.analysis.story import NOON, Story


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def only_task(story: Story) -> dict[str, Any]:
    frame = task_rows(story.frame().lazy()).collect(engine="streaming")
    assert frame.schema == TASKS.schema
    return frame.row(0, named=True)


def test_waiting_for_a_person_and_waiting_for_the_system_add_up() -> None:
    story = Story()
    story.held_task()

    task = only_task(story)

    # 75 s in all; at work 2-10, 70-72, 73-75 = 12 s; parked for a word 10-70 = 60 s; the rest queue, halt
    assert (task["total_ms"], task["agent_ms"], task["waiting_ms"]) == (75_000, 12_000, 63_000)
    assert (task["human_wait_ms"], task["system_wait_ms"]) == (60_000, 3_000)


def test_recorded_seconds_are_kept_and_the_rest_is_counted_as_unmeasured() -> None:
    story = Story()
    task_id = story.held_task()
    here = {"task_id": task_id, "run_id": "run_00001", "team": "support"}
    story.event("approval.requested", after(76), **here, subject="shop__refund")  # still open
    story.event("approval.requested", after(76), **here, subject="shop__refund")
    story.event("approval.decided", after(77), **here, status="reject")  # decided, unmeasured
    story.event("approval.requested", after(76), **here, subject="shop__refund")
    story.event("approval.decided", after(78), **here, status="expire")  # nobody spent any time
    story.event("escalation.raised", after(79), **here, reason="low_confidence")
    story.event("escalation.raised", after(79), **here, reason="low_confidence")
    story.event("escalation.answered", after(80), **here, attention_seconds=30, context_rating=5)
    story.event("escalation.answered", after(81), **here, context_rating=2)

    task = only_task(story)

    assert (task["approvals"], task["escalations"]) == (4, 2)
    assert task["attention_seconds"] == 45 + 30
    assert (task["unmeasured_approvals"], task["unmeasured_escalations"]) == (2, 1)
    assert task["context_rating"] == 3.5


def test_what_nobody_measured_or_rated_is_null_and_not_zero() -> None:
    story = Story()
    story.task(status="escalated")

    task = only_task(story)

    assert (task["attention_seconds"], task["context_rating"]) == (None, None)
    assert (task["unmeasured_approvals"], task["unmeasured_escalations"]) == (0, 1)


def test_a_task_that_still_waits_has_no_waiting_times_yet() -> None:
    story = Story()
    task_id = story.task(status=None)
    here = {"task_id": task_id, "run_id": "run_00001", "team": "support"}
    story.event("task.parked", after(10), **here, subject="apr_1")

    task = only_task(story)

    assert [task[name] for name in ("total_ms", "waiting_ms", "human_wait_ms", "system_wait_ms")] == [
        None
    ] * 4


def test_a_task_that_ends_while_parked_waited_for_a_person_until_then() -> None:
    story = Story()
    task_id = story.task(status=None, queue_s=0, work_s=10)
    here = {"task_id": task_id, "run_id": "run_00001", "team": "support"}
    story.event("task.parked", after(10), **here, subject="apr_1")
    story.event("task.ended", after(50), task_id=task_id, team="support", status="failed")

    task = only_task(story)

    assert (task["human_wait_ms"], task["system_wait_ms"]) == (40_000, 0)


@pytest.mark.parametrize(
    ("said", "completion"),
    [
        ((), "assumed"),
        (("confirmed",), "confirmed"),
        (("reopened",), "reopened"),
        (("confirmed", "reopened"), "reopened"),
        (("reopened", "confirmed"), "confirmed"),
    ],
)
def test_the_last_word_on_a_result_counts(said: tuple[str, ...], completion: str) -> None:
    story = Story()
    task_id = story.task(queue_s=1, work_s=9)
    for number, word in enumerate(said):
        story.event(f"task.{word}", after(20 + number), task_id=task_id, team="support")

    task = only_task(story)

    assert task["completion"] == completion
    for word in ("confirmed", "reopened"):
        assert task[f"{word}_at"] == (after(20 + said.index(word)) if word in said else None)


def test_a_task_that_did_not_complete_has_no_completion() -> None:
    story = Story()
    story.task(status="escalated")

    assert only_task(story)["completion"] is None


def test_a_clock_that_goes_back_makes_nothing_negative() -> None:
    story = Story()
    story.task(at=NOON, queue_s=-30, work_s=-10)

    task = only_task(story)

    assert [task[name] for name in ("total_ms", "agent_ms", "waiting_ms", "system_wait_ms")] == [0, 0, 0, 0]


def test_a_word_given_before_it_was_asked_for_is_no_negative_wait() -> None:
    story = Story()
    task_id = story.task(queue_s=1, work_s=9)
    here = {"task_id": task_id, "run_id": "run_00001", "team": "support"}
    story.event("task.parked", after(8), **here, subject="apr_1")
    story.event("task.woken", after(3), **here, subject="apr_1")

    assert only_task(story)["human_wait_ms"] == 0


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0, 500), st.integers(0, 500)), min_size=1, max_size=8))
def test_agents_people_and_the_system_share_all_of_the_time(times: list[tuple[float, float, int]]) -> None:
    story = Story()
    for queue_s, work_s, wait_s in times:
        task_id = story.task(status=None, queue_s=queue_s, work_s=work_s, calls=1)
        here = {"task_id": task_id, "run_id": f"run_{task_id[4:]}", "team": "support"}
        done = queue_s + work_s
        story.event("task.parked", after(done), **here, subject="apr_1")
        story.event("task.woken", after(done + wait_s), **here, subject="apr_1")
        story.event("run.ended", after(done + wait_s), **here, status="completed")
        story.event("task.ended", after(done + wait_s), **here, status="completed")

    tasks = task_rows(story.frame().lazy()).collect()

    parts = tasks["agent_ms"] + tasks["human_wait_ms"] + tasks["system_wait_ms"]
    assert parts.to_list() == pytest.approx(tasks["total_ms"].to_list(), abs=2)  # each is rounded down
    assert tasks["human_wait_ms"].to_list() == [wait_s * 1000 for _, _, wait_s in times]
