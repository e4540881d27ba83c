"""Only the agent of a live, unpaused run may act."""

from muster.gateway.policy.live_run import check
from tests.unit.gateway.cases import case


def test_an_agent_at_work_may_go_on() -> None:
    assert check(case()).outcome == "allow"


def test_a_paused_agent_is_denied_even_a_read() -> None:
    verdict = check(case(halted_by="fleet"))
    assert (verdict.outcome, verdict.rule) == ("deny", "live_run")
    assert verdict.reason == "fleet is paused"
