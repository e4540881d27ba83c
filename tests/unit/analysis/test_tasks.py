from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest

from muster.analysis.tasks import TASKS, ended_tasks, open_tasks, task_rows
from tests.unit.analysis.story import NOON, Story, company


def only_task(story: Story) -> dict[str, object]:
    return task_rows(story.frame().lazy()).collect().row(0, named=True)


def test_a_task_knows_its_times_calls_and_money() -> None:
    story = Story()
    story.task("support", queue_s=3, work_s=12, model_cost="0.012000", calls=3, truth="correct")

    task = only_task(story)

    assert task["status"] == "completed"
    assert (task["total_ms"], task["agent_ms"], task["waiting_ms"]) == (15_000, 12_000, 3_000)
    assert (task["model_calls"], task["input_tokens"], task["cache_read_tokens"]) == (3, 2700, 900)
    assert task["model_cost_usd"] == Decimal("0.012000")
    assert (task["channel"], task["agent"], task["truth"]) == ("mail", "desk", "correct")
    assert (task["escalations"], task["escalation_reason"]) == (0, None)


def test_an_escalated_task_keeps_the_reason() -> None:
    story = Story()
    story.task(status="escalated", reason="customer_asked")

    task = only_task(story)

    assert (task["status"], task["escalations"]) == ("escalated", 1)
    assert task["escalation_reason"] == "customer_asked"


def test_a_task_at_work_is_open_and_has_no_end() -> None:
    story = Story()
    story.task(status=None)
    story.task()

    tasks = task_rows(story.frame().lazy())

    assert open_tasks(tasks).select("status", "ended_at", "total_ms").collect().rows() == [
        ("working", None, None)
    ]
    assert ended_tasks(tasks).collect().height == 1


def test_a_cancelled_task_counts_nowhere() -> None:
    story = Story()
    story.task(status="cancelled")

    tasks = task_rows(story.frame().lazy())

    assert ended_tasks(tasks).collect().is_empty()
    assert open_tasks(tasks).collect().is_empty()


def test_a_period_takes_tasks_by_their_end() -> None:
    story = Story()
    story.task(at=NOON, queue_s=0, work_s=10)
    story.task(at=NOON, queue_s=0, work_s=20)
    tasks = task_rows(story.frame().lazy())

    until = ended_tasks(tasks, until=NOON + timedelta(seconds=20)).collect()
    since = ended_tasks(tasks, since=NOON + timedelta(seconds=20)).collect()

    assert until["task_id"].to_list() == ["tsk_00001"]
    assert since["task_id"].to_list() == ["tsk_00002"]


def test_two_runs_of_one_task_add_up_and_a_lost_one_counts_to_its_last_sign_of_life() -> None:
    story = Story()
    task_id = story.task(status=None, queue_s=0, work_s=10)
    again = {"task_id": task_id, "run_id": "run_again", "team": "support", "model_source": "rehearsal"}
    story.event("run.started", NOON + timedelta(seconds=60), **again)
    story.event("run.ended", NOON + timedelta(seconds=65), **again, status="completed")
    story.event("task.ended", NOON + timedelta(seconds=65), task_id=task_id, status="completed")

    task = only_task(story)

    assert (task["agent_ms"], task["total_ms"]) == (15_000, 65_000)


@pytest.mark.parametrize(
    ("sources", "label"), [((), "none"), (("claude",), "claude"), (("claude", "rehearsal"), "mixed")]
)
def test_a_task_is_labelled_by_the_models_that_worked_on_it(sources: tuple[str, ...], label: str) -> None:
    story = Story()
    story.event("task.queued", NOON, task_id="tsk_1", team="support", subject="mail")
    for source in sources:
        story.event("model_call.settled", NOON, task_id="tsk_1", run_id="run_1", model_source=source)

    assert only_task(story)["model_source"] == label


def test_an_empty_ledger_gives_an_empty_frame_of_the_same_shape() -> None:
    tasks = task_rows(Story().frame().lazy()).collect()

    assert tasks.is_empty()
    assert tasks.schema == TASKS.schema


def test_columns_that_are_never_null_are_not() -> None:
    tasks = task_rows(company().lazy()).collect()
    never = [
        "task_id",
        "team",
        "model_source",
        "status",
        "agent_ms",
        "model_calls",
        "model_cost_usd",
        "tool_cost_usd",
    ]

    assert tasks.select(pl.col(never).null_count()).row(0) == (0,) * len(never)
    assert tasks["task_id"].n_unique() == tasks.height == 240


def test_what_is_scored_again_leaves_nothing_of_the_first_score() -> None:
    story = Story()
    task_id = story.task(truth="wrong", mistake="forbidden effect")
    story.event("outcome.scored", NOON, task_id=task_id, status="correct")

    task = only_task(story)

    assert (task["truth"], task["mistake"]) == ("correct", None)


def test_the_confidence_of_an_earlier_run_does_not_stand_for_a_later_one_without() -> None:
    story = Story()
    task_id = story.task()
    story.event("run.ended", NOON, task_id=task_id, run_id="run_again", status="completed")

    assert only_task(story)["confidence"] is None


def test_tasks_are_the_same_whichever_way_they_are_computed_and_in_order() -> None:
    tasks = task_rows(company().lazy())

    streamed = tasks.collect(engine="streaming")

    assert streamed.equals(tasks.collect(engine="in-memory"))
    assert streamed["task_id"].to_list() == company()["task_id"].unique(maintain_order=True).to_list()


def test_a_task_that_waits_for_a_persons_word_is_open_and_says_what_it_waits_for() -> None:
    story = Story()
    task_id = story.task(status=None)
    parked_at = NOON + timedelta(seconds=10)
    story.event(
        "task.parked", parked_at, task_id=task_id, run_id="run_00001", team="support", subject="apr_1"
    )

    task = only_task(story)

    assert (task["status"], task["waiting_for"]) == ("waiting", "apr_1")
    assert open_tasks(task_rows(story.frame().lazy())).collect().height == 1


def test_the_time_a_task_waited_for_a_person_is_not_time_agents_worked() -> None:
    story, hour = Story(), timedelta(hours=1)
    task_id = story.task(status=None, queue_s=1, work_s=9)
    here = {"task_id": task_id, "run_id": "run_00001", "team": "support"}
    story.event("task.parked", NOON + timedelta(seconds=10), **here, subject="apr_1")
    story.event("approval.decided", NOON + hour, **here)
    assert only_task(story)["agent_ms"] == 9_000
    story.event("task.woken", NOON + hour, **here)
    story.event("run.ended", NOON + hour + timedelta(seconds=4), **here, status="completed")
    story.event("task.ended", NOON + hour + timedelta(seconds=4), **here, status="completed")

    task = only_task(story)

    assert (task["status"], task["waiting_for"]) == ("completed", None)
    assert task["agent_ms"] == 13_000
    total_ms = task["total_ms"]
    assert isinstance(total_ms, int)
    assert task["waiting_ms"] == total_ms - 13_000
