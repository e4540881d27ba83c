"""What a call would cost, and whom it pays."""

from muster.gateway.amount import payees_of
from muster.gateway.registration import ArgumentRoles

ROLES = ArgumentRoles(payee=("vendor_id", "iban"))


def test_one_payee_spelt_in_many_ways_is_one_payee() -> None:
    spellings = ["DE12 3456 7890", "de1234567890", "DE12-3456-7890", " DE１２34567890"]
    assert {payees_of(ROLES, {"iban": spelling}) for spelling in spellings} == {frozenset({"de1234567890"})}


def test_everything_that_says_who_is_paid_counts() -> None:
    assert payees_of(ROLES, {"vendor_id": "V-1", "iban": "DE1"}) == {"v1", "de1"}
    assert payees_of(ROLES, {"vendor_id": "V-1", "iban": None}) == {"v1"}
    assert payees_of(ROLES, {}) == frozenset()
