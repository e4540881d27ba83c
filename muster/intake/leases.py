"""Who works on which task: leases that run out, so that a silent worker's task goes to another."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from muster.core.canonical import Json
from muster.core.errors import CallerError
from muster.intake.queue import PRIORITIES
from muster.ledger.events import (
    Channel,
    EventContext,
    LeaseExpired,
    Priority,
    RunStarted,
    TaskEnded,
    TaskLeased,
    TaskReleased,
)
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.sql import load

_LEASE = load("muster.intake", "lease_tasks")
_RENEW = load("muster.intake", "renew_lease")
_RELEASE = load("muster.intake", "release_lease")
_FINISH = load("muster.intake", "finish_task")
_ATTACH_RUN = load("muster.intake", "attach_run")


EndStatus = Literal["completed", "escalated", "failed", "cancelled"]


class LeaseLostError(CallerError):
    """The worker does not hold the task any more: another took over, or the task ended."""

    def __init__(self, task: "LeasedTask") -> None:
        super().__init__(
            f"{task.worker} does not hold {task.task_id} any more",
            do="drop the work; whoever holds the task now goes on from what is recorded",
        )
        self.task_id = task.task_id


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedTask:
    """A task, and the right to work on it until `lease_until`."""

    task_id: str
    source: str
    external_id: str
    team: str
    channel: Channel
    priority: Priority
    title: str
    content: dict[str, Json]
    attempt: int
    """1 for the first worker; with the worker's name it proves the lease."""
    worker: str
    lease_until: datetime
    """By the database's clock."""
    run_id: str | None
    """The run a former worker started; null when there was none."""
    created_at: datetime

    def context(self) -> EventContext:
        """Who and where, for events about the task as a whole."""
        return EventContext(
            actor=f"worker:{self.worker}", task_id=self.task_id, run_id=self.run_id, team=self.team
        )


async def lease(
    ledger: PostgresLedger, team: str, worker: str, *, limit: int, lease_seconds: float
) -> list[LeasedTask]:
    """Up to `limit` tasks of the team that nobody else holds, most urgent first, then oldest.

    A task whose lease ran out is taken over: its attempt goes up by one and the ledger says from whom.

    Raises:
        LedgerUnavailableError: the database is away; nothing was leased.
    """
    values = {
        "team": team,
        "worker": worker,
        "limit": limit,
        "lease_seconds": lease_seconds,
    }
    async with ledger.transaction() as transaction:
        cursor = await transaction.connection.execute(_LEASE, {**values, "now": transaction.now})
        rows = await cursor.fetchall()
        rows.sort(key=lambda row: (row["priority"], row["created_at"], row["task_id"]))
        tasks = [_leased(row, worker) for row in rows]
        for row, task in zip(rows, tasks, strict=True):
            if row["was_status"] == "working":
                expired = LeaseExpired(worker=row["was_owner"] or "unknown", attempt=task.attempt - 1)
                await transaction.append(expired, task.context())
            await transaction.append(TaskLeased(worker=worker, attempt=task.attempt), task.context())
    return tasks


async def renew(ledger: PostgresLedger, task: LeasedTask, *, lease_seconds: float) -> LeasedTask:
    """The task with its lease prolonged to `lease_seconds` from now.

    Raises:
        LeaseLostError: the worker does not hold it any more.
        LedgerUnavailableError: the database is away; the lease runs on as it was.
    """
    values = {**_proof(task), "lease_seconds": lease_seconds}
    async with ledger.transaction() as transaction:
        row = await (await transaction.connection.execute(_RENEW, values)).fetchone()
    if row is None:
        raise LeaseLostError(task)
    return replace(task, lease_until=row["lease_until"])


async def attach_run(
    ledger: PostgresLedger, task: LeasedTask, started: RunStarted, where: EventContext
) -> str:
    """The run the task is worked on in: the one a former worker started, else a new one, begun here.

    Args:
        where: with the id of the run to begin.

    Raises:
        LeaseLostError: the worker does not hold the task any more.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    values = {**_proof(task), "run_id": where.run_id}
    async with ledger.transaction() as transaction:
        cursor = await transaction.connection.execute(_ATTACH_RUN, {**values, "now": transaction.now})
        row = await cursor.fetchone()
        if row is None:
            raise LeaseLostError(task)
        if row["run_id"] == where.run_id:
            await transaction.append(started, where)
    return str(row["run_id"])


async def release(ledger: PostgresLedger, task: LeasedTask, reason: str) -> None:
    """Put the task back into the queue, for any worker to take.

    Args:
        reason: what interrupted the work.

    Raises:
        LeaseLostError: the worker does not hold it any more.
        LedgerUnavailableError: the database is away; the lease runs out by itself.
    """
    released = TaskReleased(worker=task.worker, attempt=task.attempt, reason=reason)
    async with ledger.transaction() as transaction:
        values = {**_proof(task), "now": transaction.now}
        row = await (await transaction.connection.execute(_RELEASE, values)).fetchone()
        if row is None:
            raise LeaseLostError(task)
        await transaction.append(released, replace(task.context(), run_id=row["run_id"]))


async def finish(
    ledger: PostgresLedger,
    task: LeasedTask,
    status: EndStatus,
    summary: str,
    *,
    where: EventContext | None = None,
) -> None:
    """End the task, with its event in the same transaction.

    Args:
        where: who and where, if more is known than the task says (the run, the model's source).

    Raises:
        LeaseLostError: the worker does not hold it any more; nothing was changed or recorded.
        LedgerUnavailableError: the database is away; nothing was changed or recorded.
    """
    async with ledger.transaction() as transaction:
        await finish_within(transaction, task, status, summary, where=where)


async def finish_within(
    transaction: LedgerTransaction,
    task: LeasedTask,
    status: EndStatus,
    summary: str,
    *,
    where: EventContext | None = None,
) -> None:
    """The same as `finish`, in a transaction that is open already, beside other events.

    Raises:
        LeaseLostError: the worker does not hold it any more; roll the transaction back.
    """
    values = {**_proof(task), "status": status, "now": transaction.now}
    row = await (await transaction.connection.execute(_FINISH, values)).fetchone()
    if row is None:
        raise LeaseLostError(task)
    await transaction.append(TaskEnded(status=status, summary=summary), where or task.context())


def _proof(task: LeasedTask) -> dict[str, Any]:
    return {"task_id": task.task_id, "worker": task.worker, "attempt": task.attempt}


def _leased(row: dict[str, Any], worker: str) -> LeasedTask:
    return LeasedTask(
        task_id=row["task_id"],
        source=row["source"],
        external_id=row["external_id"],
        team=row["team"],
        channel=row["channel"],
        priority=PRIORITIES[row["priority"]],
        title=row["title"],
        content=row["content"],
        attempt=row["attempts"],
        worker=worker,
        lease_until=row["lease_until"],
        run_id=row["run_id"],
        created_at=row["created_at"],
    )
