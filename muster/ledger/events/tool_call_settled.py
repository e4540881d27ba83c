"""What a tool answered."""

from typing import Literal

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
    delivered: bool | None = None
    """After a transport error, whether the system can have got the call: false when it was never sent."""
