"""How a run ends in the record: one transaction for the run, the escalation and the task."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from muster.ledger.events import ConfidenceMethod, EscalationRaised, EventContext, Fact, RunEnded
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.people.escalations import raise_escalation
from muster.people.package import decision_about
from muster.teams.errors import PersonNeededError
from muster.teams.standard import AnswerWithin, Standard


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What became of a run."""

    outcome: Literal["completed", "escalated"]
    where: EventContext
    """The run's place in the record, with the agent that was last at work."""
    summary: str
    answer: str | None = None
    confidence: float | None = None
    confidence_method: ConfidenceMethod | None = None
    model_calls: int = 0
    tool_calls: int = 0
    duration_ms: int = 0
    priority: str = "medium"
    """Of the task; a person's deadline depends on it."""
    standard: Standard
    """The standard it was worked by."""
    tried: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    person_needed: PersonNeededError | None = None


def run_ended(report: RunReport) -> RunEnded:
    """The event of a run's end."""
    return RunEnded(
        outcome=report.outcome,
        summary=report.summary,
        answer=report.answer,
        confidence=report.confidence,
        confidence_method=report.confidence_method,
        standard=report.standard.version or None,
        model_calls=report.model_calls,
        tool_calls=report.tool_calls,
        duration_ms=report.duration_ms,
    )


async def record(ledger: PostgresLedger, transaction: LedgerTransaction, report: RunReport) -> None:
    """Write the end of a run, and its escalation when a person is needed, in the caller's transaction.

    Raises:
        EventRefusedError: a text cannot be stored.
    """
    needed = report.person_needed
    if needed is not None:
        asked = decision_about(needed.reason, needed.proposed_action)
        escalation = EscalationRaised(
            escalation_id=ledger.ids.new("esc"),
            reason=needed.reason,
            detail=needed.detail,
            summary=report.summary,
            tried=report.tried,
            evidence=report.evidence,
            proposed_action=needed.proposed_action,
            decide=asked.question,
            options=asked.options,
            facts=report.facts,
            confidence=report.confidence,
            standard=report.standard.version or None,
            sla_due_at=transaction.now + _answer_within(report.standard.answer_within, report.priority),
        )
        await raise_escalation(transaction, escalation, report.where)
    await transaction.append(run_ended(report), report.where)


def _answer_within(hours: AnswerWithin, priority: str) -> timedelta:
    match priority:
        case "high":
            return timedelta(hours=hours.high_hours)
        case "low":
            return timedelta(hours=hours.low_hours)
        case _:
            return timedelta(hours=hours.medium_hours)
