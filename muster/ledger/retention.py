"""Months leave the table whole and as they are; their seals and hashes stay, so old proofs still check."""

from datetime import date

import psycopg

from muster.ledger.errors import MonthKeptError
from muster.ledger.events import EventContext, MonthDetached
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

FLOOR_DAYS = 180
"""The database refuses to detach anything younger, whatever it is asked."""


async def detach_months(
    ledger: PostgresLedger,
    before: date,
    *,
    floor_days: int = FLOOR_DAYS,
    actor: str,
    mirrored_only: bool = True,
) -> list[MonthDetached]:
    """Detach every attached month that ends before the month of `before`, oldest first.

    A detached month stays in the database as a table of its own, `ledger.events_YYYY_MM`, still guarded; what
    becomes of it (dump, archive, drop) is the operator's.

    Args:
        floor_days: days since a month's end that must have gone by; never less than `FLOOR_DAYS`.
        mirrored_only: refuse a month that analysis could no longer read.

    Raises:
        MonthKeptError: a month is too young, not sealed or not mirrored; older ones are detached already.
        LedgerUnavailableError: the database is away.
    """
    months = [row["month"] for row in await ledger.fetch(load("muster.ledger", "months"))]
    return [
        await _detach(ledger, month, floor_days, actor, mirrored_only=mirrored_only)
        for month in months
        if month < before.replace(day=1)
    ]


async def _detach(
    ledger: PostgresLedger, month: date, floor_days: int, actor: str, *, mirrored_only: bool
) -> MonthDetached:
    name = f"{month:%Y-%m}"
    if mirrored_only:
        [row] = await ledger.fetch(load("muster.ledger", "month_is_mirrored"), {"month": month})
        if not row["mirrored"]:
            raise MonthKeptError(name, "it is not in the Parquet mirror")
    try:
        async with ledger.transaction() as transaction:
            cursor = await transaction.connection.execute(
                load("muster.ledger", "detach_month"), {"month": month, "floor_days": floor_days}
            )
            gone = await cursor.fetchone()
            assert gone is not None
            event = MonthDetached(
                month=month,
                partition=gone["partition"],
                events=gone["events"],
                first_seq=gone["first_seq"] or 0,
                last_seq=gone["last_seq"] or 0,
            )
            await transaction.append(event, EventContext(actor=actor))
    except psycopg.Error as error:
        if error.sqlstate == "MU004":
            raise MonthKeptError(name, error.diag.message_detail or "") from error
        raise
    return event
