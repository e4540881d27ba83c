"""Some operations always wait for a person."""

from muster.gateway.policy.case import Case
from muster.gateway.policy.verdict import Verdict

RULE = "sensitive"


def check(case: Case) -> Verdict:
    """Ask for approval where the operation is named, or its effect is, in sensitive.yaml."""
    if case.tool is None:
        return Verdict("deny", RULE, "the tool is not known")
    if case.tool.effect in case.policy.sensitive.effects:
        return Verdict("needs_approval", RULE, f"a {case.tool.effect} operation always waits for a person")
    if case.tool.name in case.policy.sensitive.tools:
        return Verdict("needs_approval", RULE, f"{case.tool.name} always waits for a person")
    return Verdict("allow", RULE, f"a {case.tool.effect} operation need not wait")
