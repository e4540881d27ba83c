"""Forecasts of a day that was written by hand, with every figure worked out by hand."""

from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest

from muster.analysis.human import HumanCost
from muster.analysis.period import Period
from muster.core.errors import CallerError
from muster.gateway.policy.files import Policy
from muster.ledger.reader import LedgerReader
from muster.models.table import ModelTable
from muster.teams.spending import FleetLimits
from muster.teams.standard import EscalationFloor, Standard
from muster.whatif.budgets import under_budgets
from muster.whatif.errors import NeverRanError, NothingRecordedError, SettingError, UnknownTeamError
from muster.whatif.forecast import Forecast
from muster.whatif.gate_replay import Autonomies, replayed
from muster.whatif.models import under_models, under_price
from muster.whatif.money import under_band
from muster.whatif.past import Past, read_past
from muster.whatif.people import under_people
from muster.whatif.prompts import under_prompt
from muster.whatif.standards import under_confidence, under_standard, under_tool_calls
from tests.integration.whatif.told import MORNING, REGISTRATION, TABLE, Told

HUMAN = HumanCost(
    minutes_per_escalation=Decimal(10),
    minutes_per_approval=Decimal(3),
    usd_per_hour=Decimal(60),
    usd_per_compute_hour=Decimal(0),
)


def past_of(url: str, period: Period | None = None, team: str | None = None) -> Past:
    return read_past(LedgerReader(url), REGISTRATION, period or Period(), team)


def rows(forecast: Forecast) -> dict[str, dict[str, object]]:
    return {row["task_id"]: row for row in forecast.affected.iter_rows(named=True)}


async def test_a_higher_threshold_sends_less_sure_answers_to_a_person(database_url: str) -> None:
    told = await Told.begun(database_url)
    await told.task(confidence=0.95)
    unsure = await told.task(confidence=0.85, truth="wrong")
    right = await told.task(confidence=0.88, truth="correct")
    await told.task(confidence=0.85, reason="agent_asked")

    forecast = under_confidence(past_of(database_url), 0.90, HUMAN)

    assert set(rows(forecast)) == {unsure, right}
    company = forecast.company("rehearsal")
    assert (company["n"], company["affected"], company["known"]) == (4, 2, 2)
    assert (company["minutes"], company["people_usd"]) == (20.0, Decimal("20.000000"))
    assert (company["errors_less"], company["scored_right"], company["scored_wrong"]) == (1, 1, 1)
    assert rows(forecast)[unsure]["why"] == "confidence 0.85 is under 0.90"
    assert (forecast.reproduced, forecast.decisions) == (4, 4)
    assert "What a person would have decided about 2 tasks is not known" in forecast.unknown[0]


async def test_a_lower_threshold_lets_answers_through_and_says_what_is_not_known(database_url: str) -> None:
    told = await Told.begun(database_url)
    needed = await told.task(confidence=0.70, reason="low_confidence", truth="correct", expected="escalated")
    needless = await told.task(confidence=0.70, reason="low_confidence", truth="wrong", expected="completed")
    unscored = await told.task(confidence=0.60, reason="low_confidence")
    await told.task(confidence=0.55, reason="low_confidence")

    forecast = under_confidence(past_of(database_url), 0.58, HUMAN)

    assert {task: row["errors"] for task, row in rows(forecast).items()} == {
        needed: 1,
        needless: 0,
        unscored: None,
    }
    assert forecast.company("rehearsal")["minutes"] == -30.0
    assert "Of 3 tasks that would have completed, 2 were held against a truth" in forecast.unknown[0]


async def test_the_floor_of_the_time_holds_whatever_is_asked(database_url: str) -> None:
    told = await Told.begun(database_url)
    await told.task(confidence=0.45, reason="low_confidence")
    assert under_confidence(past_of(database_url), 0.0, HUMAN).affected.is_empty()


async def test_a_run_is_stopped_at_the_call_that_is_one_too_many(database_url: str) -> None:
    told = await Told.begun(database_url)
    await told.task(reads=3)
    stopped = await told.task(reads=4)
    already = await told.task(reads=6, reason="too_many_tool_calls")

    past = past_of(database_url)
    fewer, more = under_tool_calls(past, 3, HUMAN), under_tool_calls(past, 10, HUMAN)

    assert rows(fewer)[stopped]["would_be"] == (
        "would have gone to a person after 3 tool calls: too many tool calls"
    )
    assert rows(fewer)[already]["would_be"] == "would have gone to a person sooner"
    assert rows(more)[already]["known"] is False
    assert set(rows(more)) == {already}
    assert fewer.reproduced == 3


async def test_money_committed_after_the_stop_would_not_have_gone_out(database_url: str) -> None:
    told = await Told.begun(database_url)
    stopped = await told.task(reads=2, refunds=(("A", 70), ("B", 80)))
    forecast = under_tool_calls(past_of(database_url), 3, HUMAN)
    assert rows(forecast)[stopped]["committed"] == Decimal("-80.000000")
    assert any("other traces" in line for line in forecast.unknown)


async def test_a_whole_standard_is_asked_about_and_what_cannot_be_replayed_is_named(
    database_url: str,
) -> None:
    told = await Told.begun(database_url)
    stopped = await told.task(reads=5)
    other = Standard(
        escalation=EscalationFloor(tool_calls_over=4, customer_asks=False),
        limits=Standard().limits.model_copy(update={"handoffs": 1}),
    )

    forecast = under_standard(past_of(database_url), other, HUMAN, "other.yaml")

    assert set(rows(forecast)) == {stopped}
    assert any("customer_asks" in line for line in forecast.unknown)
    assert any("differs in limits" in line for line in forecast.unknown)


async def test_a_tighter_band_holds_payments_and_what_was_not_paid_does_not_count(
    database_url: str, policy: Policy
) -> None:
    told = await Told.begun(database_url)
    await told.task(refunds=(("A", 100),))
    held = await told.task(refunds=(("A", 450),), truth="correct")
    await told.task(refunds=(("A", 350),))
    await told.task(refunds=(("B", 499),))

    forecast = under_band(past_of(database_url), policy, Decimal(500), HUMAN)

    row = rows(forecast)[held]
    assert set(rows(forecast)) == {held}  # 100 + 450 is too much; 100 + 350, without it, is not
    assert (row["committed"], row["currency"]) == (Decimal("-450.000000"), "EUR")
    assert (row["minutes"], row["errors"], row["known"]) == (3.0, 0, True)
    assert "550.00" not in str(row["why"])
    assert "450.00 EUR after 100.00 to the same payee today" in str(row["why"])
    assert (forecast.reproduced, forecast.decisions) == (4, 4)


async def test_a_run_gets_no_further_than_its_first_held_payment(database_url: str, policy: Policy) -> None:
    told = await Told.begun(database_url)
    both = await told.task(refunds=(("A", 600), ("B", 50)))
    forecast = under_band(past_of(database_url), policy, Decimal(500), HUMAN)
    assert rows(forecast)[both]["committed"] == Decimal("-650.000000")


async def test_what_the_system_declined_was_no_money_and_is_none_now(
    database_url: str, policy: Policy
) -> None:
    told = await Told.begun(database_url)
    declined = await told.task(declined=("A", 700))
    after = await told.task(refunds=(("A", 450),))
    past = past_of(database_url)
    forecast = under_band(past, policy, Decimal(500), HUMAN)
    assert set(rows(forecast)) == {declined}
    assert rows(forecast)[declined]["committed"] == 0
    assert set(rows(under_band(past, policy, Decimal(400), HUMAN))) == {declined, after}


async def test_money_of_outside_clients_counts_for_the_payee(database_url: str, policy: Policy) -> None:
    told = await Told.begun(database_url)
    await told.task()
    await told.client_refund("A", 300)
    held = await told.task(refunds=(("A", 300),))
    past = past_of(database_url)
    forecast = under_band(past, policy, Decimal(500), HUMAN)
    assert set(rows(forecast)) == {held}
    assert "after 300.00 to the same payee today" in str(rows(forecast)[held]["why"])
    assert all(one.same for one in replayed(past, policy, Autonomies(past, policy.autonomy.current())))


async def test_a_wider_band_frees_what_waited_and_saves_the_word_that_was_given(
    database_url: str, policy: Policy
) -> None:
    told = await Told.begun(database_url)
    waits = await told.task(held=("A", 1200), truth="correct", expected="escalated")
    given = await told.task(held=("B", 1300), word="approve")
    refused = await told.task(held=("C", 1400), word="reject")
    await told.task(held=("D", 2500))

    past = past_of(database_url)
    forecast = under_band(past, policy, Decimal(2000), HUMAN)

    found = rows(forecast)
    assert set(found) == {waits, given, refused}
    committed = {task: row["committed"] for task, row in found.items()}
    assert committed == {waits: Decimal(1200), given: Decimal(0), refused: Decimal(1400)}
    assert [found[task]["known"] for task in (waits, given, refused)] == [False, True, False]
    assert [found[task]["errors"] for task in (waits, given, refused)] == [1, 0, None]
    assert [found[task]["minutes"] for task in (waits, given, refused)] == [-3.0, -1.5, -1.5]  # 90 s recorded
    assert (forecast.reproduced, forecast.decisions) == (6, 6)
    again = replayed(past, policy, Autonomies(past, policy.autonomy.current()))
    assert all(one.same for one in again)


async def test_decisions_todays_policy_does_not_reproduce_are_left_out_and_counted(
    database_url: str, policy: Policy
) -> None:
    told = await Told.begun(database_url)
    await told.task(refunds=(("A", 1500), ("B", 100)))  # went out under bands the company has no more
    held = await told.task(refunds=(("B", 450),))
    forecast = under_band(past_of(database_url), policy, Decimal(500), HUMAN)
    assert set(rows(forecast)) == {held}  # what went out then counts all the same
    assert (forecast.reproduced, forecast.decisions) == (2, 3)


async def test_a_smaller_budget_refuses_calls_in_order_of_time(database_url: str) -> None:
    told = await Told.begun(database_url)
    first = [await told.task() for _ in range(3)]
    last = await told.task(truth="wrong")

    # 0.003 spent a task, 0.01 reserved: the fourth finds 0.009 spent and needs 0.019
    limits = FleetLimits(usd_per_day=Decimal("0.0185"))
    forecast = under_budgets(past_of(database_url), limits, HUMAN, "0.0185 USD")

    row = rows(forecast)[last]
    assert not set(first) & set(rows(forecast))
    assert "fleet holds 0.018500 USD, 0.009000 were spent or reserved" in str(row["why"])
    assert (row["minutes"], row["model_usd"], row["errors"]) == (10.0, Decimal("-0.003"), -1)
    assert (forecast.reproduced, forecast.decisions) == (4, 4)


async def test_other_models_and_prices_are_tokens_times_price(database_url: str) -> None:
    told = await Told.begun(database_url)
    for _ in range(2):
        await told.task()
    past = past_of(database_url)

    dearer = under_price(past, "sonnet=4,20", HUMAN)
    cheaper = under_models(past, _served_by("haiku"), HUMAN, "models.yaml")

    assert dearer.company("rehearsal")["model_usd"] == Decimal("0.006000")
    assert cheaper.company("rehearsal")["model_usd"] == Decimal("-0.003000")
    assert (cheaper.company("rehearsal")["known"], dearer.company("rehearsal")["known"]) == (0, 2)
    assert "Only price times recorded tokens is known" in cheaper.unknown[0]
    with pytest.raises(NeverRanError, match="opus answered nothing"):
        under_price(past, "opus=1,1", HUMAN)
    with pytest.raises(SettingError, match="writer"):
        under_models(past, _served_by("haiku", role="other"), HUMAN, "models.yaml")


def _served_by(model: str, role: str = "writer") -> ModelTable:
    choice = TABLE.roles["writer"].model_copy(update={"model": model, "fallback": None})
    return TABLE.model_copy(update={"roles": {role: choice}})


@pytest.mark.parametrize(
    "text", ["sonnet=1e30,1", "sonnet", "sonnet=1", "sonnet=a,b", "sonnet=-1,2", "=1,2", "sonnet=NaN,1"]
)
async def test_a_price_that_is_none_is_refused(database_url: str, text: str) -> None:
    told = await Told.begun(database_url)
    await told.task()
    with pytest.raises(SettingError):
        under_price(past_of(database_url), text, HUMAN)


async def test_two_prompt_versions_are_compared_where_both_ran(database_url: str) -> None:
    told = await Told.begun(database_url)
    for number in range(12):
        await told.task(reason="agent_asked" if number < 6 else None)
        await told.task(version=2, reason="agent_asked" if number < 3 else None)
    past = past_of(database_url)

    forecast = under_prompt(past, "support/desk=1,2", HUMAN)

    assert forecast.comparison is not None
    completed = forecast.comparison.filter(figure="completed").row(0, named=True)
    assert (completed["first"], completed["second"], completed["n_first"]) == (0.5, 0.75, 12)
    assert completed["low"] < 0 < completed["high"]
    cost = forecast.comparison.filter(figure="cost_usd").row(0, named=True)
    assert cost["difference"] == pytest.approx(-2.5)  # a quarter fewer escalations of 10 USD
    assert forecast.comparison.filter(figure="right")["first"].to_list() == [None]
    for text in ("support/desk=1,3", "support/nobody=1,2", "support/desk:refund=1,2"):
        with pytest.raises(NeverRanError):
            under_prompt(past, text, HUMAN)
    for text in ("support/desk", "desk=1,2", "support/desk=1,1", "support/desk=1"):
        with pytest.raises(SettingError):
            under_prompt(past, text, HUMAN)


async def test_another_rate_costs_the_same_calls_otherwise(database_url: str) -> None:
    told = await Told.begun(database_url)
    asked = await told.task(reason="agent_asked")
    await told.task()
    forecast = under_people(past_of(database_url), HUMAN, HumanCost(usd_per_hour=Decimal(30)))
    assert rows(forecast)[asked]["people_usd"] == Decimal("-4.000000")  # 12 min at 30 USD/h, not 10 at 60


async def test_real_and_rehearsed_work_are_never_in_one_figure(database_url: str) -> None:
    told = await Told.begun(database_url)
    await told.task(confidence=0.85)
    told.source = "claude"
    await told.task(confidence=0.85)
    await told.task()

    forecast = under_confidence(past_of(database_url), 0.9, HUMAN)

    assert forecast.sources == ["claude", "rehearsal"]
    assert forecast.company("claude")["n"] == 2
    assert forecast.company("rehearsal")["n"] == 1
    assert forecast.totals.filter(pl.col("team").is_null())["affected"].to_list() == [1, 1]


async def test_a_period_without_work_and_an_unknown_team_are_said(database_url: str) -> None:
    told = await Told.begun(database_url)
    with pytest.raises(NothingRecordedError):
        past_of(database_url)
    await told.task()
    with pytest.raises(NothingRecordedError):
        past_of(database_url, Period(since=MORNING + timedelta(days=1)))
    with pytest.raises(UnknownTeamError) as unknown:
        past_of(database_url, team="finance")
    assert unknown.value.do == "choose one of support"
    assert isinstance(unknown.value, CallerError)


async def test_a_period_that_is_over_is_not_told_of_what_came_after_it(database_url: str) -> None:
    told = await Told.begun(database_url)
    unsure = await told.task(confidence=0.85)
    until = told.clock.now() + timedelta(seconds=1)
    await told.task(confidence=0.85)
    past = past_of(database_url, Period(until=until))
    assert set(rows(under_confidence(past, 0.9, HUMAN))) == {unsure}
    assert max(entry.at for entry in past.events) < until


async def test_only_tasks_of_the_period_are_told_of_but_all_money_of_the_day_counts(
    database_url: str, policy: Policy
) -> None:
    told = await Told.begun(database_url)
    await told.task(refunds=(("A", 300),))
    later = told.clock.now() + timedelta(seconds=1)
    held = await told.task(refunds=(("A", 300),))

    forecast = under_band(past_of(database_url, Period(since=later)), policy, Decimal(500), HUMAN)

    assert set(rows(forecast)) == {held}
    assert forecast.company("rehearsal")["n"] == 1
