"""Budgets held in memory: what the database decides at each intent, for calls that are replayed.

One test holds both to the same verdicts, of any sequence of intents and outcomes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from muster.ledger.events import BudgetDraw

_HALTING = ("agent", "team")

Key = tuple[str, str]
"""Scope and period."""


@dataclass
class Purse:
    """One budget of one period."""

    reserved: Decimal = Decimal(0)
    """US dollars held back for calls under way."""
    spent: Decimal = Decimal(0)
    """US dollars."""
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an intent has no budget."""

    verdict: Literal["budget", "paused"]
    """`paused`: a day's budget ran out before, which halts whom it is for until the day is over."""
    scope: str
    limit: Decimal | None = None
    """What the budget may hold, in `unit`; null when paused."""
    committed: Decimal | None = None
    """What is spent and reserved of it; null when paused."""
    unit: Literal["usd", "calls"] = "usd"


@dataclass
class Purses:
    """All budgets and open intents."""

    purses: dict[Key, Purse] = field(default_factory=dict)
    _open: dict[str, tuple[Decimal, tuple[Key, ...]]] = field(default_factory=dict)
    _halted: set[Key] = field(default_factory=set)

    def intend(
        self, event_id: str, reserve: Decimal, draws: Sequence[BudgetDraw], *, who: Sequence[str], day: str
    ) -> Refusal | None:
        """Reserves from every budget, or says why there is none and reserves nothing.

        Args:
            draws: in the order everybody reserves in.
            who: the team and the agent (`team/agent`) that ask.
            day: the present one (UTC), as `YYYY-MM-DD`.
        """
        for name in who:
            if (name, day) in self._halted:
                return Refusal("paused", name)
        refusal = next((found for draw in draws if (found := self._full(draw, reserve))), None)
        if refusal is not None:
            kind, _, name = refusal.scope.partition(":")
            if kind in _HALTING:
                self._halted.add((name, day))
            return refusal
        keys = tuple((draw.scope, draw.period) for draw in draws)
        for key in keys:
            purse = self.purses.setdefault(key, Purse())
            purse.reserved += reserve
            purse.calls += 1
        self._open[event_id] = (reserve, keys)
        return None

    def settle(self, event_id: str, cost: Decimal) -> bool:
        """Books the cost and frees the reserve; false when no such intent is open."""
        if event_id not in self._open:
            return False
        reserve, keys = self._open.pop(event_id)
        for key in keys:
            self.purses[key].reserved -= reserve
            self.purses[key].spent += cost
        return True

    def abandon(self, event_id: str) -> None:
        """Frees the reserve of an intent nobody heard of again; its cost is booked when it comes."""
        reserve, keys = self._open.get(event_id, (Decimal(0), ()))
        for key in keys:
            self.purses[key].reserved -= reserve
        if keys:
            self._open[event_id] = (Decimal(0), keys)

    def _full(self, draw: BudgetDraw, reserve: Decimal) -> Refusal | None:
        purse = self.purses.get((draw.scope, draw.period), Purse())
        committed = purse.spent + purse.reserved
        if draw.limit_usd is not None and committed + reserve > Decimal(draw.limit_usd):
            return Refusal("budget", draw.scope, Decimal(draw.limit_usd), committed)
        if draw.limit_calls is not None and purse.calls >= draw.limit_calls:
            return Refusal("budget", draw.scope, Decimal(draw.limit_calls), Decimal(purse.calls), "calls")
        return None
