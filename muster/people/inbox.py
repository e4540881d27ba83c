"""Everything that waits for a person, whatever kind it is of, the most pressing first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from muster.ledger.postgres import PostgresLedger
from muster.people.approvals import HeldCall, open_approvals
from muster.people.waiting import Escalation, open_escalations


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxItem:
    """One thing a person has to decide."""

    item_id: str
    """`apr_…` or `esc_…`."""
    kind: Literal["approval", "escalation"]
    """`approval`: a run waits for a yes or no to one call; `escalation`: the agents have stopped."""
    team: str
    agent: str
    task_id: str | None
    """Null for a call of an outside client."""
    title: str
    """Of the task; of the call where there is no task."""
    what: str
    """What would happen, or why the agents stopped."""
    amount: Decimal | None
    """What it would move, in `currency`; null when it moves no money or that is not known."""
    currency: str | None
    raised_at: datetime
    due_at: datetime
    """When a person should have answered."""
    expires_at: datetime | None
    """Without a word by then it is a no; null for what waits for good."""

    def overdue_seconds(self, now: datetime) -> float:
        """How long the answer is overdue; negative while there is time."""
        return (now - self.due_at).total_seconds()


async def inbox(
    ledger: PostgresLedger, answer_within_hours: Mapping[str, float], team: str | None = None
) -> list[InboxItem]:
    """What waits for a person now, the one that is due first at the top.

    Args:
        answer_within_hours: for approvals, by the task's priority; `medium` for what has none.
        team: of this team only; of every team when null.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    items = [_of_approval(one, answer_within_hours) for one in await open_approvals(ledger, team)]
    items += [_of_escalation(one) for one in await open_escalations(ledger, team)]
    return sorted(items, key=lambda item: (item.due_at, item.item_id))


def _of_approval(held: HeldCall, answer_within_hours: Mapping[str, float]) -> InboxItem:
    hours = answer_within_hours[held.priority or "medium"]
    due_at = held.requested_at + timedelta(hours=hours)
    return InboxItem(
        item_id=held.approval_id,
        kind="approval",
        team=held.team,
        agent=held.agent,
        task_id=held.task_id,
        title=held.title or held.tool,
        what=held.summary,
        amount=held.amount,
        currency=held.currency,
        raised_at=held.requested_at,
        due_at=due_at if held.expires_at is None else min(due_at, held.expires_at),
        expires_at=held.expires_at,
    )


def _of_escalation(raised: Escalation) -> InboxItem:
    return InboxItem(
        item_id=raised.escalation_id,
        kind="escalation",
        team=raised.team,
        agent=raised.agent,
        task_id=raised.task_id,
        title=raised.title,
        what=f"{raised.reason.replace('_', ' ')}: {raised.package['detail']}",
        amount=None,
        currency=None,
        raised_at=raised.raised_at,
        due_at=raised.sla_due_at,
        expires_at=None,
    )
