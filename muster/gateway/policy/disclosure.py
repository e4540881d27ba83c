"""What leaves the company carries nothing strangers must not learn, and no link or account of strangers."""

from muster.gateway.policy.case import Case
from muster.gateway.policy.verdict import Verdict

RULE = "disclosure"


def check(case: Case) -> Verdict:
    """Ask for approval where free text could carry out what the run read about others, or leads elsewhere."""
    if case.arguments is None or case.tracing is None:
        return Verdict("allow", RULE, "nothing leaves the company")
    if case.tracing.disclosure:
        return Verdict("needs_approval", RULE, "; ".join(case.tracing.disclosure))
    return Verdict("allow", RULE, "it carries nothing out that its recipient must not have")
