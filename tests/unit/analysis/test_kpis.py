from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from muster.analysis.definitions import KPIS
from muster.analysis.human import AssumptionError, HumanCost
from muster.analysis.kpis import KPI_TABLE, kpi_table, overview
from muster.analysis.reference import reference_page
from muster.analysis.tasks import task_rows
from tests.unit.analysis.story import NOON, Story, company

FREE = HumanCost(usd_per_compute_hour=Decimal(0))


def row(table: pl.DataFrame, kpi: str, team: str | None = None) -> dict[str, Any]:
    rows = table.filter(pl.col("kpi") == kpi, pl.col("team").eq_missing(pl.lit(team)))
    assert rows.height == 1
    return rows.row(0, named=True)


def twenty() -> pl.LazyFrame:
    """16 completed in 1 to 16 s, 3 escalated, 1 failed; a cent of model each; 18 of 20 judged, 15 right."""
    story = Story()
    for number in range(16):
        truth = None if number >= 14 else "wrong" if number == 0 else "correct"
        story.task(queue_s=0, work_s=number + 1, truth=truth)
    for truth in ("correct", "correct", "wrong"):
        story.task(status="escalated", truth=truth)
    story.task(status="failed", truth="wrong")
    return task_rows(story.frame().lazy())


@pytest.mark.parametrize(
    ("kpi", "n", "value"),
    [
        ("completion_rate", 20, 16 / 20),
        ("escalation_rate", 20, 3 / 20),
        ("failure_rate", 20, 1 / 20),
        ("accuracy", 18, 15 / 18),
        ("time_to_completion_p50", 16, 8.0),
        ("model_cost_per_task", 20, 0.01),
        ("total_cost_per_task", 20, (20 * 0.01 + 3 * 8.40) / 20),
        ("model_cost_per_completed_task", 16, 20 * 0.01 / 16),
        ("total_cost_per_completed_task", 16, (20 * 0.01 + 3 * 8.40) / 16),
    ],
)
def test_a_kpi_is_what_a_hand_computes(kpi: str, n: int, value: float) -> None:
    figures = row(kpi_table(twenty(), FREE).collect(), kpi)

    assert figures["n"] == n
    assert figures["value"] == pytest.approx(value, abs=1e-9)
    assert figures["low"] <= value <= figures["high"]


def test_rates_carry_wilsons_interval() -> None:
    completion = row(kpi_table(twenty(), FREE).collect(), "completion_rate")

    assert (completion["low"], completion["high"]) == pytest.approx((0.5840, 0.9193), abs=1e-4)


def test_the_median_carries_exact_order_statistics() -> None:
    median = row(kpi_table(twenty(), FREE).collect(), "time_to_completion_p50")

    assert (median["low"], median["high"]) == (4.0, 13.0)


def test_too_few_is_null_and_still_shows_its_n() -> None:
    p95 = row(kpi_table(twenty(), FREE).collect(), "time_to_completion_p95")

    assert p95 == p95 | {"n": 16, "value": None, "low": None, "high": None}


def test_a_team_that_never_called_anyone_is_not_promised_to_be_free() -> None:
    story = Story()
    for number in range(20):
        story.task(model_cost=f"0.01{number:02d}00")

    figures = row(kpi_table(task_rows(story.frame().lazy()), FREE).collect(), "total_cost_per_task")

    assert figures["value"] == pytest.approx(0.01095)
    assert figures["high"] == pytest.approx(0.01095 + 8.40 * 0.1611, abs=0.01)


def test_an_answered_escalation_counts_as_escalated_and_completed() -> None:
    story = Story()
    for _ in range(10):
        story.task(status="completed", reason="customer_asked")

    table = kpi_table(task_rows(story.frame().lazy()), FREE).collect()

    assert row(table, "completion_rate")["value"] == row(table, "escalation_rate")["value"] == 1.0


def test_two_model_sources_never_share_a_number() -> None:
    story = Story()
    for _ in range(12):
        story.task(source="claude")
        story.task(status="failed", source="rehearsal")

    table = overview(task_rows(story.frame().lazy()), FREE)
    completion = table.filter(pl.col("kpi") == "completion_rate", pl.col("team").is_null())

    assert completion.select("model_source", "n", "value").rows() == [
        ("claude", 12, 1.0),
        ("rehearsal", 12, 0.0),
    ]


def test_team_and_day_is_a_grain_and_its_rows_add_up() -> None:
    tasks = task_rows(company(days=3).lazy())

    table = kpi_table(tasks, FREE, by_team=True, every="1d").collect()
    total = row(kpi_table(tasks, FREE).collect(), "completion_rate")

    rates = table.filter(pl.col("kpi") == "completion_rate")
    assert rates["starts_at"].n_unique() == 3
    assert rates["n"].sum() == total["n"] == 240
    keys = ["model_source", "team", "starts_at", "kpi"]
    assert table.select(keys).is_unique().all()
    assert table.height == rates.height * len(KPIS)


def test_a_task_counts_on_the_day_it_ended_not_the_day_it_came() -> None:
    story = Story()
    story.task(at=NOON, work_s=timedelta(hours=20).total_seconds())

    day = kpi_table(task_rows(story.frame().lazy()), FREE, every="1d").collect()["starts_at"].unique()

    assert [at.date().isoformat() for at in day] == ["2026-11-19"]


def test_an_empty_ledger_has_an_empty_table_of_the_same_shape() -> None:
    table = overview(task_rows(Story().frame().lazy()), FREE)

    assert table.is_empty()
    assert table.schema == KPI_TABLE.schema


def test_when_all_failed_there_is_a_rate_and_no_cost_of_a_result() -> None:
    story = Story()
    for _ in range(12):
        story.task(status="failed")

    table = overview(task_rows(story.frame().lazy()), FREE)

    assert row(table, "completion_rate")["value"] == 0.0
    assert row(table, "total_cost_per_completed_task") | {"n": 0, "value": None, "high": None} == row(
        table, "total_cost_per_completed_task"
    )
    assert table.select(pl.col("value", "low", "high").is_nan().any()).row(0) == (False, False, False)


def test_human_time_cannot_be_negative() -> None:
    with pytest.raises(AssumptionError, match="usd_per_hour is negative"):
        HumanCost(usd_per_hour=-FREE.usd_per_hour)


def test_human_time_has_a_rate_that_somebody_could_mean() -> None:
    with pytest.raises(AssumptionError, match=r"usd_per_hour is 1e\+30"):
        HumanCost(usd_per_hour=Decimal("1e30"))

    most = Decimal(1_000_000)
    dearest = HumanCost(minutes_per_escalation=most, usd_per_hour=most)
    assert dearest.usd_per_escalation > 0


def test_the_reference_page_is_the_definitions() -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "kpis.md"

    assert page.read_text() == reference_page(), (
        "run: python -m muster.analysis.reference > docs/reference/kpis.md"
    )
