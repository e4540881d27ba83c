"""Taking, beginning and ending tasks: what many do at once shares one call and one commit."""

import asyncio
import weakref
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal

import orjson
import psycopg
from psycopg.rows import DictRow

from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

_ACTS = load("muster.intake", "lease_acts")
_IS_RECORDED = load("muster.ledger", "is_recorded")
_PRESENT_MONTH = load("muster.ledger", "ensure_present_month")

_MOST = 48
"""Acts in one call: few enough for the next ones to be made ready meanwhile."""

_Columns = dict[str, Any]
_Rows = list[DictRow]


@dataclass(frozen=True, slots=True)
class _Act:
    """Something to do with a task, or a request for leases; `rows` is what came of it."""

    of: Literal["act", "lease"]
    columns: _Columns
    rows: asyncio.Future[_Rows]


async def take(ledger: PostgresLedger, request: _Columns) -> _Rows:
    """The tasks a request for leases gives, as `ledger.lease_tasks` has them.

    Raises:
        LedgerUnavailableError: the database is away; leases made all the same run out by themselves.
    """
    return await _desk(ledger).do("lease", request)


async def carry_out(
    ledger: PostgresLedger,
    op: Literal["begin", "end"],
    proof: _Columns,
    events: list[_Columns],
    *,
    run_id: str | None,
    status: str | None = None,
) -> str | None:
    """The task's run after the act; None when the lease is not held any more and nothing was done.

    Args:
        proof: `task_id`, `worker` and `attempt` of the lease.
        events: the columns of what is recorded beside it, in order; one at least.
        run_id: `begin`: the run to begin unless the task has one; `end`: the events' run.

    Raises:
        LedgerUnavailableError: the database is away; nothing was done.
        psycopg.Error: the database does not take this act.
    """
    last = events[-1]
    act = {**proof, "op": op, "at": last["happened_at"], "status": status, "run_id": run_id, "events": events}
    try:
        [row] = await _desk(ledger).do("act", act)
    except LedgerUnavailableError:
        # the commit may have been made all the same: what is recorded is done
        if await ledger.fetch(_IS_RECORDED, {"event_id": last["event_id"]}):
            return run_id or ""
        [row] = await _desk(ledger).do("act", act)
    return (row["run_id"] or "") if row["held"] else None


class _Desk:
    """Gathers what is asked for in one turn of the loop, or during a commit, into the next commit."""

    def __init__(self, ledger: PostgresLedger) -> None:
        self._ledger = weakref.ref(ledger)  # whoever asks holds the ledger; the desk must not keep it alive
        self._waiting: deque[_Act] = deque()
        self._clerk: asyncio.Task[None] | None = None

    async def do(self, of: Literal["act", "lease"], columns: _Columns) -> _Rows:
        """What came of it, when that is committed; who is cancelled before may take it back."""
        act = _Act(of, columns, asyncio.get_running_loop().create_future())
        self._waiting.append(act)
        if self._clerk is None:
            self._clerk = asyncio.create_task(self._do_all())
        return await act.rows

    async def _do_all(self) -> None:
        try:
            while self._waiting:
                batch: list[_Act] = []
                while self._waiting and len(batch) < _MOST:
                    act = self._waiting.popleft()
                    if not act.rows.cancelled():
                        batch.append(act)
                await self._do(batch)
        finally:
            self._clerk = None
            for act in self._waiting:  # only when the loop is being torn down
                act.rows.cancel()
            self._waiting.clear()

    async def _do(self, batch: list[_Act]) -> None:
        ledger = self._ledger()
        error: BaseException = LedgerUnavailableError.because(RuntimeError("the writer was stopped"))
        try:
            if ledger is not None and batch:
                for act, rows in zip(batch, await _written(ledger, batch), strict=True):
                    if not act.rows.done():
                        act.rows.set_result(rows)
        except LedgerUnavailableError as away:
            error = away
        except psycopg.Error as refused:
            error = refused
            if len(batch) > 1:  # one act that the database does not take must not hold up the others
                for act in batch:
                    await self._do([act])
        finally:
            for act in batch:
                if not act.rows.done():
                    act.rows.set_exception(error)


_desks: "weakref.WeakKeyDictionary[PostgresLedger, _Desk]" = weakref.WeakKeyDictionary()


def _desk(ledger: PostgresLedger) -> _Desk:
    """The one desk of a ledger."""
    desk = _desks.get(ledger)
    if desk is None:
        desk = _desks[ledger] = _Desk(ledger)
    return desk


async def _written(ledger: PostgresLedger, batch: list[_Act]) -> list[_Rows]:
    """The rows that came of each; the month's partition is made where it is missing."""
    # everybody locks tasks in the order of their ids, so that nobody waits in a circle
    acts = sorted((act for act in batch if act.of == "act"), key=lambda act: str(act.columns["task_id"]))
    requests = [act for act in batch if act.of == "lease"]
    values = {
        "acts": orjson.dumps([act.columns for act in acts]).decode(),
        "requests": orjson.dumps(
            [{**act.columns, "place": place} for place, act in enumerate(requests, start=1)]
        ).decode(),
    }
    try:
        rows = await ledger.fetch(_ACTS, values)
    except psycopg.errors.CheckViolation as error:
        if "no partition" not in str(error):
            raise
        await ledger.fetch(_PRESENT_MONTH)
        rows = await ledger.fetch(_ACTS, values)
    found: dict[int, _Rows] = {id(act): [] for act in batch}
    for row in rows:
        act = (acts if row["of"] == "act" else requests)[row["place"] - 1]
        found[id(act)].append(row)
    return [found[id(act)] for act in batch]
