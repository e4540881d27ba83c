"""The ledger on Postgres: append, intend, settle, and transactions that change state beside an event."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, Literal, LiteralString, Self

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from muster.core.clock import Clock, SystemClock
from muster.core.ids import IdMaker
from muster.core.money import usd
from muster.ledger.batch import Act, batch, draws
from muster.ledger.errors import (
    AgentPausedError,
    BudgetExhaustedError,
    CallBegunError,
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
from muster.ledger.group_commit import GroupCommit, Written
from muster.ledger.intents import BudgetLimit, Intent, draws_on, too_dear
from muster.ledger.record import row
from muster.ledger.sql import load

_APPEND = load("muster.ledger", "append")
_INTEND_ALONE = load("muster.ledger", "intend_alone")
_SETTLE_ALONE = load("muster.ledger", "settle_alone")
_WRITE = load("muster.ledger", "write")
_IS_RECORDED = load("muster.ledger", "is_recorded")
_PRESENT_MONTH = load("muster.ledger", "ensure_present_month")

_NEEDS_THE_LONG_WAY = "MU005"
_OK = Written("ok", [])

_Op = Literal["append", "intend", "settle"]

Connection = AsyncConnection[DictRow]


class LedgerTransaction:
    """Events and the state they change, committed together or not at all."""

    def __init__(self, ledger: "PostgresLedger", connection: Connection) -> None:
        self.connection = connection
        self.now = ledger.clock.now()
        """The moment of this transaction: of its events and of the state they explain."""
        self._ledger = ledger

    async def append(self, event: AnyEvent, where: EventContext, *, cost_usd: Decimal | None = None) -> str:
        """Append `event` and give its id.

        Raises:
            EventRefusedError: a text of the event cannot be stored.
        """
        columns = row(self._ledger.ids.new("evt"), event, where, self.now, cost_usd)
        await self.connection.execute(_APPEND, columns)
        return str(columns["event_id"])


Guard = Callable[[LedgerTransaction], Awaitable[None]]
"""A check that must hold at the moment an intent is written."""


class PostgresLedger:
    """The record. Everything that happens is appended here, and nothing is ever changed."""

    def __init__(self, pool: AsyncConnectionPool[Connection], clock: Clock, ids: IdMaker) -> None:
        self._pool = pool
        self._group = GroupCommit(self._commit)
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
        """Write what is being written and give back every connection."""
        await self._group.close()
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
        """Append one event, in a commit shared with whoever else writes just now, and give its id.

        Raises:
            EventRefusedError: a text of the event cannot be stored.
            LedgerUnavailableError: the database is away; nothing was recorded.
        """
        act = _act("append", self.columns(event, where, cost_usd))
        await self._for_certain(act)
        return str(act["event_id"])

    async def intend(
        self,
        event: ModelCallIntended | ToolCallIntended,
        where: EventContext,
        *,
        reserve_usd: Decimal,
        budgets: Sequence[BudgetLimit] = (),
        guard: Guard | None = None,
        expires_seconds: int = 900,
    ) -> Intent:
        """The right to act: gate checked, budgets reserved and intent recorded in one transaction.

        Args:
            guard: awaited in the same transaction before the intent is written; when it raises, nothing is.
            expires_seconds: without an outcome after this time the act is taken for lost, its reserve freed.

        Raises:
            AgentPausedError: the agent or its team is paused.
            CallBegunError: the run began this call before, and may make it once only.
            BudgetExhaustedError: a budget cannot hold `reserve_usd` more, or no call more.
            EventRefusedError: a text of the event cannot be stored.
            LedgerUnavailableError: the database is away; nothing may be done.
        """
        reserve = usd(reserve_usd)
        dear = too_dear(budgets, reserve)
        if dear is not None and dear.limit_usd is not None:
            raise BudgetExhaustedError(dear.scope, limit=dear.limit_usd, committed=reserve, unit="usd")
        draws = draws_on(budgets, self.clock.now().date())
        recorded = event.model_copy(update={"reserved_usd": str(reserve), "budgets": draws})
        act = _act("intend", self.columns(recorded, where, None)) | {
            "call_id": event.call_id,
            "reserve_usd": str(reserve),
            "budgets": draws,
            "expires_seconds": expires_seconds,
        }
        try:
            written = await self._group.submit(act) if guard is None else await self._guarded(act, guard)
        except psycopg.errors.UniqueViolation as error:
            if error.diag.table_name != "calls_made_once":
                raise
            raise CallBegunError(str(where.run_id), event.call_id) from None
        _demand(written)
        return Intent(str(act["event_id"]), event.call_id, where, reserve, draws)

    async def settle(
        self, intent: Intent, outcome: ModelCallSettled | ToolCallSettled, *, cost_usd: Decimal
    ) -> str:
        """Record what came of an intent, book its cost and free what it reserved; gives the event's id.

        The outcome of an intent that was taken for lost is recorded all the same, and its cost is booked.

        Raises:
            IntentClosedError: it was settled before.
            EventRefusedError: a text of the event cannot be stored; the intent stays open.
            LedgerUnavailableError: the database is away; the intent stays open.
        """
        recorded = outcome.model_copy(update={"intent_id": intent.event_id})
        act = _act("settle", self.columns(recorded, intent.where, cost_usd)) | {
            "intent_id": intent.event_id,
            "budgets": intent.budgets,
        }
        _demand(await self._for_certain(act))
        return str(act["event_id"])

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

    async def _for_certain(self, act: Act) -> Written:
        """What became of an act that has its place in the record already, or must get it.

        A connection that breaks while a commit is under way leaves open whether it was made: the act is
        looked up under its id before it is written a second time.
        """
        try:
            return await self._group.submit(act)
        except LedgerUnavailableError:
            if await self.fetch(_IS_RECORDED, {"event_id": act["event_id"]}):
                return _OK
            return await self._group.submit(act)

    async def _commit(self, acts: list[Act]) -> list[Written]:
        """Write acts in one transaction, the month's partition made where it is missing."""
        try:
            return await self._write(acts)
        except psycopg.errors.CheckViolation as error:
            if "no partition" not in str(error):
                raise
        await self.fetch(_PRESENT_MONTH)
        return await self._write(acts)

    async def _write(self, acts: list[Act]) -> list[Written]:
        async with self._connection() as connection:
            if len(acts) == 1 and await _written_alone(connection, acts[0]):
                return [_OK]
            cursor = await connection.execute(_WRITE, {"batch": batch(acts)})
            return _verdicts(await cursor.fetchall())

    async def _guarded(self, act: Act, guard: Guard) -> Written:
        async with self.transaction() as transaction:
            await guard(transaction)
            cursor = await transaction.connection.execute(_WRITE, {"batch": batch([act])})
            [written] = _verdicts(await cursor.fetchall())
            _demand(written)  # inside: what the guard wrote must not stay when the intent does not
        return written

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            async with self._pool.connection() as connection:
                yield connection
        except psycopg.Error as error:
            raise _translated(error) from error
        except PoolTimeout as error:
            raise LedgerUnavailableError.because(error) from error


def _act(op: _Op, columns: dict[str, Any]) -> Act:
    cost = columns["cost_usd"]
    return {**columns, "op": op, "cost_usd": None if cost is None else str(cost)}


async def _written_alone(connection: Connection, act: Act) -> bool:
    """Whether `act` went the short way, on which nothing is refused and no threshold is passed."""
    try:
        match act["op"]:
            case "append":
                await connection.execute(_APPEND, act)
            case "intend":
                await connection.execute(_INTEND_ALONE, {**act, "draws": draws(act)})
            case "settle":
                await connection.execute(_SETTLE_ALONE, act)
    except psycopg.Error as error:
        if error.sqlstate == _NEEDS_THE_LONG_WAY:
            return False
        raise
    return True


def _verdicts(rows: list[DictRow]) -> list[Written]:
    return [Written(row["verdict"], row["detail"] or []) for row in rows]


def _demand(written: Written) -> None:
    """Returns when the act was carried out; else raises what stood against it."""
    match written.verdict, written.detail:
        case "ok", _:
            return
        case "budget", [scope, limit, committed, "usd" | "calls" as unit]:
            raise BudgetExhaustedError(scope, limit=Decimal(limit), committed=Decimal(committed), unit=unit)
        case "paused", [who]:
            raise AgentPausedError(who)
        case "closed", [intent_id]:
            raise IntentClosedError(intent_id)
        case verdict, detail:
            raise AssertionError(f"unknown verdict {verdict} {detail}")


def _translated(error: psycopg.Error) -> Exception:
    """What a driver's error means to a caller; an error that is a fault of ours stays as it is."""
    if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return LedgerUnavailableError.because(error)
    return error
