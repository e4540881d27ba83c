"""A person's word on an act that waited, or the end of its time."""

from typing import Any, Literal

from muster.ledger.events.envelope import Event, NonNegative


class ApprovalDecided(Event):
    """A person's word on an act that waited, or the end of its time."""

    kind: Literal["approval.decided"] = "approval.decided"
    approval_id: str
    decision: Literal["approve", "edit", "reject", "expire"]
    """`edit` approves other arguments than were asked for; `expire` is a no that nobody said."""
    arguments_sha256: str
    """Of the arguments that were shown to the person."""
    edited_arguments: dict[str, Any] | None = None
    """What was approved in their place; null unless edited."""
    edited_arguments_sha256: str | None = None
    """Null unless edited."""
    note: str | None = None
    """In the person's words."""
    attention_seconds: NonNegative | None = None
    """The person's time on it; null when it was not measured."""
