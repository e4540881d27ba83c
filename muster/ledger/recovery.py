"""Frees what lost acts hold back: intents whose worker died between the act and its outcome."""

from dataclasses import dataclass
from decimal import Decimal

from muster.ledger.events import EventContext, IntentAbandoned
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Abandoned:
    """An act nobody knows the outcome of."""

    intent_id: str
    kind: str
    """Of the intent: `model_call.intended` or `tool_call.intended`."""
    task_id: str | None
    run_id: str | None
    released_usd: Decimal


async def abandon_lost_intents(ledger: PostgresLedger, run_id: str | None = None) -> list[Abandoned]:
    """Record every intent whose time is over as abandoned and give back what it held, oldest first.

    Dollars are given back; the call stays counted, because whether it happened is not known. An outcome that
    comes after all is still recorded and booked.

    Args:
        run_id: take all open intents of this run, whose worker is known to be gone, and no others.

    Raises:
        LedgerUnavailableError: the database is away; what was freed so far stays freed.
    """
    freed: list[Abandoned] = []
    while True:
        rows = await ledger.fetch(load("muster.ledger", "lost_intents"), {"run_id": run_id, "limit": _BATCH})
        before = len(freed)
        for row in rows:
            lost = Abandoned(row["event_id"], row["kind"], row["task_id"], row["run_id"], row["reserved_usd"])
            event = IntentAbandoned(
                intent_id=lost.intent_id,
                call_id=row["call_id"],
                act="model" if lost.kind == "model_call.intended" else "tool",
                released_usd=str(lost.released_usd),
            )
            where = EventContext(
                actor="service:recovery",
                task_id=lost.task_id,
                run_id=lost.run_id,
                team=row["team"],
                agent=row["agent"],
            )
            parameters = {**ledger.columns(event, where, None), "intent_id": lost.intent_id}
            [done] = await ledger.fetch(load("muster.ledger", "abandon"), parameters)
            if done["abandoned"]:
                freed.append(lost)
        if len(freed) == before:
            return freed
