"""A model is about to be asked; its budget is reserved."""

from typing import Literal

from muster.ledger.events.budget_draw import BudgetDraw
from muster.ledger.events.envelope import Event


class ModelCallIntended(Event):
    """A model is about to be asked; its budget is reserved."""

    kind: Literal["model_call.intended"] = "model_call.intended"
    call_id: str
    role: str
    """The key of the model table."""
    model: str
    fallback_of: str | None = None
    """The model that should have answered; null unless this one stands in for it."""
    prompt_version: int
    transaction_type: str = ""
    """The kind of work the prompt was chosen for; empty for the agent's general prompt."""
    policy: str | None = None
    """The version of the model table that chose the model, as `models@3`; null in older records."""
    request_sha256: str
    estimated_cost_usd: str
    """What the call is thought to cost."""
    reserved_usd: str = "0"
    """Held back from every budget below until the outcome is known."""
    budgets: tuple[BudgetDraw, ...] = ()
    """In the order they were reserved in."""
