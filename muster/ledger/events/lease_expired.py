"""A worker went silent and its task was taken over."""

from typing import Literal

from muster.ledger.events.envelope import Event


class LeaseExpired(Event):
    """A worker went silent and its task was taken over."""

    kind: Literal["task.lease_expired"] = "task.lease_expired"
    worker: str
    """The one that went silent."""
    attempt: int
