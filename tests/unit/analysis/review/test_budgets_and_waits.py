from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from muster.analysis.period import Period
from muster.analysis.review.budgets import BUDGETS, LIMITS, budgets, model_spending
from muster.analysis.review.waits import AGEING, AGES, WAITS, ageing
from muster.analysis.spend import spend
from tests.unit.analysis.story import NOON, Story

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = Period(MONDAY, MONDAY + timedelta(days=7))


def limits(*rows: tuple[str, str | None, str]) -> pl.DataFrame:
    named = [(scope, team, Decimal(amount)) for scope, team, amount in rows]
    return pl.DataFrame(named, schema=LIMITS.schema, orient="row")


def spent(story: Story) -> pl.DataFrame:
    return model_spending(spend(story.frame().lazy()).collect(), WEEK)


def test_a_weeks_spending_is_held_against_seven_days_limits() -> None:
    story = Story()
    story.task(at=NOON, model_cost="0.900000", agent="desk")
    story.task(at=NOON + timedelta(days=1), model_cost="0.200000", agent="desk")
    story.task("finance", at=NOON, model_cost="0.300000", agent="clerk/helper")
    known = limits(
        ("fleet", None, "10"), ("team:support", "support", "1"), ("agent:finance/helper", "finance", "1")
    )

    rows = {row["scope"]: row for row in budgets(spent(story), known, 7).iter_rows(named=True)}

    fleet, support = rows["fleet"], rows["team:support"]
    assert (fleet["spent_usd"], fleet["allowed_usd"]) == (Decimal("1.400000"), Decimal(70))
    assert fleet["share"] == pytest.approx(0.02)
    assert (fleet["highest_day"], fleet["highest_usd"]) == (date(2026, 11, 18), Decimal("1.200000"))
    assert support["highest_share"] == pytest.approx(0.9)
    assert support["near_days"] == 1
    assert rows["agent:finance/helper"]["spent_usd"] == Decimal("0.300000")  # who worked for a colleague
    assert rows["team:finance"]["limit_usd"] is None
    assert next(iter(rows)) == "fleet"


def test_what_was_spent_before_and_after_the_week_is_not_in_it() -> None:
    story = Story()
    story.task(at=MONDAY - timedelta(minutes=5), model_cost="1.000000")
    story.task(at=MONDAY + timedelta(days=7, minutes=1), model_cost="1.000000")
    story.task(at=MONDAY + timedelta(minutes=1), model_cost="0.500000")

    (fleet,) = budgets(spent(story), limits(), 7).filter(scope="fleet").iter_rows(named=True)

    assert fleet["spent_usd"] == Decimal("0.500000")


def test_a_limit_nobody_touched_is_there_with_nothing_spent() -> None:
    table = budgets(spent(Story()), limits(("fleet", None, "200"), ("team:gone", "gone", "5")), 7)

    assert table.schema == BUDGETS.schema
    assert table["scope"].to_list() == ["fleet", "team:gone"]
    assert table["spent_usd"].to_list() == [0, 0]
    assert table["highest_day"].to_list() == [None, None]


def waits(*rows: tuple[str, str, float, float]) -> pl.DataFrame:
    """Each an id, a team, hours it has waited, and hours it is past its due time."""
    named = [
        (
            item_id,
            "approval" if item_id.startswith("apr") else "escalation",
            None,
            team,
            "desk",
            "Title",
            None,
            None,
            NOON - timedelta(hours=hours),
            NOON - timedelta(hours=late),
        )
        for item_id, team, hours, late in rows
    ]
    return pl.DataFrame(named, schema=WAITS.schema, orient="row")


def test_waits_are_counted_by_age_and_held_against_their_due_hour() -> None:
    aged = ageing(
        waits(
            ("apr_1", "support", 0.5, -7.5),
            ("apr_2", "support", 1, -7),
            ("apr_3", "finance", 30, 22),
            ("esc_1", "finance", 100, 92),
        ),
        NOON,
    )

    assert aged.schema == AGEING.schema
    approvals, escalations = aged.filter(pl.col("team").is_null()).iter_rows(named=True)
    assert [approvals[name] for name, _ in AGES] == [1, 1, 0, 1, 0]
    assert (approvals["waiting"], approvals["overdue"], approvals["oldest_id"]) == (3, 1, "apr_3")
    assert approvals["latest_seconds"] == 22 * 3600
    assert [escalations[name] for name, _ in AGES] == [0, 0, 0, 0, 1]
    assert aged.filter(team="support")["overdue"].to_list() == [0]


def test_a_clock_that_went_back_makes_no_negative_age() -> None:
    (row,) = ageing(waits(("apr_1", "support", -1, -9)), NOON).filter(team="support").iter_rows(named=True)

    assert row["oldest_seconds"] == 0
    assert row["under 1 h"] == 1


def test_where_nothing_waits_there_is_no_row() -> None:
    assert ageing(WAITS.empty(), NOON).is_empty()
