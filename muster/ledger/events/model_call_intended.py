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
    prompt_version: int
    request_sha256: str
    estimated_cost_usd: str
    """What the call is thought to cost."""
    reserved_usd: str = "0"
    """Held back from every budget below until the outcome is known."""
    budgets: tuple[BudgetDraw, ...] = ()
    """In the order they were reserved in."""
