"""The gate stayed shut."""

from typing import Any, Literal

from muster.ledger.events.envelope import Event


class ToolCallRefused(Event):
    """The gate stayed shut."""

    kind: Literal["tool_call.refused"] = "tool_call.refused"
    call_id: str
    tool: str
    verdict: Literal["deny", "needs_approval"]
    rule: str
    reason: str
    arguments: dict[str, Any]
    reasons: tuple[str, ...] = ()
    """Everything that stood in the way, `rule: reason`, when it was more than the first."""
    approval_id: str | None = None
    """The ticket under which it waits for a person's word; null when it does not wait."""
