from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.analysis.escalations import escalation_rows
from muster.analysis.human import HumanCost, with_human_cost
from muster.analysis.review.drivers import DRIVERS, MIX, VOLUME, drivers, in_steps
from muster.analysis.tasks import ended_tasks, task_rows
from muster.reports.week import Week
from tests.unit.analysis.story import NOON, Story, company

WEEK = Week.of(NOON)
FREE = HumanCost(usd_per_compute_hour=Decimal(0))


def two_weeks(events: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The tasks that ended in the week, those that ended in the week before, and all escalations."""
    tasks = task_rows(events.lazy()).collect().lazy()
    this, that = (
        ended_tasks(tasks, period.since, period.until).collect()
        for period in (WEEK.period, WEEK.before.period)
    )
    return this, that, escalation_rows(events.lazy(), tasks).collect()


def taken_apart(events: pl.DataFrame) -> pl.DataFrame:
    return drivers(*two_weeks(events), FREE)


def effects(found: pl.DataFrame, figure: str, by: str, team: str | None = None) -> dict[str, float]:
    mine = found.filter(
        pl.col("figure") == figure, pl.col("by") == by, pl.col("team").eq_missing(pl.lit(team))
    )
    return dict(mine.select("part", "effect").iter_rows())


def worked(story: Story, team: str, completed: int, escalated: int, *, weeks_ago: int, reason: str) -> None:
    at = NOON - timedelta(days=7 * weeks_ago)
    for number in range(completed + escalated):
        status = "completed" if number < completed else "escalated"
        story.task(
            team, status, at=at, agent=f"{team}_desk", reason=reason if status == "escalated" else None
        )


def test_a_change_by_hand_falls_apart_into_rates_and_mix() -> None:
    story = Story()
    worked(story, "finance", 6, 4, weeks_ago=1, reason="low_confidence")  # 60 % of 10
    worked(story, "support", 9, 1, weeks_ago=1, reason="customer_asked")  # 90 % of 10
    worked(story, "finance", 4, 1, weeks_ago=0, reason="low_confidence")  # 80 % of 5
    worked(story, "support", 12, 3, weeks_ago=0, reason="customer_asked")  # 80 % of 15

    found = taken_apart(story.frame())

    # 15 of 20 to 16 of 20. Weights 0.5, 0.5 to 0.25, 0.75; the mean of both weeks' rates is 0.775.
    # finance: 0.375 x (0.8 - 0.6); support: 0.625 x (0.8 - 0.9)
    # mix: -0.25 x (0.7 - 0.775) + 0.25 x (0.85 - 0.775)
    by_team = effects(found, "completion_rate", "team")
    assert by_team == {
        "finance": pytest.approx(0.075),
        "support": pytest.approx(-0.0625),
        MIX: pytest.approx(0.0375),
    }
    assert sum(by_team.values()) == pytest.approx(0.05)
    # escalated for low confidence: 4 of 20 to 1 of 20; because a customer asked: 1 of 20 to 3 of 20
    assert effects(found, "completion_rate", "reason") == {
        "low_confidence": pytest.approx(0.15),
        "customer_asked": pytest.approx(-0.10),
    }
    assert effects(found, "escalation_rate", "agent") == {
        "finance_desk": pytest.approx(-0.15),
        "support_desk": pytest.approx(0.10),
    }


def test_money_by_hand_falls_apart_into_tasks_and_what_one_costs() -> None:
    story = Story()
    for number in range(10):
        story.task(at=NOON - timedelta(days=7), model_cost="0.100000")
        if number < 5:
            story.task(at=NOON, model_cost="0.300000")

    found = taken_apart(story.frame())

    # 10 x 0.10 to 5 x 0.30: 0.50 more. Tasks: -5 x (0.30 + 0.10) / 2; models: 7.5 x (0.30 - 0.10)
    by_cost = effects(found, "total_cost_usd", "cost")
    assert by_cost[VOLUME] == pytest.approx(-1.0)
    assert by_cost["models"] == pytest.approx(1.5)
    assert by_cost["people"] == by_cost["tools"] == 0
    assert effects(found, "total_cost_usd", "team") == {"support": pytest.approx(0.5)}


@settings(max_examples=10)
@given(seed=st.integers(0, 10_000))
def test_the_parts_of_every_change_add_up_to_it(seed: int) -> None:
    events = company(seed, days=14, tasks=60).with_columns(pl.col("happened_at") - timedelta(days=5))
    this, that, raised = two_weeks(events)

    found = drivers(this, that, raised, FREE)

    assert found.schema == DRIVERS.schema
    for (team, figure, _), rows in found.group_by("team", "figure", "by"):
        assert rows["effect"].sum() == pytest.approx(change(this, that, team, figure), abs=1e-9)


def change(now: pl.DataFrame, before: pl.DataFrame, team: object, figure: object) -> float:
    if team is not None:
        now, before = (tasks.filter(pl.col("team") == team) for tasks in (now, before))
    if figure == "total_cost_usd":
        costs = [with_human_cost(tasks.lazy(), FREE).collect()["total_cost_usd"] for tasks in (now, before)]
        return float(sum(costs[0], Decimal(0)) - sum(costs[1], Decimal(0)))
    called = (pl.col("status") == "escalated") | (pl.col("escalations") > 0)
    hit = pl.col("status") == "completed" if figure == "completion_rate" else called
    shares = [Fraction(tasks.filter(hit).height, tasks.height) for tasks in (now, before)]
    return float(shares[0] - shares[1])


@given(st.lists(st.floats(-1, 1, allow_nan=False), max_size=12))
def test_printed_parts_add_up_to_the_printed_total(parts: list[float]) -> None:
    steps = in_steps(parts, 0.001)

    assert abs(sum(steps) - sum(map(Fraction, parts)) / Fraction(0.001)) <= Fraction(1, 2)
    assert all(abs(step - part / 0.001) < 1 for step, part in zip(steps, parts, strict=True))


def test_a_team_that_is_new_or_gone_changes_the_mix_alone() -> None:
    story = Story()
    worked(story, "gone", 5, 5, weeks_ago=1, reason="low_confidence")
    worked(story, "stays", 9, 1, weeks_ago=1, reason="low_confidence")
    worked(story, "stays", 9, 1, weeks_ago=0, reason="low_confidence")
    worked(story, "new", 10, 0, weeks_ago=0, reason="low_confidence")

    by_team = effects(taken_apart(story.frame()), "completion_rate", "team")

    assert by_team["gone"] == by_team["new"] == by_team["stays"] == 0
    assert by_team[MIX] == pytest.approx(19 / 20 - 14 / 20)


def test_without_a_period_before_there_is_nothing_to_take_apart() -> None:
    story = Story()
    story.task()
    this, that, raised = two_weeks(story.frame())

    assert that.is_empty()
    assert drivers(this, that, raised, FREE).is_empty()
