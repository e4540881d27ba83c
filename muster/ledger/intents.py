"""The right to act: what `intend` gives, what the doors ask for, and what `settle` takes back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from muster.core.money import usd
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


def draws_on(budgets: Sequence[BudgetLimit], day: date) -> tuple[BudgetDraw, ...]:
    """What an intent draws on that day, in the order everybody reserves in."""
    drawn = [_draw(budget, day) for budget in budgets if budget.period != "call"]
    return tuple(sorted(drawn, key=lambda draw: (draw.scope, draw.period)))


def too_dear(budgets: Sequence[BudgetLimit], reserve: Decimal) -> BudgetLimit | None:
    """The limit on a single call that a call reserving so much breaks; null when it breaks none."""
    for budget in budgets:
        if budget.period == "call" and budget.limit_usd is not None and reserve > budget.limit_usd:
            return budget
    return None


@lru_cache(maxsize=4_096)
def _draw(budget: BudgetLimit, day: date) -> BudgetDraw:
    return BudgetDraw(
        scope=budget.scope,
        period=budget.period_key(day),
        limit_usd=None if budget.limit_usd is None else str(usd(budget.limit_usd)),
        limit_calls=budget.limit_calls,
    )


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
