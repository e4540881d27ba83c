"""A run may make only so many tool calls."""

from muster.gateway.policy.case import Case
from muster.gateway.policy.verdict import Verdict

RULE = "call_limit"


def check(case: Case) -> Verdict:
    """Deny the call after the last one allowed; listing is not counted."""
    limit = case.policy.limits.calls_per_run
    if not case.listing and not case.caller.client and case.caller.calls_made >= limit:
        return Verdict(
            "deny", RULE, f"this run has made its {limit} tool calls; finish, hand off or escalate"
        )
    return Verdict("allow", RULE, f"call {case.caller.calls_made + 1} of {limit}")
