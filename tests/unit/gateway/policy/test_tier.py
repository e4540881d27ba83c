"""Three tiers with different powers."""

from typing import get_args

import pytest

from muster.gateway.caller import Tier
from muster.gateway.policy.tier import check
from muster.ledger.events import Effect
from tests.unit.gateway.cases import case

ALLOWED = {
    "ingestion": {"read"},
    "negotiation": {"read", "write"},
    "reconciliation": {"read", "write", "money", "external", "destructive"},
}


@pytest.mark.parametrize("tier", get_args(Tier))
@pytest.mark.parametrize("effect", get_args(Effect))
def test_a_tier_has_its_powers_and_no_more(tier: Tier, effect: Effect) -> None:
    outcome = check(case(effect, tier=tier)).outcome
    assert outcome == ("allow" if effect in ALLOWED[tier] else "deny")


def test_an_agent_without_a_grant_has_no_power() -> None:
    assert check(case(grants=None)).outcome == "deny"
