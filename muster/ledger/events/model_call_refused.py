"""A model was not asked: no budget, no price, or the agent is paused."""

from typing import Literal

from muster.ledger.events.envelope import Event


class ModelCallRefused(Event):
    """A model was not asked: no budget, no price, or the agent is paused."""

    kind: Literal["model_call.refused"] = "model_call.refused"
    call_id: str
    role: str
    """The key of the model table."""
    model: str
    rule: Literal["budget", "paused", "price"]
    reason: str
    estimated_cost_usd: str | None = None
    """Null when the model has no known price."""
