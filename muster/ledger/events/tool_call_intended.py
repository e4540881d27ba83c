"""The gate opened for a tool call that is about to be made."""

from typing import Any, Literal

from muster.ledger.events.budget_draw import BudgetDraw
from muster.ledger.events.envelope import Event

Effect = Literal["read", "write", "money", "destructive", "external"]
"""What a tool does to the world, as a person confirmed at registration."""


class ToolCallIntended(Event):
    """The gate opened for a tool call that is about to be made."""

    kind: Literal["tool_call.intended"] = "tool_call.intended"
    call_id: str
    tool: str
    effect: Effect
    arguments: dict[str, Any]
    arguments_sha256: str
    rules: tuple[str, ...] = ()
    """The rules that were asked, in order."""
    estimated_cost_usd: str = "0"
    """What the call is thought to cost."""
    reserved_usd: str = "0"
    """Held back from every budget below until the outcome is known."""
    budgets: tuple[BudgetDraw, ...] = ()
    """In the order they were reserved in."""
