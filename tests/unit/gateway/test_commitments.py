"""The money a call commits, as its intent says it."""

from decimal import Decimal

from muster.gateway.commitments import commitment
from muster.gateway.registration import ArgumentRoles
from tests.unit.gateway.cases import POLICY, REFUND, ROLES, tool

KEYED = ROLES.model_copy(update={"idempotency_key": "key"})


def test_a_money_call_commits_its_amount_to_its_payees() -> None:
    commits = commitment(tool("money"), REFUND | {"amount": "100.50", "currency": "USD"}, POLICY.money)
    assert commits is not None
    assert Decimal(commits.amount) == Decimal("100.50") * POLICY.money.rates["USD"]
    assert (commits.currency, commits.payees, commits.payment) == ("EUR", ("bl1",), None)


def test_a_call_without_money_commits_nothing() -> None:
    assert commitment(tool("write"), REFUND, POLICY.money) is None


def test_a_call_whose_amount_nobody_can_tell_commits_nothing_that_could_be_added_up() -> None:
    assert commitment(tool("money"), REFUND | {"amount": "many"}, POLICY.money) is None


def test_a_looked_up_price_is_committed_whatever_the_arguments_say() -> None:
    bare = tool("write", roles=ArgumentRoles())
    commits = commitment(bare, {"id": 7}, POLICY.money, amount=Decimal("1200"), payees=["v7"])
    assert commits is not None
    assert (commits.amount, commits.payees) == ("1200", ("v7",))


def test_only_with_a_key_is_the_same_call_twice_one_payment() -> None:
    keyed = tool("money", roles=KEYED)
    one, again, other = (commitment(keyed, REFUND | {"key": key}, POLICY.money) for key in ("k1", "k1", "k2"))
    assert one is not None
    assert again is not None
    assert other is not None
    assert one.payment is not None
    assert one.payment == again.payment != other.payment
