from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from muster.analysis.burn import BUDGETS, BURN, burn
from muster.analysis.frames import FrameError
from muster.analysis.spend import spend
from muster.analysis.spending import DAILY, SHARES, SPENDING, daily, shares, spending
from tests.unit.analysis.story import NOON, Story


def call(story: Story, at: datetime, team: str, agent: str | None, cost: str, **fields: Any) -> None:
    told: dict[str, Any] = {
        "subject": "claude-sonnet-5-5",
        "model_source": "rehearsal",
        "input_tokens": 10,
    } | fields
    story.event("model_call.settled", at, team=team, agent=agent, cost_usd=Decimal(cost), **told)


@pytest.fixture
def spent() -> pl.DataFrame:
    """Two days with a day without a call between them."""
    story = Story()
    call(story, NOON, "support", "support/desk", "6.000000")
    call(story, NOON + timedelta(hours=11, minutes=59), "support", "desk", "3.000000", output_tokens=5)
    call(story, NOON + timedelta(hours=12), "support", "clerk", "1.000000", subject="claude-haiku-5-5")
    call(story, NOON + timedelta(days=2), "finance", None, "2.000000", subject=None)
    story.event("tool_call.settled", NOON, team="finance", agent="clerk", cost_usd=Decimal("0.5"))
    story.event("tool_call.settled", NOON, team="finance", agent="clerk", cost_usd=None)
    story.event("run.started", NOON, team="finance")
    return spending(spend(story.frame().lazy())).collect()


def test_money_is_added_up_by_utc_day_team_agent_and_model(spent: pl.DataFrame) -> None:
    assert spent.schema == SPENDING.schema
    assert spent.rows() == [
        (date(2026, 11, 18), "none", "finance", "clerk", "tools", 2, 0, Decimal("0.5")),
        (date(2026, 11, 18), "rehearsal", "support", "desk", "claude-sonnet-5-5", 2, 25, Decimal(9)),
        (date(2026, 11, 19), "rehearsal", "support", "clerk", "claude-haiku-5-5", 1, 10, Decimal(1)),
        (date(2026, 11, 20), "rehearsal", "finance", None, "unnamed model", 1, 10, Decimal(2)),
    ]


def test_a_day_without_a_call_is_a_day_of_nothing(spent: pl.DataFrame) -> None:
    finance = daily(spent.filter(team="finance"), until=date(2026, 11, 21))

    assert finance.schema == DAILY.schema
    assert [(day.day, float(cost)) for day, cost in finance.rows()] == [(18, 0.5), (19, 0), (20, 2), (21, 0)]
    assert daily(SPENDING.empty()).is_empty()


def test_shares_name_the_largest_first_and_add_up_to_one(spent: pl.DataFrame) -> None:
    by_agent = shares(spent, "agent")

    assert by_agent.schema == SHARES.schema
    assert by_agent["name"][:2].to_list() == ["support/desk", "finance/no agent"]
    assert by_agent["share"].to_list() == pytest.approx([0.72, 0.16, 0.08, 0.04])
    assert shares(spent, "team")["name"].to_list() == ["support", "finance"]
    assert shares(SPENDING.empty(), "bought").is_empty()


def test_a_share_of_nothing_is_not_a_number(spent: pl.DataFrame) -> None:
    free = spent.with_columns(cost_usd=pl.lit(0).cast(SPENDING.schema["cost_usd"]))

    assert shares(free, "team")["share"].to_list() == [None, None]


def test_a_budgets_burn_is_counted_by_day(spent: pl.DataFrame) -> None:
    limits = [("fleet", 20), ("support", 10), ("support/desk", 0), ("leads", 5)]
    budgets = pl.DataFrame(
        [(who, Decimal(limit)) for who, limit in limits], schema=BUDGETS.schema, orient="row"
    )

    rows = burn(spent, budgets)

    assert rows.schema == BURN.schema
    assert rows.rows() == [
        ("fleet", Decimal(20), 3, Decimal(12), pytest.approx(0.2), 0.45, 0),
        ("support", Decimal(10), 2, Decimal(10), 0.5, 0.9, 1),
        ("leads", Decimal(5), 0, Decimal(0), None, None, 0),
        ("support/desk", Decimal(0), 1, Decimal(9), None, None, 0),
    ]


def test_a_frame_of_another_kind_is_refused(spent: pl.DataFrame) -> None:
    with pytest.raises(FrameError, match="usd_per_day is missing"):
        burn(spent, spent)
