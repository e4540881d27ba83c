"""A run may make only so many tool calls."""

from muster.gateway.policy.call_limit import check
from tests.unit.gateway.cases import POLICY, case

LIMIT = POLICY.limits.calls_per_run


def test_the_last_call_passes_and_the_next_does_not() -> None:
    assert check(case(calls_made=LIMIT - 1)).outcome == "allow"
    verdict = check(case(calls_made=LIMIT))
    assert (verdict.outcome, verdict.rule) == ("deny", "call_limit")
    assert str(LIMIT) in verdict.reason


def test_listing_is_not_counted() -> None:
    assert check(case(arguments=None, calls_made=LIMIT)).outcome == "allow"
