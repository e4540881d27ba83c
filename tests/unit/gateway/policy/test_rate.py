"""An agent may call a tool only so often."""

from dataclasses import replace
from datetime import UTC, datetime

from muster.gateway.policy.case import Case
from muster.gateway.policy.rate import check
from muster.gateway.policy.rate_limit import RateFull, RateLimit
from tests.unit.gateway.cases import case


def full(calls: int, retry_after_seconds: int) -> RateFull:
    return RateFull(
        limit=RateLimit(tools="shop__*", calls=calls, per_seconds=60),
        retry_after_seconds=retry_after_seconds,
        frees_at=datetime(2026, 11, 20, tzinfo=UTC),
    )


def limited(about: Case, *limits: RateFull) -> Case:
    return replace(about, rate_full=limits)


def test_a_call_passes_while_no_limit_is_used_up() -> None:
    assert check(case()).outcome == "allow"


def test_a_used_up_limit_says_when_the_next_call_is_possible() -> None:
    verdict = check(limited(case(), full(20, 13)))
    assert (verdict.outcome, verdict.rule, verdict.retry_after_seconds) == ("deny", "rate", 13)
    assert "20 calls of shop__* in 60 seconds are the limit" in verdict.reason
    assert "in 13 seconds" in verdict.reason


def test_of_several_limits_the_one_that_frees_last_counts() -> None:
    assert check(limited(case(), full(20, 13), full(5, 40))).retry_after_seconds == 40


def test_listing_is_never_limited() -> None:
    assert check(limited(case(arguments=None), full(20, 13))).outcome == "allow"
