from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from muster.analysis.attention import attention
from muster.analysis.escalations import escalation_rows, reasons
from muster.analysis.human import HumanCost
from muster.analysis.interruptions import interruption_rows
from muster.analysis.kpis import overview
from muster.analysis.tasks import task_rows
from muster.analysis.trend import CHANGES, changes, fitting_bucket
from tests.unit.analysis.story import NOON, Story

HUMAN = HumanCost()


def table(completed: int, of: int) -> pl.DataFrame:
    story = Story()
    for number in range(of):
        story.task(status="completed" if number < completed else "failed")
    return overview(task_rows(story.frame().lazy()), HUMAN)


def completion(now: pl.DataFrame, before: pl.DataFrame) -> dict[str, Any]:
    company = pl.col("team").is_null() & (pl.col("kpi") == "completion_rate")
    return changes(now, before).filter(company).row(0, named=True)


@pytest.mark.parametrize(
    ("span", "bucket"),
    [
        (timedelta(0), "1m"),
        (timedelta(minutes=45), "10m"),
        (timedelta(hours=20), "1h"),
        (timedelta(days=7), "1d"),
        (timedelta(days=200), "1w"),
    ],
)
def test_the_bucket_fits_the_period(span: timedelta, bucket: str) -> None:
    story = Story()
    story.task(at=NOON)
    story.task(at=NOON + span)

    assert fitting_bucket(task_rows(story.frame().lazy())) == bucket


def test_an_empty_period_has_a_bucket_too() -> None:
    assert fitting_bucket(task_rows(Story().frame().lazy())) == "1m"


def test_a_difference_of_rates_has_newcombes_interval() -> None:
    """56 of 70 against 48 of 80: the worked example of Newcombe (1998), method 10."""
    moved = completion(table(56, 70), table(48, 80))

    assert moved["change"] == pytest.approx(0.2)
    assert (moved["low"], moved["high"]) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert moved["verdict"] == "better"


@pytest.mark.parametrize(
    ("now", "before", "verdict"),
    [((40, 100), (80, 100), "worse"), ((82, 100), (80, 100), "unclear"), ((3, 3), (1, 100), "unclear")],
)
def test_a_change_is_claimed_only_when_its_interval_leaves_out_zero(
    now: tuple[int, int], before: tuple[int, int], verdict: str
) -> None:
    assert completion(table(*now), table(*before))["verdict"] == verdict


def test_a_first_period_has_nothing_to_be_compared_with() -> None:
    nothing = overview(task_rows(Story().frame().lazy()), HUMAN)

    compared = changes(table(20, 20), nothing)

    assert compared.schema == CHANGES.schema
    assert compared["verdict"].unique().to_list() == ["unclear"]


def points(story: Story) -> list[tuple[str, str | None, str]]:
    events = story.frame().lazy()
    tasks = task_rows(events)
    why = reasons(escalation_rows(events, tasks), HUMAN, by_team=True).collect()
    stopped = interruption_rows(events).collect()
    noted = attention(overview(tasks, HUMAN), tasks.collect(), why, stopped, NOON + timedelta(hours=2))
    return noted.rows()


def test_nothing_needs_attention_when_all_is_well() -> None:
    story = Story()
    for _ in range(200):
        story.task(truth="correct")

    assert points(story) == []


def test_a_team_clearly_over_the_target_is_to_be_acted_on_with_its_main_reason() -> None:
    story = Story()
    for number in range(40):
        story.task("finance", "escalated" if number < 16 else "completed", reason=_reason(number))

    (point,) = points(story)

    assert point == (
        "act",
        "finance",
        "Escalation rate 40.0\u00a0% (26.3 – 55.4\u00a0%, n 40); target under 10\u00a0%; "
        "most often: needs approval (10 of 16)",
    )


def test_failed_stuck_and_interrupted_work_is_named() -> None:
    story = Story()
    story.task("support", "failed")
    story.task("leads", None)
    story.event("message.quarantined", NOON, reason="no sender")
    story.task("vendors", "failed", calls=0, source=None)

    named = [(team, what) for _, team, what in points(story)]

    assert ("support", "1 failed without result or person") in named
    assert ("leads", "1 open for more than an hour") in named
    assert (None, "1 ended without any model being reached") in named
    assert (None, "1 messages could not be read and were set aside") in named


def _reason(number: int) -> str | None:
    if number >= 16:
        return None
    return "needs_approval" if number < 10 else "low_confidence"
