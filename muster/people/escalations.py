"""Escalations: what a person is given when an agent must not go on alone, and what came of it."""

from typing import Literal

from psycopg.types.json import Jsonb

from muster.core.errors import CallerError
from muster.ledger.events import EscalationAnswered, EscalationRaised, EventContext
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.sql import load
from muster.people.waiting import UnknownEscalationError

Ending = Literal["resolved", "dismissed"]


class EscalationClosedError(CallerError):
    """Somebody answered the escalation before."""


async def raise_escalation(
    transaction: LedgerTransaction, escalation: EscalationRaised, where: EventContext
) -> None:
    """Put an escalation into the inbox and into the record, in the caller's transaction.

    Raises:
        EventRefusedError: a text cannot be stored.
    """
    await transaction.append(escalation, where)  # first, for it says which text cannot be stored
    await transaction.connection.execute(
        load("muster.people", "insert_escalation"),
        {
            "escalation_id": escalation.escalation_id,
            "task_id": where.task_id,
            "run_id": where.run_id,
            "team": where.team,
            "agent": where.agent,
            "reason": escalation.reason,
            "package": Jsonb(escalation.model_dump(mode="json", exclude={"kind", "escalation_id"})),
            "raised_at": transaction.now,
            "sla_due_at": escalation.sla_due_at,
        },
    )


async def answer_escalation(
    ledger: PostgresLedger,
    escalation_id: str,
    outcome: Ending,
    answer: str,
    actor: str,
    *,
    attention_seconds: int | None = None,
    context_rating: int | None = None,
) -> EscalationAnswered:
    """Record what a person did about an escalation; it leaves the inbox, and its task stays as it ended.

    Args:
        outcome: `resolved` by the person, or `dismissed` as not needed.
        answer: what was decided or done, in the person's words.
        actor: the person, such as `person:jo`.
        attention_seconds: the person's time on it; null when it was not measured.
        context_rating: how far what they were given was enough to decide, 1 to 5; null when not rated.

    Raises:
        UnknownEscalationError: there is none of that id.
        EscalationClosedError: somebody answered before; nothing changed.
        EventRefusedError: the answer cannot be stored.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    answered = EscalationAnswered(
        escalation_id=escalation_id,
        outcome=outcome,
        answer=answer,
        attention_seconds=attention_seconds,
        context_rating=context_rating,
    )
    values = {"escalation_id": escalation_id}
    async with ledger.transaction() as transaction:
        execute = transaction.connection.execute
        held = await (await execute(load("muster.people", "hold_escalation"), values)).fetchone()
        if held is None:
            raise UnknownEscalationError(
                f"there is no escalation {escalation_id}", do="see: muster escalation list"
            )
        if held["status"] != "open":
            raise EscalationClosedError(
                f"{escalation_id} was answered before",
                do=f"see what was done: muster trace {held['task_id']}",
            )
        where = EventContext(
            actor=actor,
            task_id=held["task_id"],
            run_id=held["run_id"],
            team=held["team"],
            agent=held["agent"],
        )
        await transaction.append(answered, where)  # before the row, for it says which text cannot be stored
        await execute(load("muster.people", "answer_escalation"), values)
    return answered
