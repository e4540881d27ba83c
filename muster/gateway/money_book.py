"""Committed money held in memory: the sums of `committed_today`, for calls that are replayed.

One test suite holds both to the same sums.
"""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from muster.gateway.commitments import Sums, midnight
from muster.ledger.events import Commitment

_NOTHING = Decimal(0)

_Payments = dict[str, dict[str, Decimal]]
"""By payment, by intent: what was committed; the same payment counts once, at the most it was asked for."""


class MoneyBook:
    """The commitments of any number of days (UTC)."""

    def __init__(self) -> None:
        self._payees: defaultdict[tuple[datetime, str], _Payments] = defaultdict(dict)
        self._agents: defaultdict[tuple[datetime, str], _Payments] = defaultdict(dict)
        self._entries: defaultdict[str, list[tuple[_Payments, str]]] = defaultdict(list)

    def commit(
        self, intent_id: str, commits: Commitment, who: str, at: datetime, *, approved: bool = False
    ) -> None:
        """A call went out that commits money.

        Args:
            who: the agent as `team/agent`.
            approved: whether a person allowed it; such money counts for its payees alone.
        """
        day, amount = midnight(at), Decimal(commits.amount)
        books = [self._payees[day, payee] for payee in commits.payees]
        if not approved:
            books.append(self._agents[day, who])
        payment = commits.payment or intent_id
        for book in books:
            book.setdefault(payment, {})[intent_id] = amount
            self._entries[intent_id].append((book, payment))

    def declined(self, intent_id: str) -> None:
        """The system did not do what the call asked: its money does not count."""
        for book, payment in self._entries.pop(intent_id, ()):
            book[payment].pop(intent_id)

    def today(self, commits: Commitment, who: str, at: datetime) -> Sums:
        """What the call's payees got and what the agent spent on the day of `at`, before this call."""
        day = midnight(at)
        paid = [_sum(self._payees.get((day, payee), {}), commits.payment) for payee in commits.payees]
        return Sums(
            payee=max(paid, default=_NOTHING), agent=_sum(self._agents.get((day, who), {}), commits.payment)
        )


def _sum(payments: _Payments, present: str | None) -> Decimal:
    """Of all payments but the present one."""
    amounts = (
        max(intents.values()) for payment, intents in payments.items() if intents and payment != present
    )
    return sum(amounts, _NOTHING)
