"""What each agent did lately, held against a ledger computed by hand."""

from datetime import timedelta
from decimal import Decimal

import polars as pl

from muster.analysis.activity import ACTIVITY, agent_activity
from tests.unit.analysis.story import NOON, Story


def lately(story: Story, hours: float = 24) -> dict[tuple[str, str], dict[str, object]]:
    """The rows by source and agent."""
    rows = agent_activity(story.frame().lazy(), NOON - timedelta(hours=hours)).collect()
    assert rows.schema == ACTIVITY.schema
    return {(row["model_source"], row["agent"]): row for row in rows.iter_rows(named=True)}


def test_tasks_ends_and_cost_of_the_period_are_counted() -> None:
    story = Story()
    story.task(at=NOON - timedelta(hours=30))
    story.task()
    story.task(status="escalated")
    story.task(status="failed")
    story.task(status=None)

    row = lately(story)["rehearsal", "desk"]

    assert [row[name] for name in ("tasks", "completed", "escalated", "failed")] == [4, 1, 1, 1]
    assert row["model_calls"] == 8
    assert row["model_cost_usd"] == Decimal("0.040000")


def test_a_task_of_two_agents_counts_for_both_with_their_own_cost() -> None:
    story = Story()
    task_id = story.task(agent="desk", status=None)
    here = {"task_id": task_id, "team": "support", "model_source": "rehearsal"}
    story.event(
        "model_call.settled", NOON, **here, agent="support/clerk", status="ok", cost_usd=Decimal("0.5")
    )
    story.event("task.ended", NOON, **here, status="completed")

    rows = lately(story)

    assert rows["rehearsal", "desk"]["completed"] == rows["rehearsal", "clerk"]["completed"] == 1
    assert rows["rehearsal", "clerk"]["model_cost_usd"] == Decimal("0.500000")
    assert rows["rehearsal", "desk"]["model_cost_usd"] == Decimal("0.010000")


def test_real_and_rehearsal_are_never_added_up() -> None:
    story = Story()
    story.task(source="claude")
    story.task(source="rehearsal")

    rows = lately(story)

    assert {key: row["tasks"] for key, row in rows.items()} == {
        ("claude", "desk"): 1,
        ("rehearsal", "desk"): 1,
    }


def test_without_work_there_is_no_row() -> None:
    assert lately(Story()) == {}
    assert isinstance(agent_activity(Story().frame().lazy(), NOON), pl.LazyFrame)
