"""The gate opened for a tool call that is about to be made."""

from typing import Any, Literal

from pydantic import Field

from muster.ledger.events.budget_draw import BudgetDraw
from muster.ledger.events.commitment import Commitment
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
    approval_id: str | None = None
    """The person's word that let it through; null when it needed none."""
    once: bool = False
    """Whether the run may make the call of this id once only: the record holds no second intent of it."""
    commits: Commitment | None = None
    """The money it commits; null when it commits none, or nobody can say how much."""
    origins: dict[str, str] = Field(default_factory=dict)
    """Where the value of each argument comes from; empty for calls that are not traced, such as reads."""
    unvouched_sha256: tuple[str, ...] = ()
    """Of values it sends that nobody vouches for: the same value read back from the system proves nothing."""
