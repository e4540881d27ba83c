"""What a model answered, and what it used."""

from typing import Any, Literal

from muster.ledger.events.envelope import Event, NonNegative


class ModelCallSettled(Event):
    """What a model answered, and what it used."""

    kind: Literal["model_call.settled"] = "model_call.settled"
    call_id: str
    intent_id: str | None = None
    """The event id of the intent; null in records made before it was kept."""
    model: str
    role: str | None = None
    """What the model was asked as; null in records made before it was kept."""
    status: Literal["ok", "error"]
    stop_reason: str | None = None
    input_tokens: NonNegative = 0
    """Neither read from nor written to the cache."""
    output_tokens: NonNegative = 0
    cache_read_input_tokens: NonNegative = 0
    cache_creation_input_tokens: NonNegative = 0
    latency_ms: NonNegative
    response: list[dict[str, Any]] | None = None
    """The answer's content blocks; null after an error."""
    error_type: str | None = None
    error_message: str | None = None
    request_id: str | None = None
