"""What each phase may do alone."""

from typing import get_args

import pytest

from muster.gateway.policy.autonomy_file import AutonomyRules
from muster.gateway.policy.chain import decide
from muster.gateway.policy.phase import check
from muster.gateway.policy.phases import PHASES, lower
from muster.ledger.events import Effect, Phase
from tests.unit.gateway.cases import case

ALONE = {
    "co-pilot": {"read"},
    "edge": {"read", "write"},
    "core": {"read", "write", "money", "external", "destructive"},
}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("effect", get_args(Effect))
def test_a_phase_lets_an_agent_do_so_much_alone_and_the_rest_waits(phase: Phase, effect: Effect) -> None:
    outcome = check(case(effect, phase=phase)).outcome
    assert outcome == ("allow" if effect in ALONE[phase] else "needs_approval")


@pytest.mark.parametrize("granted", PHASES)
@pytest.mark.parametrize("written", PHASES)
def test_the_lower_of_manifest_and_granted_phase_holds(granted: Phase, written: Phase) -> None:
    held = check(case("money", phase=granted, manifest_phase=written)).outcome
    assert held == check(case("money", phase=lower(granted, written))).outcome
    assert lower(granted, written) in (granted, written)


def test_nobody_decided_about_it_yet_means_where_the_standard_starts() -> None:
    assert check(case("write", phase=None)).outcome == "needs_approval"
    starts_in_edge = AutonomyRules(starts_in="edge")
    assert check(case("write", phase=None, autonomy=starts_in_edge)).outcome == "allow"


def test_the_standard_says_which_effects_edge_has() -> None:
    with_money = AutonomyRules(edge_effects=frozenset({"read", "money"}))
    assert check(case("money", phase="edge", autonomy=with_money)).outcome == "allow"
    assert check(case("write", phase="edge", autonomy=with_money)).outcome == "needs_approval"


def test_what_another_rule_denies_is_denied_in_every_phase() -> None:
    verdict = decide(case("money", {"order_number": "BL-1", "amount": -5}, phase="co-pilot")).verdict
    assert (verdict.outcome, verdict.rule) == ("deny", "money_band")


def test_a_tool_the_phase_cannot_use_alone_is_still_listed() -> None:
    assert decide(case("write", None, phase="co-pilot")).outcome == "needs_approval"


def test_without_a_tool_or_a_grant_the_rule_denies() -> None:
    assert check(case(known=False)).outcome == "deny"
    assert check(case(grants=None)).outcome == "deny"
