"""Spending passed a share of its limit."""

from typing import Literal

from muster.ledger.events.envelope import Event


class BudgetThresholdCrossed(Event):
    """Spending passed a share of its limit."""

    kind: Literal["budget.threshold_crossed"] = "budget.threshold_crossed"
    scope: str
    limit_usd: str
    spent_usd: str
    percent: int
