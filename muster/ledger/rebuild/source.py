"""Folds the record of a database, streamed: only the present is held in memory, never the events."""

from psycopg import sql

from muster.ledger.postgres import LedgerTransaction
from muster.ledger.rebuild.errors import RecordIncompleteError
from muster.ledger.rebuild.fold import fold
from muster.ledger.rebuild.rows import State
from muster.ledger.sql import load

_BATCH = 2_000


async def state_from_events(transaction: LedgerTransaction) -> State:
    """The present as the record explains it, as far as the transaction sees the record.

    Raises:
        RecordIncompleteError: months were detached and are not in the database any more.
    """
    state = State()
    query = await _every_event(transaction)
    async with transaction.connection.cursor("rebuild") as cursor:
        cursor.itersize = _BATCH
        await cursor.execute(query)
        async for row in cursor:
            fold(state, row["seq"], row["body"])
    return state


async def _every_event(transaction: LedgerTransaction) -> sql.Composed:
    """A query over the record and the months that were taken out of it, in the order of recording."""
    cursor = await transaction.connection.execute(load("muster.ledger", "detached_partitions"))
    months = await cursor.fetchall()
    if missing := [month["partition"] for month in months if not month["here"]]:
        raise RecordIncompleteError(missing)
    parts = [
        sql.SQL("SELECT seq, body FROM {}").format(sql.Identifier("ledger", name))
        for name in ("events", *(month["partition"] for month in months))
    ]
    return sql.SQL("SELECT seq, body FROM ({}) AS event ORDER BY seq").format(
        sql.SQL(" UNION ALL ").join(parts)
    )
