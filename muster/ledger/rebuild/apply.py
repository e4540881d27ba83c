"""Writes the present anew from the record, after a disaster."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, LiteralString, assert_never

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB

from muster.ledger import tables
from muster.ledger.events import EventContext, StateRebuilt
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.rebuild.compare import RowPair, differing_rows
from muster.ledger.rebuild.errors import RebuildRefusedError, WorkUnderWayError
from muster.ledger.rebuild.rows import UNKNOWN, Row, compared, name_of
from muster.ledger.rebuild.source import state_from_events
from muster.ledger.sql import load

_Act = Literal["insert", "update", "delete"]


@dataclass
class Rebuilt:
    """What was written anew."""

    through_seq: int
    """The last event that was taken into account."""
    rows_changed: dict[str, int] = field(default_factory=dict)
    """Rows added, corrected or removed, by table; tables that were right are left out."""
    lost: list[str] = field(default_factory=list)
    """Rows that cannot be brought back whole, each with its table and key; they are left as they are."""


async def apply_state(ledger: PostgresLedger, *, actor: str, force: bool = False) -> Rebuilt:
    """Make the live tables what the record explains, in one transaction that also records that it was done.

    Nobody writes meanwhile: whoever tries waits until it is done.

    Args:
        actor: who does it, such as `person:jo`.
        force: do it while work is under way; workers lose their leases and take their tasks again.

    Raises:
        WorkUnderWayError: somebody is at work, and it is not forced; nothing was changed.
        RecordIncompleteError: months were detached and are not in the database any more; nothing was changed.
        RebuildRefusedError: the database does not let this user do it; nothing was changed.
        LedgerUnavailableError: the database is away, or somebody would not stop writing; nothing was changed.
    """
    async with ledger.transaction() as transaction, _as_owner(transaction):
        if not force:
            await _demand_rest(transaction)
        state = await state_from_events(transaction)
        pairs = [pair async for pair in differing_rows(transaction, state)]
        lost = [pair for pair in pairs if not _can_be_written(pair)]
        writable = [pair for pair in pairs if _can_be_written(pair)]
        await _write(transaction, writable)
        counted = dict(Counter(name_of(pair.table) for pair in writable))
        event = StateRebuilt(through_seq=state.through_seq, rows_changed=counted, forced=force)
        await transaction.append(event, EventContext(actor=actor))
    return Rebuilt(state.through_seq, counted, [_named(pair) for pair in lost])


@asynccontextmanager
async def _as_owner(transaction: LedgerTransaction) -> AsyncIterator[None]:
    """A block in which the transaction may write the ledger's own tables, and nobody else may write any."""
    execute = transaction.connection.execute
    try:
        await execute("SET LOCAL ROLE NONE")
        await execute(load("muster.ledger", "take_ownership"), {})
        await execute(load("muster.ledger", "hold_the_present"))
        yield
        await execute(load("muster.ledger", "give_up_ownership"), {})
    except psycopg.errors.InsufficientPrivilege as error:
        raise RebuildRefusedError(
            f"this database user may not rebuild: {str(error).splitlines()[0]}",
            do="set MUSTER_DATABASE_URL to the user that migrated the database",
        ) from error


async def _demand_rest(transaction: LedgerTransaction) -> None:
    cursor = await transaction.connection.execute(load("muster.ledger", "work_under_way"))
    row = await cursor.fetchone()
    assert row is not None
    signs = [f"{count} {what}" for what, count in row.items() if count]
    if signs:
        raise WorkUnderWayError(signs)


def _can_be_written(pair: RowPair) -> bool:
    """False for a row the record does not know all of, and for a kept message: it has the only bytes."""
    if pair.live is None and pair.rebuilt is not None:
        return pair.table is not tables.quarantine and UNKNOWN not in pair.rebuilt.values()
    return pair.rebuilt is not None or pair.table is not tables.quarantine


async def _write(transaction: LedgerTransaction, pairs: Sequence[RowPair]) -> None:
    """Write every pair; alike ones together."""
    batches: dict[tuple[Table, _Act, tuple[str, ...]], list[Row]] = {}
    for pair in pairs:
        act, row = _written(pair)
        batches.setdefault((pair.table, act, tuple(row)), []).append(row)
    async with transaction.connection.cursor() as cursor:
        for (table, act, names), rows in batches.items():
            await cursor.executemany(_statement(table, act, names), [_parameters(table, row) for row in rows])


def _written(pair: RowPair) -> tuple[_Act, Row]:
    """What is done about a row, and the columns that are needed for it.

    A column the record does not know keeps its live value where it has one and may have one.
    """
    live, rebuilt = pair.live, pair.rebuilt
    if rebuilt is None:
        return "delete", dict(zip(pair.table.primary_key.columns.keys(), pair.key, strict=True))
    if live is None:
        return "insert", rebuilt
    decided = compared(pair.table)
    kept = {
        name: live[name]
        for name, value in rebuilt.items()
        if name not in decided and value is not None and live[name] is not None
    }
    return "update", {name: value for name, value in {**rebuilt, **kept}.items() if value is not UNKNOWN}


def _statement(table: Table, act: _Act, names: Sequence[str]) -> sql.Composed:
    assert table.schema is not None
    parts = {
        "table": sql.Identifier(table.schema, table.name),
        "names": sql.SQL(", ").join(map(sql.Identifier, names)),
        "values": sql.SQL(", ").join(map(sql.Placeholder, names)),
        "same": sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name))
            for name in table.primary_key.columns.keys()  # noqa: SIM118 a collection of columns, not a dict
        ),
    }
    match act:
        case "delete":
            text: LiteralString = "DELETE FROM {table} WHERE {same}"
        case "insert":
            text = "INSERT INTO {table} ({names}) VALUES ({values})"
        case "update":
            text = "UPDATE {table} SET ({names}) = ROW ({values}) WHERE {same}"
        case _:
            assert_never(act)
    return sql.SQL(text).format(**parts)


def _parameters(table: Table, row: Row) -> Row:
    """The row as the driver takes it."""
    return {
        name: Jsonb(value) if value is not None and isinstance(table.c[name].type, JSONB) else value
        for name, value in row.items()
    }


def _named(pair: RowPair) -> str:
    return f"{name_of(pair.table)} {'/'.join(map(str, pair.key))}"
