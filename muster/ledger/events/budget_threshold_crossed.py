"""Spending passed a share of its limit."""

from typing import Literal

from muster.ledger.events.envelope import Event, NonNegative


class BudgetThresholdCrossed(Event):
    """Spending passed a share of its limit."""

    kind: Literal["budget.threshold_crossed"] = "budget.threshold_crossed"
    scope: str
    """Such as `agent:support/desk`, `team:support`, `fleet` or `task:tsk_…`."""
    period: str
    """A day (UTC) as `YYYY-MM-DD`, or `task` for a task's life."""
    percent: NonNegative
    """The highest threshold that is passed: 50, 80 or 100."""
    limit_usd: str | None = None
    """Null when dollars are not limited."""
    spent_usd: str
    """Spent and reserved."""
    limit_calls: NonNegative | None = None
    """Null when calls are not limited."""
    calls: NonNegative
