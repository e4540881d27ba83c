"""A message could not become a task; it is kept as it came."""

from typing import Literal

from muster.ledger.events.envelope import Event, NonNegative
from muster.ledger.events.task_queued import Channel


class MessageQuarantined(Event):
    """A message could not become a task; it is kept as it came."""

    kind: Literal["message.quarantined"] = "message.quarantined"
    quarantine_id: str
    channel: Channel
    source: str
    reason: str
    """What was wrong, for a person."""
    size_bytes: NonNegative
    name: str | None = None
    """The file it came in; null in records made before it was kept."""
    raw_sha256: str | None = None
    """Of its bytes, which are kept beside the record; null in records made before it was kept."""
