"""A person is needed; this is what they are given."""

from typing import Literal

from pydantic import AwareDatetime

from muster.ledger.events.envelope import Event
from muster.ledger.events.handoff_made import Fact

EscalationReason = Literal[
    "low_confidence",
    "too_many_tool_calls",
    "customer_asked",
    "policy_denied",
    "needs_approval",
    "budget_out",
    "agent_paused",
    "error_persists",
    "no_progress",
    "uncertain_side_effect",
    "time_limit",
    "agent_asked",
    "broken_answer",
    "refusal",
]


class EscalationRaised(Event):
    """A person is needed; this is what they are given."""

    kind: Literal["escalation.raised"] = "escalation.raised"
    escalation_id: str
    reason: EscalationReason
    detail: str
    summary: str
    tried: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    """Event ids."""
    proposed_action: str | None = None
    decide: str | None = None
    """What the person has to decide, as a question; null in older records."""
    options: tuple[str, ...] = ()
    """Answers that are open to them."""
    facts: tuple[Fact, ...] = ()
    """What was established so far, with its source."""
    standard: str | None = None
    """The version of the standard whose rule fired, as `standard@3`; null in older records."""
    confidence: float | None = None
    """0 to 1, the agent's own; null when it gave none."""
    sla_due_at: AwareDatetime
