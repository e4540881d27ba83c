"""A task that waited stands in the queue again."""

from typing import Literal

from muster.ledger.events.envelope import Event


class TaskWoken(Event):
    """A task that waited stands in the queue again."""

    kind: Literal["task.woken"] = "task.woken"
    waited_for: str
    """Whose halt it waited out, or the approval it waited for."""
    reason: str
