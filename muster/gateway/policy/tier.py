"""Three tiers with different powers; no manifest can widen them."""

from muster.gateway.caller import Tier
from muster.gateway.policy.case import Case
from muster.gateway.policy.verdict import Verdict
from muster.ledger.events import Effect

RULE = "tier"

POWERS: dict[Tier, frozenset[Effect]] = {
    "ingestion": frozenset({"read"}),
    "negotiation": frozenset({"read", "write"}),
    "reconciliation": frozenset({"read", "write", "money", "external", "destructive"}),
}


def check(case: Case) -> Verdict:
    """Deny an effect the agent's tier has no power for."""
    if case.tool is None or case.grant is None:
        return Verdict("deny", RULE, "neither tool nor tier is known")
    if case.tool.effect not in POWERS[case.grant.tier]:
        return Verdict(
            "deny", RULE, f"an agent of the {case.grant.tier} tier may not use a {case.tool.effect} tool"
        )
    return Verdict("allow", RULE, f"the {case.grant.tier} tier may use a {case.tool.effect} tool")
