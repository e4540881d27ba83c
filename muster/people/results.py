"""Whether results held: a completed task is assumed done until somebody confirms or reopens it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from muster.core.errors import CallerError
from muster.ledger.events import EventContext, ReopenSource, TaskConfirmed, TaskReopened
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.sql import load

Completion = Literal["assumed", "confirmed", "reopened"]


class UnknownTaskError(CallerError):
    """There is no task of that id."""


class NotCompletedError(CallerError):
    """The task has no result that could have held: it is open, or did not complete."""


class AlreadySaidError(CallerError):
    """That is the last word on the task already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An ended task, and what is said of its result."""

    task_id: str
    team: str
    title: str
    status: Literal["completed", "escalated", "failed", "cancelled"]
    ended_at: datetime
    completion: Completion | None
    """Null when it did not complete."""
    said_at: datetime | None
    """Null while nobody said anything."""
    said_by: str | None
    """Who recorded the last word, such as `person:jo`; null while nobody did."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a word made of a task."""

    task_id: str
    completion: Completion


async def confirm(
    ledger: PostgresLedger, task_id: str, actor: str, *, said_by: str | None = None, note: str | None = None
) -> Said:
    """Record that the task's result held; the task itself stays as it is.

    Args:
        actor: who records it, such as `person:jo`.
        said_by: whose word it is, such as `customer`; null when it is the actor's.

    Raises:
        UnknownTaskError: there is no such task.
        NotCompletedError: it is open, or did not complete.
        AlreadySaidError: it is confirmed.
        EventRefusedError: the note cannot be stored.
        LedgerUnavailableError: the database is away; nothing was recorded.
    """
    async with ledger.transaction() as transaction:
        held = await _hold(transaction, task_id, "confirmed")
        event = TaskConfirmed(said_by=said_by or actor, note=note)
        await transaction.append(event, EventContext(actor=actor, task_id=task_id, team=held["team"]))
    return Said(task_id, "confirmed")


async def reopen(
    ledger: PostgresLedger,
    task_id: str,
    actor: str,
    *,
    reason: str,
    known_by: ReopenSource = "person",
    follow_up: str | None = None,
) -> Said:
    """Record that the task was not done after all; the work itself comes as a task of its own.

    Args:
        actor: who records it, such as `person:jo`.
        follow_up: the later task on the same matter; null when there is none.

    Raises:
        UnknownTaskError: there is no such task, or no such later task.
        NotCompletedError: it is open, or did not complete.
        AlreadySaidError: it is reopened.
        EventRefusedError: the reason cannot be stored.
        LedgerUnavailableError: the database is away; nothing was recorded.
    """
    async with ledger.transaction() as transaction:
        held = await _hold(transaction, task_id, "reopened")
        if follow_up is not None:
            await _demand_later(transaction, task_id, follow_up)
        event = TaskReopened(reason=reason, known_by=known_by, follow_up=follow_up)
        await transaction.append(event, EventContext(actor=actor, task_id=task_id, team=held["team"]))
    return Said(task_id, "reopened")


async def results(
    ledger: PostgresLedger, *, team: str | None = None, completion: Completion | None = None, limit: int = 20
) -> list[Result]:
    """Ended tasks with what is said of them, the newest first.

    Args:
        team: of this team only; of every team when null.
        completion: completed tasks of this standing only; every ended task when null.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    parameters = {"team": team, "completion": completion, "limit": limit}
    rows = await ledger.fetch(load("muster.people", "results"), parameters)
    return [Result(**row) for row in rows]


async def _hold(transaction: LedgerTransaction, task_id: str, word: Completion) -> Mapping[str, Any]:
    """The task, locked, when this may be said of it."""
    row = await _task(transaction, task_id)
    if row is None:
        raise UnknownTaskError(f"there is no task {task_id}", do="see: muster task list")
    if row["status"] != "completed":
        raise NotCompletedError(
            f"{task_id} is {row['status']}: there is no result that could have held",
            do=f"see: muster trace {task_id}",
        )
    if row["last_word"] == f"task.{word}":
        raise AlreadySaidError(f"{task_id} is {word} already", do=f"see: muster trace {task_id}")
    return row


async def _demand_later(transaction: LedgerTransaction, task_id: str, follow_up: str) -> None:
    if follow_up == task_id or await _task(transaction, follow_up) is None:
        raise UnknownTaskError(
            f"there is no later task {follow_up}", where=f"follow-up of {task_id}", do="see: muster task list"
        )


async def _task(transaction: LedgerTransaction, task_id: str) -> Mapping[str, Any] | None:
    cursor = await transaction.connection.execute(load("muster.people", "hold_task"), {"task_id": task_id})
    return await cursor.fetchone()
