"""What decides where money, messages and changes go must come from somebody the company trusts."""

from muster.gateway.policy.case import Case
from muster.gateway.policy.verdict import Verdict

RULE = "provenance"


def check(case: Case) -> Verdict:
    """Ask for approval where a controlling argument is explained by nothing but untrusted content."""
    if case.arguments is None:
        return Verdict("allow", RULE, "where values come from is judged when the tool is called")
    if case.tracing is None:
        return Verdict("allow", RULE, "it changes nothing and sends nothing out")
    if case.tracing.held:
        return Verdict("needs_approval", RULE, "; ".join(case.tracing.held))
    return Verdict("allow", RULE, "every controlling argument is vouched for")
