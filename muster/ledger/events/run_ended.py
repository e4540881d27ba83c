"""A team's run on a task came to its end."""

from typing import Literal

from muster.ledger.events.confidence_assessed import ConfidenceMethod
from muster.ledger.events.envelope import Event, NonNegative


class RunEnded(Event):
    """A team's run on a task came to its end."""

    kind: Literal["run.ended"] = "run.ended"
    outcome: Literal["completed", "escalated", "failed"]
    summary: str
    answer: str | None = None
    confidence: float | None = None
    """0 to 1, by the agent's method; null when it gave none."""
    confidence_method: ConfidenceMethod | None = None
    """How it was found; null in older records and where there is none."""
    standard: str | None = None
    """The version of the standard that decided, as `standard@3`; null in older records."""
    model_calls: NonNegative
    tool_calls: NonNegative
    duration_ms: NonNegative
