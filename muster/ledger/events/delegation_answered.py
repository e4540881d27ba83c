"""A colleague gave back what it was asked for, or why it could not."""

from typing import Literal

from muster.ledger.events.envelope import Event


class DelegationAnswered(Event):
    """A colleague gave back what it was asked for, or why it could not."""

    kind: Literal["delegation.answered"] = "delegation.answered"
    delegation_id: str
    from_agent: str
    """The colleague."""
    to_agent: str
    """The agent that asked."""
    outcome: Literal["answered", "declined"]
    summary: str
    answer: str | None = None
    confidence: float | None = None
    """0 to 1; null when the colleague gave none."""
