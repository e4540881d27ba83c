"""Nothing is allowed that the manifest does not grant."""

from muster.gateway.policy.case import Case
from muster.gateway.policy.verdict import Verdict

RULE = "grant"
NOT_AVAILABLE = "no such tool is available to you"
"""One wording for tools that do not exist and tools not granted, so that neither is given away."""


def check(case: Case) -> Verdict:
    """Deny what is not in the registry, not granted, or asked by an agent the manifest does not know."""
    if case.tool is None or case.grant is None or case.tool.granted_as not in case.grant.tools:
        return Verdict("deny", RULE, NOT_AVAILABLE)
    return Verdict("allow", RULE, f"{case.caller.policy_revision} grants {case.tool.name}")
