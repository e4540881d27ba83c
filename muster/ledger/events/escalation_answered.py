"""A person dealt with an escalation."""

from typing import Annotated, Literal

from pydantic import Field

from muster.ledger.events.envelope import Event, NonNegative


class EscalationAnswered(Event):
    """A person dealt with an escalation."""

    kind: Literal["escalation.answered"] = "escalation.answered"
    escalation_id: str
    outcome: Literal["resolved", "returned", "dismissed"]
    """`resolved` by the person, `returned` to the agents with the answer, `dismissed` as not needed."""
    answer: str
    """What was decided or done, in the person's words."""
    attention_seconds: NonNegative | None = None
    """The person's time on it; null when it was not measured."""
    context_rating: Annotated[int, Field(ge=1, le=5)] | None = None
    """How far what they were given was enough to decide, 1 to 5; null when not rated."""
