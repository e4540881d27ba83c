"""What a person is asked to decide when a task is theirs, by the reason it came to them."""

from dataclasses import dataclass

from muster.ledger.events import EscalationReason


@dataclass(frozen=True, slots=True)
class Decision:
    """A question to a person, and the answers open to them."""

    question: str
    options: tuple[str, ...]


_FINISH = "finish it yourself"
_RETURN = "answer the agents' question and give it back to them"
_DROP = "close it without doing anything"

_BY_REASON: dict[EscalationReason, Decision] = {
    "low_confidence": Decision(
        "Is the agent's proposed answer right?", ("send it as it is", "send a corrected one", _FINISH)
    ),
    "too_many_tool_calls": Decision("How is this to be done in fewer steps?", (_FINISH, _RETURN)),
    "customer_asked": Decision(
        "What do you answer the customer, who asked for a person?", (_FINISH, _RETURN)
    ),
    "policy_denied": Decision(
        "A policy stood in the way: should this be done all the same?",
        ("do it yourself", _DROP, "have the policy or the grant changed"),
    ),
    "needs_approval": Decision("Should this be done?", ("do it", "do it with changes", "do not do it")),
    "budget_out": Decision(
        "The money for it is spent: should it go on?", ("raise the budget and give it back", _FINISH, _DROP)
    ),
    "agent_paused": Decision("The agent is paused: who does this now?", (_FINISH, "resume the agent")),
    "error_persists": Decision(
        "Something kept failing: is it mended, or do you do this by hand?", (_RETURN, _FINISH)
    ),
    "no_progress": Decision("The agents went in circles: what are they missing?", (_RETURN, _FINISH)),
    "uncertain_side_effect": Decision(
        "Did the call take effect? Look it up in the system before anything is done again.",
        ("it took effect: finish the rest", "it did not: do it", "it did, wrongly: undo it"),
    ),
    "time_limit": Decision("It took too long: does it go on?", (_RETURN, _FINISH, _DROP)),
    "agent_asked": Decision("The agent needs an answer: what is it?", (_RETURN, _FINISH)),
    "broken_answer": Decision("The model's answers could not be used: who does this?", (_FINISH, _RETURN)),
    "refusal": Decision("The model refused: is the task legitimate?", (_FINISH, _DROP)),
}


def decision_about(reason: EscalationReason, proposed_action: str | None) -> Decision:
    """The question for this reason; it names the proposed action where there is one."""
    decision = _BY_REASON[reason]
    if proposed_action is None:
        return decision
    return Decision(f"{decision.question} Proposed: {proposed_action}", decision.options)
