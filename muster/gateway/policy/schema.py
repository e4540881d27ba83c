"""Arguments must be exactly what the pinned definition says."""

from muster.core.canonical import canonical_json
from muster.gateway.plain import NotPlainError, plain
from muster.gateway.policy.case import Case
from muster.gateway.policy.verdict import Verdict

RULE = "schema"
_SHOWN = 3


def check(case: Case) -> Verdict:
    """Deny arguments that are too large, not plain JSON, unknown to the schema or against it."""
    if case.tool is None:
        return Verdict("deny", RULE, "the tool is not known")
    if case.arguments is None:
        return Verdict("allow", RULE, "arguments are judged when the tool is called")
    try:
        size = len(canonical_json(plain(case.arguments)))
    except NotPlainError as error:
        return Verdict("deny", RULE, str(error))
    limit = case.policy.limits.arguments_bytes
    if size > limit:
        return Verdict("deny", RULE, f"the arguments are {size} bytes long; {limit} is the limit")
    problems = case.tool.problems_with(case.arguments)
    if problems:
        return Verdict("deny", RULE, "; ".join(problems[:_SHOWN]))
    return Verdict("allow", RULE, "the arguments are as the definition says")
