"""A piece of work arrived and stands in a team's queue."""

from typing import Any, Literal

from muster.ledger.events.envelope import Event

Channel = Literal["mail", "folder", "webhook", "schedule", "request"]
"""How work reaches the company."""

Priority = Literal["high", "medium", "low"]


class TaskQueued(Event):
    """A piece of work arrived and stands in a team's queue."""

    kind: Literal["task.queued"] = "task.queued"
    source: str
    """The channel's own name, such as `mail:support@example.com`."""
    external_id: str
    """The sender's name for it; with `source` it is unique."""
    channel: Channel
    priority: Priority
    title: str
    transaction_type: str = ""
    """The kind of work it is, as its sender said; empty when nobody did."""
    sender: str | None = None
    """As claimed by the message; null when the channel has none."""
    content_sha256: str
    content: dict[str, Any] | None = None
    """What it says, as the queue holds it; null in records made before it was kept."""
