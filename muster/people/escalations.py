"""Escalations: what a person is given when an agent must not go on alone."""

from psycopg.types.json import Jsonb

from muster.ledger.events import EscalationRaised, EventContext
from muster.ledger.postgres import LedgerTransaction
from muster.ledger.sql import load


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
