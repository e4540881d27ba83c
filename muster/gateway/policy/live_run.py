"""Only the agent of a live, unpaused run may act."""

from muster.gateway.policy.case import Case
from muster.gateway.policy.verdict import Verdict

RULE = "live_run"


def check(case: Case) -> Verdict:
    """Deny a paused agent; a token that is unknown, revoked or expired does not come this far."""
    who = f"{case.caller.team}/{case.caller.agent}"
    if case.caller.halted_by is not None:
        return Verdict("deny", RULE, f"{case.caller.halted_by} is paused")
    return Verdict("allow", RULE, f"{who} is at work on run {case.caller.run_id}")
