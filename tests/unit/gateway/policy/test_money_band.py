"""How much money an agent may commit by itself."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.gateway.policy.files import Band
from muster.gateway.policy.money_band import check
from muster.gateway.policy.verdict import Verdict
from muster.gateway.registration import ArgumentRoles
from tests.unit.gateway.cases import POLICY, REFUND, ROLES, case, tool

CENTS = st.integers(min_value=1, max_value=10_000_000).map(lambda cents: Decimal(cents) / 100)


def paid(amount: Any, currency: str = "EUR", today: str = "0") -> str:
    """The outcome for paying `amount` to someone who got `today` already."""
    arguments = REFUND | {"amount": amount, "currency": currency}
    return check(case("money", arguments, exposure_today=Decimal(today))).outcome


@pytest.mark.parametrize(
    ("amount", "outcome"),
    [
        (0.01, "allow"),
        (999.99, "allow"),
        (1000, "needs_approval"),
        (10_000, "needs_approval"),
        (10_000.01, "needs_approval"),
        ("999.99", "allow"),
        ("1000.00", "needs_approval"),
        (0, "deny"),
        (-5, "deny"),
        (True, "deny"),
        (None, "deny"),
        ("1e2", "deny"),
        ("1_0", "deny"),
        ("१०", "deny"),
        ([5], "deny"),
    ],
)
def test_an_amount_falls_into_its_band(amount: Any, outcome: str) -> None:
    assert paid(amount) == outcome


@given(amount=CENTS, today=CENTS)
def test_money_passes_by_itself_only_while_the_payees_sum_is_small(amount: Decimal, today: Decimal) -> None:
    expected = "allow" if amount + today < 1000 else "needs_approval"
    assert paid(str(amount), today=str(today)) == expected


@given(parts=st.lists(CENTS, min_size=1, max_size=20))
def test_splitting_a_payment_never_moves_more_than_the_band(parts: list[Decimal]) -> None:
    moved = Decimal(0)
    for part in parts:
        if paid(str(part), today=str(moved)) == "allow":
            moved += part
    assert moved < 1000


@given(amount=CENTS)
def test_another_currency_is_judged_by_its_worth(amount: Decimal) -> None:
    expected = "allow" if amount * Decimal("0.92") < 1000 else "needs_approval"
    assert paid(str(amount), "USD") == expected


def test_a_currency_without_a_rate_waits_for_a_person() -> None:
    assert paid(5, "JPY") == "needs_approval"
    assert paid(5, "eur") == "needs_approval"


def test_money_the_registration_does_not_price_waits_for_a_person() -> None:
    for roles in (ArgumentRoles(), ROLES.model_copy(update={"payee": ()})):
        assert check(case("money", about=tool("money", roles=roles))).outcome == "needs_approval"


def test_where_no_money_moves_the_band_has_nothing_to_say() -> None:
    assert check(case("write", REFUND | {"amount": 10**6})).outcome == "allow"


def test_the_reason_names_the_sum_and_the_band() -> None:
    verdict = check(case("money", exposure_today=Decimal(700)))
    assert verdict.reason == (
        "400.00 EUR after 700.00 to the same payee today is in the band approval: a person approves"
    )


def held_at(agents_sum: str, payees_sum: str = "0", *more: Band) -> Verdict:
    """The verdict about 400 more, with those sums of today, where one agent may spend 5,000 a day alone."""
    alone = Band(name="alone", below=Decimal(5000), verdict="allow")
    rest = Band(name="much in a day", verdict="needs_approval")
    money = POLICY.money.model_copy(update={"per_agent_per_day": (*more, alone, rest)})
    about = case("money", exposure_today=Decimal(payees_sum))
    return check(
        replace(about, policy=replace(POLICY, money=money), agent_exposure_today=Decimal(agents_sum))
    )


def test_ten_payments_to_ten_payees_do_not_pass_as_ten_small_ones() -> None:
    assert held_at("4599.99").outcome == "allow"
    verdict = held_at("4600")
    assert verdict.outcome == "needs_approval"
    assert "after 4600.00 by the same agent today is in the band much in a day" in verdict.reason


def test_a_band_can_speak_of_some_agents_only() -> None:
    payers = Band(name="payment run", agents="support/cle*", below=Decimal(25_000), verdict="allow")
    others = Band(name="payment run", agents="finance/*", below=Decimal(25_000), verdict="allow")
    assert held_at("20000", "0", payers).outcome == "allow"
    assert held_at("20000", "0", others).outcome == "needs_approval"


def test_of_both_sums_the_stricter_decides() -> None:
    assert "to the same payee" in held_at("4000", payees_sum="700").reason
    assert "by the same agent" in held_at("4700", payees_sum="100").reason


def test_without_bands_for_agents_only_the_payees_sum_counts() -> None:
    unlimited = replace(POLICY, money=POLICY.money.model_copy(update={"per_agent_per_day": ()}))
    about = replace(case("money"), policy=unlimited, agent_exposure_today=Decimal(10**9))
    assert check(about).outcome == "allow"
