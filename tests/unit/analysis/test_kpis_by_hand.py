"""One ledger with everything in it, and every KPI of it computed by hand."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from muster.analysis.costs import cost_table
from muster.analysis.definitions import KPIS
from muster.analysis.human import HumanCost
from muster.analysis.kpis import KPI_TABLE, kpi_table
from muster.analysis.tasks import task_rows
from tests.unit.analysis.story import NOON, Story, company

HUMAN = HumanCost(
    minutes_per_escalation=Decimal(12),
    minutes_per_approval=Decimal(2),
    usd_per_hour=Decimal(42),
    usd_per_compute_hour=Decimal("3.60"),  # a tenth of a cent a second
)
NOW = NOON + timedelta(days=20)
YESTERDAY = NOW - timedelta(days=1)


def everything() -> pl.LazyFrame:
    """25 ended tasks: 20 of long ago and 5 of yesterday; 23 of them with two model calls for a cent."""
    story = Story()
    for _ in range(10):
        story.task(truth="correct")
    story.task(truth="wrong")
    reopened, confirmed = story.task(), story.task()
    story.task()
    story.held_task()
    story.held_task()
    answered = story.task(status="escalated")
    story.task(status="escalated")
    story.task(status="escalated")
    story.task(status="failed")
    young = [story.task(at=YESTERDAY) for _ in range(5)]
    story.event("escalation.answered", NOON, task_id=answered, attention_seconds=90, context_rating=4)
    for task_id in (reopened, young[0]):
        story.event("task.reopened", YESTERDAY, task_id=task_id)
    for task_id in (confirmed, young[1]):
        story.event("task.confirmed", YESTERDAY, task_id=task_id)
    return task_rows(story.frame().lazy())


def figures(tasks: pl.LazyFrame) -> dict[str, dict[str, Any]]:
    table = kpi_table(tasks, HUMAN, now=NOW).collect()
    return {row["kpi"]: row for row in table.iter_rows(named=True)}


BY_HAND = {
    "completion_rate": (25, 21 / 25),
    "confirmed_rate": (21, 2 / 21),
    "reopened_rate": (21, 2 / 21),
    # judged: the 20 old ones, 1 confirmed and 1 reopened of yesterday; held: 16 old ones completed, less the
    # wrong one and the reopened one, and the confirmed one of yesterday
    "durable_completion_rate": (22, 15 / 22),
    "coverage": (25, 19 / 25),
    "escalation_rate": (25, 3 / 25),
    "approval_rate": (25, 2 / 25),
    "failure_rate": (25, 1 / 25),
    "accuracy": (11, 10 / 11),
    "scored_share": (25, 11 / 25),
    "human_satisfaction": (1, None),
    "time_to_completion_p50": (21, 10.0),
    "time_to_completion_p95": (21, 75.0),
    "agent_time_p50": (21, 9.0),
    "agent_time_p95": (21, 12.0),
    "human_wait_p50": (21, 0.0),
    "human_wait_p95": (21, 60.0),
    "system_wait_p50": (21, 1.0),
    "system_wait_p95": (21, 3.0),
    "model_cost_per_task": (25, 23 * 0.01 / 25),
    "tool_cost_per_task": (25, 0.0),
    # 23 tasks of 9 s and 2 of 12 s, a tenth of a cent a second
    "compute_cost_per_task": (25, 0.231 / 25),
    # 45 + 45 + 90 s measured are 2.10 USD; two escalations not timed are 16.80 USD
    "human_cost_per_task": (25, 18.90 / 25),
    "total_cost_per_task": (25, (0.23 + 0.231 + 18.90) / 25),
    "model_cost_per_completed_task": (21, 0.23 / 21),
    "total_cost_per_completed_task": (21, (0.23 + 0.231 + 18.90) / 21),
    # the three of yesterday that nobody spoke of are left out above and below the line
    "model_cost_per_durable_task": (15, 0.20 / 15),
    "tool_cost_per_durable_task": (15, 0.0),
    "compute_cost_per_durable_task": (15, 0.204 / 15),
    "human_cost_per_durable_task": (15, 18.90 / 15),
    "total_cost_per_durable_task": (15, (0.20 + 0.204 + 18.90) / 15),
    "attention_per_task": (25, (180 + 2 * 720) / 25),
    "tokens_per_completed_task": (21, 23 * 2 * (900 + 300 + 80) / 21),
    "cached_input_share": (23, 0.25),
}


def test_every_kpi_is_computed_by_hand() -> None:
    assert set(BY_HAND) == {kpi.id for kpi in KPIS}


@pytest.mark.parametrize("kpi", BY_HAND)
def test_a_kpi_is_what_a_hand_computes(kpi: str) -> None:
    n, value = BY_HAND[kpi]

    row = figures(everything())[kpi]

    assert row["n"] == n
    if value is None:
        assert (row["value"], row["low"], row["high"]) == (None, None, None)
    else:
        assert row["value"] == pytest.approx(value, abs=1e-9)
        assert row["low"] is None or row["low"] <= value + 1e-9
        assert row["high"] is None or row["high"] >= value - 1e-9


def test_the_parts_of_a_cost_add_up_to_it() -> None:
    rows = figures(everything())

    for base in ("task", "durable_task"):
        parts = [rows[f"{part}_cost_per_{base}"]["value"] for part in ("model", "tool", "compute", "human")]
        assert sum(parts) == pytest.approx(rows[f"total_cost_per_{base}"]["value"], rel=1e-12)


def test_money_of_people_tells_measured_from_assumed() -> None:
    costs = cost_table(everything(), HUMAN).collect().row(0, named=True)

    assert (costs["human_minutes"], costs["measured_minutes"]) == (27.0, 3.0)
    assert costs["human_cost_usd"] == Decimal("18.900000")
    assert costs["compute_cost_usd"] == Decimal("0.231000")
    assert costs["total_cost_usd"] == Decimal("19.361000")
    said = HUMAN.label_of(costs["human_minutes"], costs["measured_minutes"])
    assert said.startswith("11\u00a0% of 27 minutes measured, the rest 12 minutes at 42 USD/h")
    assert HUMAN.label_of(3, 3).startswith("measured (3 minutes)")


def test_attention_that_was_measured_needs_no_assumption() -> None:
    dear = HumanCost(minutes_per_escalation=Decimal(99), minutes_per_approval=Decimal(99))
    story = Story()
    for _ in range(10):
        story.held_task(attention_s=60)

    costs = cost_table(task_rows(story.frame().lazy()), dear).collect().row(0, named=True)

    assert costs["human_cost_usd"] == Decimal("7.000000")


def test_a_young_result_is_neither_durable_nor_not() -> None:
    story = Story()
    for _ in range(12):
        story.task(at=YESTERDAY, truth="wrong")

    durable = figures(task_rows(story.frame().lazy()))["durable_completion_rate"]

    assert (durable["n"], durable["value"]) == (0, None)


def test_without_a_now_the_record_is_known_until_its_last_word() -> None:
    story = Story()
    for _ in range(12):
        story.task(at=NOON)
    story.task(at=NOON + timedelta(days=14))

    table = kpi_table(task_rows(story.frame().lazy()), HUMAN).collect()

    assert table.filter(kpi="durable_completion_rate")["n"].to_list() == [12]


def test_ratings_that_are_all_the_best_are_no_certainty() -> None:
    story = Story()
    for _ in range(10):
        task_id = story.task(status="escalated")
        story.event("escalation.answered", NOON, task_id=task_id, context_rating=5)

    rating = figures(task_rows(story.frame().lazy()))["human_satisfaction"]

    # Wilson's lower end for 10 of 10 is 0.7225: 1 + 4 * 0.7225
    assert (rating["value"], rating["high"]) == (5.0, 5.0)
    assert rating["low"] == pytest.approx(3.89, abs=0.001)


def test_what_calls_take_has_a_spread_of_its_own() -> None:
    def high(seconds: tuple[int, int]) -> float:
        story = Story()
        for number in range(20):
            story.held_task(attention_s=seconds[number % 2])
        row = figures(task_rows(story.frame().lazy()))["total_cost_per_task"]
        return float(row["high"] - row["value"])

    assert high((30, 90)) > high((60, 60))


def test_only_what_is_asked_for_is_computed_and_is_the_same() -> None:
    tasks = task_rows(company().lazy())
    some = [kpi for kpi in KPIS if kpi.id in ("accuracy", "coverage")]

    few = kpi_table(tasks, HUMAN, by_team=True, only=some).collect()
    whole = kpi_table(tasks, HUMAN, by_team=True).collect()

    assert few.equals(whole.filter(pl.col("kpi").is_in(["accuracy", "coverage"])))
    assert few.schema == KPI_TABLE.schema


def test_hours_are_those_of_utc_also_when_clocks_are_put_back() -> None:
    """Berlin has the hour from 2 to 3 twice on 25 October 2026; the record has it once."""
    story = Story()
    night = NOON.replace(month=10, day=25, hour=0, minute=30)
    for number in range(40):
        story.task(at=night + timedelta(minutes=3 * number))

    by_hour = kpi_table(task_rows(story.frame().lazy()), HUMAN, every="1h").collect()

    hours = by_hour.filter(kpi="completion_rate").select("starts_at", "n").rows()
    assert [(at.hour, n) for at, n in hours] == [(0, 10), (1, 20), (2, 10)]


def test_a_day_or_month_without_data_has_no_row_and_breaks_nothing() -> None:
    story = Story()
    for _ in range(10):
        story.task(at=NOON)
        story.task(at=NOON + timedelta(days=60))

    weeks = kpi_table(task_rows(story.frame().lazy()), HUMAN, every="1w").collect()

    assert weeks["starts_at"].n_unique() == 2


def test_a_team_that_was_deleted_keeps_its_past() -> None:
    """Figures come from events alone: they do not ask which teams there are now."""
    story = Story()
    for _ in range(10):
        story.task("gone")

    by_team = kpi_table(task_rows(story.frame().lazy()), HUMAN, by_team=True).collect()

    assert by_team.filter(kpi="completion_rate").select("team", "value").rows() == [("gone", 1.0)]
