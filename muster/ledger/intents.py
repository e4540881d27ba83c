"""The right to act: what `intend` gives and `settle` takes back."""

from dataclasses import dataclass
from decimal import Decimal

from muster.ledger.events import EventContext


@dataclass(frozen=True, slots=True)
class BudgetLimit:
    """A purse an act draws on, and how much it may hold in a day (UTC)."""

    scope: str
    """Such as `agent:support/refund_specialist` or `task:tsk_…`."""
    limit_usd: Decimal


@dataclass(frozen=True, slots=True)
class Intent:
    """A recorded, gated and budgeted permission for one act; the doors to models and tools ask for it."""

    event_id: str
    call_id: str
    where: EventContext
    reserved_usd: Decimal
