"""An agent does alone only what its phase lets it: co-pilot drafts, edge does low-risk work, core all."""

from muster.gateway.policy.case import Case
from muster.gateway.policy.phases import lower
from muster.gateway.policy.verdict import Verdict

RULE = "phase"


def check(case: Case) -> Verdict:
    """Ask for approval where the effect is more than the agent's phase lets it do alone."""
    if case.tool is None or case.grant is None:
        return Verdict("deny", RULE, "neither tool nor phase is known")
    phase = lower(case.grant.phase, case.caller.phase or case.autonomy.starts_in)
    effect = case.tool.effect
    if phase == "core" or effect == "read":
        return Verdict("allow", RULE, f"an agent in the phase {phase} may use a {effect} tool alone")
    if phase == "edge" and effect in case.autonomy.edge_effects:
        return Verdict("allow", RULE, f"an agent in the phase edge may use a {effect} tool alone")
    return Verdict(
        "needs_approval", RULE, f"an agent in the phase {phase} drafts a {effect} call; a person approves it"
    )
