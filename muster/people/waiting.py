"""What waits for a person: each escalation with its package and its clock."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from muster.core.errors import CallerError
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load


class UnknownEscalationError(CallerError):
    """There is no escalation of that id."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """A task a person was given, with all they need to decide."""

    escalation_id: str
    task_id: str
    run_id: str
    team: str
    agent: str
    title: str
    """Of the task."""
    reason: str
    status: str
    """`open` or `answered`."""
    raised_at: datetime
    sla_due_at: datetime
    package: dict[str, Any]
    """As `escalation.raised` says it: `detail`, `summary`, `tried`, `evidence` (event ids), `facts`,
    `proposed_action`, `decide` (the question), `options`, `confidence`, `standard`."""

    def overdue_seconds(self, now: datetime) -> float:
        """How long its answer is overdue; negative while there is time."""
        return (now - self.sla_due_at).total_seconds()


async def open_escalations(ledger: PostgresLedger, team: str | None = None) -> list[Escalation]:
    """Those nobody answered yet, the most pressing first.

    Args:
        team: of this team only; of every team when null.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    rows = await ledger.fetch(load("muster.people", "open_escalations"), {"team": team})
    return [Escalation(**row) for row in rows]


async def escalation(ledger: PostgresLedger, escalation_id: str) -> Escalation:
    """One escalation, open or answered.

    Raises:
        UnknownEscalationError: there is none of that id.
        LedgerUnavailableError: the database is away.
    """
    rows = await ledger.fetch(load("muster.people", "escalation"), {"escalation_id": escalation_id})
    if not rows:
        raise UnknownEscalationError(
            f"there is no escalation {escalation_id}", do="see: muster escalation list"
        )
    return Escalation(**rows[0])
