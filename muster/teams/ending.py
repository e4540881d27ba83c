"""How a run ends in the record: one transaction for the run, the escalation and the task."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from muster.ledger.events import EscalationRaised, EventContext, RunEnded
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.people.escalations import raise_escalation
from muster.teams.errors import PersonNeededError
from muster.teams.platform_tools import Finish
from muster.teams.standard import Standard


@dataclass(frozen=True, slots=True)
class RunReport:
    """What became of a run."""

    outcome: Literal["completed", "escalated"]
    summary: str
    answer: str | None
    confidence: float | None
    model_calls: int
    tool_calls: int
    duration_ms: int
    tried: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    person_needed: PersonNeededError | None = None


def completed(finish: Finish, model_calls: int, tool_calls: int, duration_ms: int) -> RunReport:
    """The report of a run that an agent finished."""
    return RunReport(
        "completed", finish.summary, finish.answer, finish.confidence, model_calls, tool_calls, duration_ms
    )


async def record(
    ledger: PostgresLedger,
    transaction: LedgerTransaction,
    report: RunReport,
    where: EventContext,
    standard: Standard,
) -> None:
    """Write the end of a run, and its escalation when a person is needed, in the caller's transaction.

    Raises:
        EventRefusedError: a text cannot be stored.
    """
    needed = report.person_needed
    if needed is not None:
        escalation = EscalationRaised(
            escalation_id=ledger.ids.new("esc"),
            reason=needed.reason,
            detail=needed.detail,
            summary=report.summary,
            tried=report.tried,
            evidence=report.evidence,
            proposed_action=needed.proposed_action,
            confidence=needed.confidence,
            sla_due_at=transaction.now + timedelta(hours=standard.answer_within_hours),
        )
        await raise_escalation(transaction, escalation, where)
    await transaction.append(
        RunEnded(
            outcome=report.outcome,
            summary=report.summary,
            answer=report.answer,
            confidence=report.confidence,
            model_calls=report.model_calls,
            tool_calls=report.tool_calls,
            duration_ms=report.duration_ms,
        ),
        where,
    )
