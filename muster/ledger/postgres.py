"""The ledger on Postgres: append, intend, settle, and transactions that change state beside an event."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, LiteralString, Self

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from muster.core.clock import Clock, SystemClock
from muster.core.ids import IdMaker
from muster.ledger.errors import (
    AgentPausedError,
    BudgetExhaustedError,
    IntentClosedError,
    LedgerUnavailableError,
)
from muster.ledger.events import (
    AnyEvent,
    EventContext,
    ModelCallIntended,
    ModelCallSettled,
    ToolCallIntended,
    ToolCallSettled,
)
from muster.ledger.intents import BudgetLimit, Intent
from muster.ledger.record import row
from muster.ledger.sql import load

_APPEND = load("muster.ledger", "append")
_INTEND = load("muster.ledger", "intend")
_SETTLE = load("muster.ledger", "settle")

Connection = AsyncConnection[DictRow]


class LedgerTransaction:
    """Events and the state they change, committed together or not at all."""

    def __init__(self, ledger: "PostgresLedger", connection: Connection) -> None:
        self.connection = connection
        self._ledger = ledger

    async def append(self, event: AnyEvent, where: EventContext, *, cost_usd: Decimal | None = None) -> str:
        """Append `event` and give its id.

        Raises:
            EventRefusedError: a text of the event cannot be stored.
        """
        columns = self._ledger.columns(event, where, cost_usd)
        await self.connection.execute(_APPEND, columns)
        return str(columns["event_id"])


Guard = Callable[[LedgerTransaction], Awaitable[None]]
"""A check that must hold at the moment an intent is written."""


class PostgresLedger:
    """The record. Everything that happens is appended here, and nothing is ever changed."""

    def __init__(self, pool: AsyncConnectionPool[Connection], clock: Clock, ids: IdMaker) -> None:
        self._pool = pool
        self.clock = clock
        self.ids = ids

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        clock: Clock | None = None,
        ids: IdMaker | None = None,
        pool_size: int = 8,
        patience_seconds: float = 10.0,
    ) -> Self:
        """A ledger on a migrated database, writing as `muster_writer`.

        Raises:
            LedgerUnavailableError: the database cannot be reached within `patience_seconds`.
        """
        clock = clock or SystemClock()
        pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=pool_size,
            timeout=patience_seconds,
            open=False,
            kwargs={"autocommit": True, "row_factory": dict_row, "options": "-c role=muster_writer"},
        )
        try:
            await pool.open(wait=True, timeout=patience_seconds)
        except (psycopg.OperationalError, PoolTimeout) as error:
            await pool.close()
            raise LedgerUnavailableError.because(error) from error
        return cls(pool, clock, ids or IdMaker(clock))

    async def close(self) -> None:
        """Give back every connection."""
        await self._pool.close()

    def columns(self, event: AnyEvent, where: EventContext, cost_usd: Decimal | None) -> dict[str, Any]:
        """The columns of `event` with a fresh id and the present time."""
        return row(self.ids.new("evt"), event, where, self.clock.now(), cost_usd)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[LedgerTransaction]:
        """A transaction that commits when its block ends well.

        Raises:
            LedgerUnavailableError: the database is away; nothing was committed.
        """
        async with self._connection() as connection, connection.transaction():
            yield LedgerTransaction(self, connection)

    async def append(self, event: AnyEvent, where: EventContext, *, cost_usd: Decimal | None = None) -> str:
        """Append one event in a transaction of its own and give its id.

        Raises:
            EventRefusedError: a text of the event cannot be stored.
            LedgerUnavailableError: the database is away; nothing was recorded.
        """
        columns = self.columns(event, where, cost_usd)
        await self._run(_APPEND, columns)
        return str(columns["event_id"])

    async def intend(
        self,
        event: ModelCallIntended | ToolCallIntended,
        where: EventContext,
        *,
        reserve_usd: Decimal,
        budgets: Sequence[BudgetLimit] = (),
        guard: Guard | None = None,
    ) -> Intent:
        """The right to act: gate checked, budgets reserved and intent recorded in one transaction.

        Args:
            guard: awaited in the same transaction before the intent is written; when it raises, nothing is.

        Raises:
            AgentPausedError: the agent or its team is paused.
            BudgetExhaustedError: a budget cannot hold `reserve_usd` more.
            LedgerUnavailableError: the database is away; nothing may be done.
        """
        columns = self.columns(event, where, None)
        in_order = sorted(budgets, key=lambda budget: budget.scope)
        parameters = {
            **columns,
            "call_id": event.call_id,
            "reserve_usd": reserve_usd,
            "scopes": [budget.scope for budget in in_order],
            "limits_usd": [budget.limit_usd for budget in in_order],
        }
        if guard is None:
            await self._run(_INTEND, parameters)
        else:
            async with self.transaction() as transaction:
                await guard(transaction)
                await transaction.connection.execute(_INTEND, parameters)
        return Intent(str(columns["event_id"]), event.call_id, where, reserve_usd)

    async def settle(
        self, intent: Intent, outcome: ModelCallSettled | ToolCallSettled, *, cost_usd: Decimal
    ) -> str:
        """Record what came of an intent, book its cost and free what it reserved; gives the event's id.

        Raises:
            IntentClosedError: it was settled before.
            LedgerUnavailableError: the database is away; the intent stays open.
        """
        columns = self.columns(outcome, intent.where, cost_usd)
        await self._run(_SETTLE, {**columns, "intent_id": intent.event_id})
        return str(columns["event_id"])

    async def fetch(
        self, statement: LiteralString, parameters: dict[str, Any] | None = None
    ) -> list[DictRow]:
        """The rows a reading statement gives.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        async with self._connection() as connection:
            cursor = await connection.execute(statement, parameters)
            return await cursor.fetchall()

    async def _run(self, statement: LiteralString, parameters: dict[str, Any]) -> None:
        async with self._connection() as connection:
            await connection.execute(statement, parameters)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            async with self._pool.connection() as connection:
                yield connection
        except psycopg.Error as error:
            raise _translated(error) from error
        except PoolTimeout as error:
            raise LedgerUnavailableError.because(error) from error


def _translated(error: psycopg.Error) -> Exception:
    """What a driver's error means to a caller; an error that is a fault of ours stays as it is."""
    detail = error.diag.message_detail or ""
    match error.sqlstate:
        case "MU001":
            scope, limit, committed = detail.split("|")
            return BudgetExhaustedError(scope, limit_usd=Decimal(limit), committed_usd=Decimal(committed))
        case "MU002":
            return AgentPausedError(detail)
        case "MU003":
            return IntentClosedError(detail)
        case _ if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
            return LedgerUnavailableError.because(error)
        case _:
            return error
