"""An agent may call a tool only so often."""

from muster.gateway.policy.case import Case
from muster.gateway.policy.verdict import Verdict

RULE = "rate"


def check(case: Case) -> Verdict:
    """Deny the call while a limit is used up, saying for how long; listing is never limited."""
    if case.listing or not case.rate_full:
        return Verdict("allow", RULE, "calls are counted when the call is made")
    worst = max(case.rate_full, key=lambda full: full.retry_after_seconds)
    limit = worst.limit
    reason = (
        f"{limit.calls} calls of {limit.tools} in {limit.per_seconds:g} seconds are the limit; "
        f"the next one is possible in {worst.retry_after_seconds} seconds"
    )
    return Verdict("deny", RULE, reason, retry_after_seconds=worst.retry_after_seconds)
