"""What would make a kind of escalation or approval unnecessary, in words, by the reason that was recorded."""

from typing import Any, Final

_PROMPT: Final = "Rework the prompt of {who} with the examples (muster prompt add)"
_SYSTEM: Final = "Mend what {who} depends on{tool}"

_BY_REASON: Final = {
    "low_confidence": _PROMPT + ", or try a lower threshold in what-if",
    "agent_asked": _PROMPT + ": what it asks people, it could know",
    "no_progress": _PROMPT + ": it goes in circles",
    "too_many_tool_calls": _PROMPT + ": it needs too many calls",
    "broken_answer": _PROMPT + ": its answers do not fit their form",
    "refusal": "Let another model take the role of {who}, or reword its task: the model refuses",
    "customer_asked": "Read why customers of {who} ask for a person; the rule that they get one stays",
    "policy_denied": "Tell the prompt of {who} what {rule} forbids{tool}, or widen the rule",
    "needs_approval": "Let {who} do alone what people approve{tool}: a wider money band or a later phase",
    "budget_out": "Raise the budget of {who} for one task, or find what it spends it on",
    "agent_paused": "Find out why {who} is paused and end it (muster agent resume)",
    "error_persists": _SYSTEM,
    "uncertain_side_effect": _SYSTEM + ": give the tool an idempotency key, so that it may be called again",
    "time_limit": _SYSTEM + ", or give its tasks more time",
}
_BY_RULE: Final = {
    "money_band": "Raise the band under which {who} may call {tool} alone (money.yaml)",
    "phase": "Promote {who}, so that it calls {tool} alone (muster phase list)",
    "provenance": "Register where values of {tool} come from, so that {who} need not ask (provenance.yaml)",
    "sensitive": "Ask whether {tool} of {who} must stay a sensitive operation (sensitive.yaml)",
}


def cluster_remedy(cluster: dict[str, Any]) -> str:
    """What would make this group of escalations unnecessary.

    Args:
        cluster: a row of `Escalation clusters`.
    """
    wording = _BY_REASON.get(cluster["reason"], "Look at the examples of {who}")
    agent = f"/{cluster['agent']}" if cluster["agent"] else ""
    told = {
        "who": f"{cluster['team']}{agent}" if cluster["team"] else "several teams",
        "tool": f" with {cluster['tool']}" if cluster["tool"] else "",
        "rule": f"the rule {cluster['rule']}" if cluster["rule"] else "policy",
    }
    return wording.format_map(told) + "."


def rule_remedy(asked: dict[str, Any]) -> str:
    """What would make this kind of approval unnecessary.

    Args:
        asked: team, agent and tool of the calls, and the `rules` that held them, with commas between them.
    """
    told = {"who": f"{asked['team']}/{asked['agent']}", "tool": asked["tool"], "rules": asked["rules"]}
    named = [_BY_RULE[rule] for rule in asked["rules"].split(",") if rule in _BY_RULE]
    wording = "; ".join(named) or "Ask whether {rules} must make {who} ask before {tool}"
    return wording.format_map(told) + "."
