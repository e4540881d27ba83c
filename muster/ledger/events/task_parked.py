"""Work on a task stopped because somebody is halted; it goes on when they are resumed."""

from typing import Literal

from muster.ledger.events.envelope import Event


class TaskParked(Event):
    """Work on a task stopped because somebody is halted; it goes on when they are resumed."""

    kind: Literal["task.parked"] = "task.parked"
    worker: str
    """The one that gave it up."""
    attempt: int
    waiting_for: str
    """Whose halt it waits out (`support/desk`, `support`, `fleet`), or the approval it waits for."""
    reason: str
