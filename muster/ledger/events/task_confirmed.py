"""Somebody says that the result of a completed task held."""

from typing import Literal

from muster.ledger.events.envelope import Event


class TaskConfirmed(Event):
    """Somebody says that the result of a completed task held."""

    kind: Literal["task.confirmed"] = "task.confirmed"
    said_by: str
    """Whose word it is: the actor's own, or the customer's or system's they pass on."""
    note: str | None = None
    """In their words; null when they gave none."""
