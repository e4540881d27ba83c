"""An act waits for a person's word."""

from typing import Any, Literal

from pydantic import AwareDatetime

from muster.ledger.events.envelope import Event


class ApprovalRequested(Event):
    """An act waits for a person's word."""

    kind: Literal["approval.requested"] = "approval.requested"
    approval_id: str
    call_id: str
    """The call that waits."""
    tool: str
    arguments: dict[str, Any]
    arguments_sha256: str
    """SHA-256 of the arguments' canonical JSON: the word counts for these and no others."""
    rule: str
    """The rule that asked for it."""
    summary: str
    """What would happen, for the person."""
    amount_usd: str | None = None
    """What it would move; null when it moves no money."""
    expires_at: AwareDatetime | None = None
    """Without a word by then it is a no; null when it waits for good."""
