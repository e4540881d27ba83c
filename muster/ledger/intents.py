"""The right to act: what `intend` gives, what the doors ask for, and what `settle` takes back."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from muster.ledger.errors import IntentUsedError
from muster.ledger.events import BudgetDraw, EventContext

BudgetPeriod = Literal["call", "task", "day"]


@dataclass(frozen=True, slots=True)
class BudgetLimit:
    """A purse an act draws on, and what it may hold."""

    scope: str
    """`fleet`, `team:support`, `agent:support/refund_specialist`, `task:tsk_…/refund_specialist`, `call`."""
    limit_usd: Decimal | None = None
    """US dollars; None when dollars are not limited."""
    limit_calls: int | None = None
    """Intents; None when their number is not limited."""
    period: BudgetPeriod = "day"
    """What the limit is for: one call, a task's life, or a day (UTC)."""

    def period_key(self, day: date) -> str:
        """How the store names the period on `day`."""
        return "task" if self.period == "task" else day.isoformat()


@dataclass(slots=True)
class Intent:
    """A recorded, gated and budgeted permission for one act; the doors to models and tools ask for it.

    Only the ledger makes these; a door calls `begin` when it acts, so that one permission is one act.
    """

    event_id: str
    call_id: str
    where: EventContext
    reserved_usd: Decimal
    budgets: tuple[BudgetDraw, ...] = ()
    _begun: bool = field(default=False, repr=False)

    def begin(self) -> None:
        """Use the permission.

        Raises:
            IntentUsedError: it was used before.
        """
        if self._begun:
            raise IntentUsedError(self.event_id)
        self._begun = True
