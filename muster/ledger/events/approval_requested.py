"""An act waits for a person's word."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

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
    """SHA-256 of the arguments' canonical JSON."""
    call_sha256: str
    """SHA-256 of the canonical JSON `[tool, arguments]`: the word counts for this call and no other."""
    rules: tuple[str, ...]
    """The rules that asked for it."""
    reasons: tuple[str, ...]
    """Why, each rule in its own words."""
    origins: dict[str, str] = Field(default_factory=dict)
    """Where the value of each argument comes from; empty for calls that are not traced."""
    summary: str
    """What would happen, for the person."""
    amount: str | None = None
    """What it would move, in `currency`; null when it moves no money."""
    currency: str | None = None
    expires_at: AwareDatetime | None = None
    """Without a word by then it is a no; null when it waits for good."""
