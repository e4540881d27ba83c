"""Who works on which task: leases that run out, so that a silent worker's task goes to another."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from muster.core.canonical import Json
from muster.core.errors import CallerError
from muster.intake.lease_acts import carry_out, take
from muster.intake.queue import PRIORITIES
from muster.ledger.events import (
    AnyEvent,
    Channel,
    EventContext,
    Priority,
    RunStarted,
    TaskEnded,
    TaskParked,
    TaskReleased,
)
from muster.ledger.pauses import FLEET
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.sql import load

_FREE_IN = load("muster.intake", "lease_free_in")
_RENEW = load("muster.intake", "renew_leases")
_RELEASE = load("muster.intake", "release_lease")
_HOLD = load("muster.intake", "lease_hold")
_PARK = load("muster.intake", "park_task")
_STILL_WAITS = {
    "agent": load("muster.intake", "park_halt_agent"),
    "team": load("muster.intake", "park_halt_team"),
    "approval": load("muster.intake", "park_approval"),
}
_FINISH = load("muster.intake", "finish_task")
_END_TOKENS = load("muster.intake", "park_end_tokens")

_APPROVAL = re.compile(r"apr_[0-9a-z]{26}")

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
    transaction_type: str = ""
    """What kind of work it is, for the prompts agents get; empty when nobody said."""

    def context(self) -> EventContext:
        """Who and where, for events about the task as a whole."""
        return EventContext(
            actor=f"worker:{self.worker}", task_id=self.task_id, run_id=self.run_id, team=self.team
        )


async def lease(
    ledger: PostgresLedger, team: str, worker: str, *, limit: int, lease_seconds: float
) -> list[LeasedTask]:
    """Up to `limit` tasks of the team that nobody else holds.

    The most urgent first; of those equally urgent, work that was begun before work that is fresh, then the
    oldest. A task whose lease ran out is taken over: its attempt goes up by one and the ledger says from
    whom. Nothing is leased while the team, its coordinator or the fleet is paused or draining. Asked for in
    the same moment as a task ends, both are one commit.

    Raises:
        LedgerUnavailableError: the database is away; nothing was leased, or the leases run out by themselves.
    """
    request = {
        "team": team,
        "worker": worker,
        "most": limit,
        "lease_seconds": lease_seconds,
        "happened_at": ledger.clock.now(),
        "event_ids": [ledger.ids.new("evt") for _ in range(limit)],
    }
    rows = await take(ledger, request)
    rows.sort(key=lambda row: (row["priority"], row["created_at"], row["task_id"]))
    return [_leased(row, team, worker) for row in rows]


async def free_in_seconds(ledger: PostgresLedger, team: str) -> float | None:
    """How long until a task that is held back, or held by a worker, is free by itself; None: there is none.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    [row] = await ledger.fetch(_FREE_IN, {"team": team})
    seconds: float | None = row["seconds"]
    return seconds


async def renew(ledger: PostgresLedger, task: LeasedTask, *, lease_seconds: float) -> LeasedTask:
    """The task with its lease prolonged to `lease_seconds` from now.

    Raises:
        LeaseLostError: the worker does not hold it any more.
        LedgerUnavailableError: the database is away; the lease runs on as it was.
    """
    for renewed in await renew_all(ledger, [task], lease_seconds=lease_seconds):
        return renewed
    raise LeaseLostError(task)


async def renew_all(
    ledger: PostgresLedger, tasks: Sequence[LeasedTask], *, lease_seconds: float
) -> list[LeasedTask]:
    """Those of the tasks that are still held, in order, all prolonged to `lease_seconds` from now.

    Raises:
        LedgerUnavailableError: the database is away; the leases run on as they were.
    """
    values = {
        "task_ids": [task.task_id for task in tasks],
        "workers": [task.worker for task in tasks],
        "attempts": [task.attempt for task in tasks],
        "lease_seconds": lease_seconds,
    }
    rows = await ledger.fetch(_RENEW, values)
    until = {(row["task_id"], row["attempts"]): row["lease_until"] for row in rows}
    return [
        replace(task, lease_until=until[task.task_id, task.attempt])
        for task in tasks
        if (task.task_id, task.attempt) in until
    ]


async def attach_run(
    ledger: PostgresLedger, task: LeasedTask, started: RunStarted, where: EventContext
) -> str:
    """The run the task is worked on in: the one a former worker started, else a new one, begun here.

    Args:
        where: with the id of the run to begin.

    Raises:
        LeaseLostError: the worker does not hold the task any more.
        EventRefusedError: a text of the event cannot be stored.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    events = [ledger.columns(started, where, None)]
    run_id = await carry_out(ledger, "begin", _proof(task), events, run_id=where.run_id)
    if run_id is None:
        raise LeaseLostError(task)
    return run_id


async def release(
    ledger: PostgresLedger, task: LeasedTask, reason: str, *, ready_in_seconds: float = 0.0
) -> None:
    """Put the task back into the queue, for any worker to take.

    Args:
        reason: what interrupted the work.
        ready_in_seconds: for so long nobody takes it.

    Raises:
        LeaseLostError: the worker does not hold it any more.
        LedgerUnavailableError: the database is away; the lease runs out by itself.
    """
    async with ledger.transaction() as transaction:
        await _release_within(transaction, task, reason, task.context(), ready_in_seconds)


async def park(
    ledger: PostgresLedger, task: LeasedTask, waiting_for: str, reason: str, where: EventContext
) -> Literal["waiting", "queued"]:
    """Let the task wait until somebody's halt is over or a person decided; `queued` when that is so already.

    While it waits its run has no tokens at the gateway.

    Args:
        waiting_for: whose halt it waits out: an agent as `team/agent`, a team, or `fleet`; or the approval it
            waits for, `apr_…`.
        where: who and where, if more is known than the task says (the run, the model's source).

    Raises:
        LeaseLostError: the worker does not hold it any more.
        LedgerUnavailableError: the database is away; the lease runs out by itself.
    """
    kind = _kind(waiting_for)
    async with ledger.transaction() as transaction:
        cursor = await transaction.connection.execute(_STILL_WAITS[kind], {"who": waiting_for})
        found = await cursor.fetchone()
        if found is None or not found["waits"]:
            done = "decided" if kind == "approval" else "resumed"
            await _release_within(transaction, task, f"{waiting_for} was {done} meanwhile", where, 0.0)
            return "queued"
        values = {**_proof(task), "waiting_for": waiting_for, "now": transaction.now}
        row = await (await transaction.connection.execute(_PARK, values)).fetchone()
        if row is None:
            raise LeaseLostError(task)
        await transaction.connection.execute(_END_TOKENS, {"run_id": row["run_id"], "now": transaction.now})
        parked = TaskParked(worker=task.worker, attempt=task.attempt, waiting_for=waiting_for, reason=reason)
        await transaction.append(parked, replace(where, run_id=row["run_id"]))
    return "waiting"


async def finish(
    ledger: PostgresLedger,
    task: LeasedTask,
    status: EndStatus,
    summary: str,
    *,
    where: EventContext | None = None,
    before: Sequence[AnyEvent] = (),
) -> None:
    """End the task, with its event in the same transaction, shared with others that end just now.

    The gateway's tokens of the task's run are revoked with it.

    Args:
        where: who and where, if more is known than the task says (the run, the model's source).
        before: what is recorded with it, before its end.

    Raises:
        LeaseLostError: the worker does not hold it any more; nothing was changed or recorded.
        EventRefusedError: a text of an event cannot be stored.
        LedgerUnavailableError: the database is away; nothing was changed or recorded.
    """
    where = where or task.context()
    ended = TaskEnded(status=status, summary=summary)
    events = [ledger.columns(event, where, None) for event in (*before, ended)]
    if await carry_out(ledger, "end", _proof(task), events, run_id=where.run_id, status=status) is None:
        raise LeaseLostError(task)


async def hold_within(transaction: LedgerTransaction, task: LeasedTask) -> None:
    """Keep the task from being taken over until the transaction ends; to be done before events of its run.

    Raises:
        LeaseLostError: the worker does not hold it any more; roll the transaction back.
    """
    cursor = await transaction.connection.execute(_HOLD, _proof(task))
    if await cursor.fetchone() is None:
        raise LeaseLostError(task)


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


async def _release_within(
    transaction: LedgerTransaction,
    task: LeasedTask,
    reason: str,
    where: EventContext,
    ready_in_seconds: float,
) -> None:
    delay = ready_in_seconds if ready_in_seconds > 0 else None
    values = {**_proof(task), "now": transaction.now, "ready_in_seconds": delay}
    row = await (await transaction.connection.execute(_RELEASE, values)).fetchone()
    if row is None:
        raise LeaseLostError(task)
    released = TaskReleased(worker=task.worker, attempt=task.attempt, reason=reason, ready_at=row["ready_at"])
    await transaction.append(released, replace(where, run_id=row["run_id"]))


def _kind(waiting_for: str) -> Literal["agent", "team", "approval"]:
    if _APPROVAL.fullmatch(waiting_for):
        return "approval"
    return "agent" if "/" in waiting_for or waiting_for == FLEET else "team"


def _proof(task: LeasedTask) -> dict[str, Any]:
    return {"task_id": task.task_id, "worker": task.worker, "attempt": task.attempt}


def _leased(row: dict[str, Any], team: str, worker: str) -> LeasedTask:
    return LeasedTask(
        task_id=row["task_id"],
        source=row["source"],
        external_id=row["external_id"],
        team=team,
        channel=row["channel"],
        priority=PRIORITIES[row["priority"]],
        title=row["title"],
        content=row["content"],
        attempt=row["attempts"],
        worker=worker,
        lease_until=row["lease_until"],
        run_id=row["run_id"],
        created_at=row["created_at"],
        transaction_type=row["transaction_type"],
    )
