"""A worker took the task."""

from typing import Literal

from muster.ledger.events.envelope import Event


class TaskLeased(Event):
    """A worker took the task."""

    kind: Literal["task.leased"] = "task.leased"
    worker: str
    attempt: int
    """1 for the first worker."""
