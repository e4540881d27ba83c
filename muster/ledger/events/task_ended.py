"""A task reached its end state."""

from typing import Literal

from muster.ledger.events.envelope import Event


class TaskEnded(Event):
    """A task reached its end state."""

    kind: Literal["task.ended"] = "task.ended"
    status: Literal["completed", "escalated", "failed", "cancelled"]
    summary: str
