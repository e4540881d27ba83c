import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.analysis.charges import CHARGES, charge_rows, people_rows
from muster.analysis.focus import FOCUS, Billing, focus_rows
from muster.analysis.human import HumanCost, with_human_cost
from muster.analysis.model_choice import TOKEN_PRICES
from muster.analysis.period import Period
from muster.analysis.tasks import task_rows
from tests.unit.analysis.story import NOON, Story, company

BILLING = Billing(account="example.com/agents")
PRICES = pl.LazyFrame(
    {
        "model": ["claude-sonnet-5-5"],
        "input_usd": [Decimal("0.000002")],
        "output_usd": [Decimal("0.000010")],
        "cache_read_usd": [Decimal("0.0000002")],
        "cache_write_usd": [Decimal("0.0000025")],
    }
).cast(TOKEN_PRICES.schema)


def charges(events: pl.DataFrame, period: Period | None = None) -> pl.DataFrame:
    return charge_rows(events.lazy(), PRICES, period or Period()).collect()


def focus(events: pl.DataFrame, now: datetime | None = None) -> pl.DataFrame:
    tasks = task_rows(events.lazy())
    return focus_rows(charge_rows(events.lazy(), PRICES, Period()), tasks, BILLING, now).collect()


def test_a_calls_money_is_divided_among_its_tokens_in_the_proportions_of_their_prices() -> None:
    story = Story()
    story.task("support", calls=1, model_cost="0.002660", source="claude")  # 900 in, 80 out, 300 read

    found = charges(story.frame()).sort("meter").select("meter", "quantity", "recorded_usd", "split").rows()

    # 900 x 2 = 1800, 80 x 10 = 800, 300 x 0.2 = 60 micro-dollars: 2660 in all
    assert found == [
        ("Cache Read Tokens", 300.0, Decimal("0.000060"), "list price"),
        ("Input Tokens", 900.0, Decimal("0.001800"), "list price"),
        ("Output Tokens", 80.0, Decimal("0.000800"), "list price"),
    ]


def test_the_sum_of_the_charges_is_the_ledgers_to_the_micro_dollar() -> None:
    events = company(tasks=200)

    assert charges(events)["recorded_usd"].sum() == events["cost_usd"].sum()


@given(
    cost=st.integers(0, 10**9),
    tokens=st.tuples(*[st.integers(0, 10**6)] * 4),
    known=st.booleans(),
)
def test_no_micro_dollar_is_lost_or_made_whatever_a_call_cost(
    cost: int, tokens: tuple[int, int, int, int], known: bool
) -> None:
    story = Story()
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    story.event(
        "model_call.settled",
        NOON,
        team="support",
        agent="desk",
        subject="claude-sonnet-5-5" if known else "some-local-model",
        status="ok",
        cost_usd=Decimal(cost) / 1_000_000,
        **dict(zip(names, tokens, strict=True)),
    )

    found = charges(story.frame())

    assert found["recorded_usd"].sum() == Decimal(cost) / 1_000_000
    assert (found["recorded_usd"] >= 0).all()
    assert found.filter(unit="Tokens")["quantity"].sum() == sum(tokens)


def test_a_day_a_task_and_an_agent_have_charges_of_their_own() -> None:
    story = Story()
    story.task("support", at=NOON, calls=2, source="claude")
    story.task("support", at=NOON + timedelta(days=1), calls=2, source="claude")

    found = charges(story.frame()).filter(meter="Input Tokens").sort("day")

    assert found.select("day", "task_id", "calls", "quantity").rows() == [
        (datetime(2026, 11, 18, tzinfo=UTC), "tsk_00001", 2, 1800.0),
        (datetime(2026, 11, 19, tzinfo=UTC), "tsk_00002", 2, 1800.0),
    ]


def test_who_worked_for_a_colleague_has_its_own_name_as_on_every_page() -> None:
    story = Story()
    story.task("finance", at=NOON, source="claude", agent="clerk/helper")

    found = focus(story.frame())

    assert found["x_Agent"].unique().to_list() == ["helper"]
    assert found["ResourceId"].unique().to_list() == ["finance/helper"]


def test_a_period_takes_calls_by_when_they_settled() -> None:
    story = Story()
    story.task("support", at=NOON, queue_s=0, work_s=10, calls=2, source="claude")

    early = charges(story.frame(), Period(until=NOON + timedelta(seconds=6)))
    late = charges(story.frame(), Period(since=NOON + timedelta(seconds=6)))

    assert early["calls"].unique().to_list() == late["calls"].unique().to_list() == [1]


def test_an_empty_ledger_has_no_charges_and_all_the_columns() -> None:
    found = focus(Story().frame())

    assert found.is_empty()
    assert found.schema == FOCUS.schema


def test_rows_keep_the_rules_of_the_specification() -> None:
    story = Story()
    story.task("support", "completed", truth="correct", source="claude", model_cost="0.004000")
    story.event("tool_call.settled", NOON, subject="shop__pay", cost_usd=Decimal("0.25"), team="support")

    rows = focus(story.frame())

    assert rows.schema == FOCUS.schema
    assert rows["BilledCost"].sum() == Decimal("0.254000")
    assert set(rows["ChargeCategory"]) == {"Usage"}
    assert rows["ChargeClass"].null_count() == rows.height
    never_null = [
        n
        for n in rows.columns
        if n[0] != "x"
        and n not in ("ChargeClass", "CommitmentDiscountStatus", "InvoiceId")
        and n[:8] != "Resource"
    ]
    assert [name for name in never_null if rows[name].null_count()] == []
    assert (rows["ResourceId"].is_null() == rows["ResourceType"].is_null()).all()
    assert (rows["ChargePeriodStart"] < rows["ChargePeriodEnd"]).all()
    assert rows["BillingPeriodStart"].unique().to_list() == [datetime(2026, 11, 1, tzinfo=UTC)]
    assert rows["BillingPeriodEnd"].unique().to_list() == [datetime(2026, 12, 1, tzinfo=UTC)]
    assert [name for name in rows.columns if not name.startswith("x_")] == sorted(
        name for name in rows.columns if not name.startswith("x_")
    )
    tool = rows.filter(x_Kind="tool").row(0, named=True)
    assert (tool["ProviderName"], tool["PricingUnit"], tool["ResourceId"]) == ("shop", "Calls", None)


def test_a_charge_knows_what_became_of_its_task() -> None:
    story = Story()
    story.task("support", "completed", truth="wrong", mistake="refund twice", source="claude")
    story.task("finance", "escalated", source="claude")

    rows = focus(story.frame()).unique("x_TaskId").sort("x_TaskId")

    assert rows.select("x_TaskId", "x_TaskStatus", "x_Truth", "x_Team").rows() == [
        ("tsk_00001", "completed", "wrong", "support"),
        ("tsk_00002", "escalated", None, "finance"),
    ]


def test_a_result_is_durable_when_its_window_is_over_and_nobody_came_back() -> None:
    story = Story()
    story.task("support", "completed", source="claude")
    story.task("support", "completed", truth="wrong", mistake="refund twice", source="claude")

    early = focus(story.frame(), NOON + timedelta(days=1))
    late = focus(story.frame(), NOON + timedelta(days=15))

    assert set(early["x_Durable"]) == {None}
    assert set(late.select("x_TaskId", "x_Durable").rows()) == {("tsk_00001", "yes"), ("tsk_00002", "no")}


def test_nobody_bills_a_rehearsal_and_every_row_of_it_says_so() -> None:
    story = Story()
    story.task("support", source="rehearsal", model_cost="0.010000")

    rows = focus(story.frame())

    assert rows["BilledCost"].sum() == rows["EffectiveCost"].sum() == 0
    assert rows["ListCost"].sum() == rows["x_RecordedCost"].sum() == Decimal("0.010000")
    assert set(rows["ProviderName"]) == {"muster rehearsal"}
    assert rows["ChargeDescription"].str.starts_with("Rehearsal, not billed").all()


def test_tags_are_a_json_object_whatever_a_team_is_called() -> None:
    story = Story()
    story.task('a "quoted\\ team', source="claude")

    tags = {json.loads(text)["team"] for text in focus(story.frame())["Tags"]}

    assert tags == {'a "quoted\\ team'}


def test_peoples_time_stands_in_rows_that_bill_nothing() -> None:
    story = Story()
    story.task("support", "escalated", source="claude")
    story.task("support", "completed", source="claude")
    tasks = with_human_cost(task_rows(story.frame().lazy()), HumanCost())

    found = people_rows(tasks, Period())
    rows = focus_rows(found, task_rows(story.frame().lazy()), BILLING).collect()

    assert found.collect_schema() == CHARGES.schema
    assert rows["x_TaskId"].to_list() == ["tsk_00001"]
    assert rows.select("BilledCost", "EffectiveCost", "ListCost").row(0) == (0, 0, 0)
    assert rows["x_PeopleCost"].item() > 0
    assert rows["ServiceName"].item() == "People's time"


@pytest.mark.parametrize("size", [1, 3])
def test_the_largest_share_takes_what_rounding_leaves(size: int) -> None:
    story = Story()
    tokens = {"input_tokens": 1, "output_tokens": 1, "cache_read_tokens": 1, "cache_write_tokens": 1}
    story.event("model_call.settled", NOON, subject="m", cost_usd=Decimal(size) / 1_000_000, **tokens)

    found = charges(story.frame())

    assert sorted(found["recorded_usd"]) == [0, 0, 0, Decimal(size) / 1_000_000]
