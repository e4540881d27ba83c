"""What a tool answered."""

from typing import Any, Literal

from muster.ledger.events.envelope import Event, NonNegative


class ToolCallSettled(Event):
    """What a tool answered."""

    kind: Literal["tool_call.settled"] = "tool_call.settled"
    call_id: str
    intent_id: str | None = None
    """The event id of the intent; null in records made before it was kept."""
    tool: str
    status: Literal["ok", "tool_error", "transport_error"]
    result: str | None = None
    """The text handed to the agent; null when the system could not be reached."""
    latency_ms: NonNegative
    error_message: str | None = None
    structured: Any = None
    """The answer's structured content, where its text does not say the same; null else."""
    trust: Literal["trusted", "mixed", "untrusted"] | None = None
    """How far the system vouches for the answer; null where nobody looked."""
    found: tuple[str, ...] = ()
    """Kinds of secrets (masked) and personal data (kept) found in the answer; never the values."""
    delivered: bool | None = None
    """After a transport error, whether the system can have got the call: false when it was never sent."""
