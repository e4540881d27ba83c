"""Holds the live tables against what the record explains."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from psycopg import sql
from sqlalchemy import Table

from muster.ledger import tables
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.rebuild.rows import REBUILT, UNKNOWN, Key, Row, State, compared, key_of, loaded, name_of
from muster.ledger.rebuild.source import state_from_events
from muster.ledger.sql import load

_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where the live tables are not what the record explains."""

    table: str
    key: Key
    column: str | None
    """Null when the whole row is missing on one side."""
    live: Any
    """The column's value, or the whole row; null when the row is not there."""
    rebuilt: Any
    """Likewise, as the record explains it."""

    def sentence(self) -> str:
        """The difference in one line, without the rows themselves."""
        where = f"{self.table} {'/'.join(map(str, self.key))}"
        if self.column is not None:
            return (
                f"{where}: {self.column} is {_short(self.live)} where the record says {_short(self.rebuilt)}"
            )
        if self.live is None:
            return f"{where}: is missing"
        return f"{where}: is not explained by any event"


@dataclass
class Comparison:
    """What holding the live tables against the record found."""

    events: int
    through_seq: int
    rows: int
    """Of the rebuilt state."""
    differences: list[Difference] = field(default_factory=list)
    unread: dict[str, int] = field(default_factory=dict)
    """Events this version cannot read, by kind."""
    beginnings_missing: int = 0
    """Events about something whose beginning is not in the record."""


@dataclass(frozen=True, slots=True)
class RowPair:
    """A row that differs: as it is, and as the record explains it."""

    table: Table
    key: Key
    live: Row | None
    rebuilt: Row | None

    def differences(self) -> Iterator[Difference]:
        """Column by column, or one for the whole row."""
        name = name_of(self.table)
        if self.live is None or self.rebuilt is None:
            yield Difference(name, self.key, None, self.live, self.rebuilt)
            return
        for column in _differing(self.table, self.live, self.rebuilt):
            yield Difference(name, self.key, column, self.live[column], self.rebuilt[column])


async def compare_state(ledger: PostgresLedger) -> Comparison:
    """What in the live tables is not what the record explains, all as of one moment; empty when all is.

    Raises:
        RecordIncompleteError: months were detached and are not in the database any more.
        LedgerUnavailableError: the database is away.
    """
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(load("muster.ledger", "snapshot"))
        state = await state_from_events(transaction)
        comparison = Comparison(
            events=state.events,
            through_seq=state.through_seq,
            rows=sum(map(len, state.rows.values())),
            unread=state.unread,
            beginnings_missing=state.beginnings_missing,
        )
        async for pair in differing_rows(transaction, state):
            comparison.differences.extend(pair.differences())
    return comparison


async def differing_rows(transaction: LedgerTransaction, state: State) -> AsyncIterator[RowPair]:
    """Every row that is not the same live and rebuilt, table by table."""
    for table in REBUILT:
        missing = dict(state.rows[name_of(table)])
        async with transaction.connection.cursor("live") as cursor:
            cursor.itersize = _BATCH
            await cursor.execute(_live(table))
            async for live in cursor:
                key = key_of(table, live)
                rebuilt = missing.pop(key, None)
                if rebuilt is None:
                    if not _says_nothing(table, live):
                        yield RowPair(table, key, live, None)
                elif any(_differing(table, live, rebuilt)):
                    yield RowPair(table, key, live, rebuilt)
        for key, rebuilt in missing.items():
            yield RowPair(table, key, None, rebuilt)


def _differing(table: Table, live: Row, rebuilt: Row) -> Iterator[str]:
    for name in compared(table):
        if rebuilt[name] is not UNKNOWN and live[name] != rebuilt[name]:
            yield name


def _says_nothing(table: Table, live: Row) -> bool:
    """Whether it is the purse of an intent that was refused: opened, and never drawn on."""
    used = ("reserved_usd", "spent_usd", "calls", "told_percent")
    return table is tables.budgets and not any(live[name] for name in used)


def _live(table: Table) -> sql.Composed:
    assert table.schema is not None
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in loaded(table))
    return sql.SQL("SELECT {} FROM {}").format(columns, sql.Identifier(table.schema, table.name))


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
