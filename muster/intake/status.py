"""How things stand: at the doors, in the queues, in quarantine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from muster.intake import folder, quarantine
from muster.intake.queue import PRIORITIES
from muster.intake.spool import Maildir
from muster.ledger.events import Channel, Priority
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

_TASK = load("muster.intake", "task_status")
_RECENT = load("muster.intake", "recent_tasks")
_COUNTS = load("muster.intake", "queue_counts")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatus:
    """Where one task stands."""

    task_id: str
    external_id: str
    source: str
    team: str
    channel: Channel
    priority: Priority
    status: str
    title: str
    attempts: int
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    """Null while it is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCount:
    """How many open tasks of a team stand where."""

    team: str
    status: str
    tasks: int
    later: int
    """Of them: not to be taken yet."""
    oldest_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand at one moment."""

    mails: int
    """Delivered, not collected yet."""
    files: int
    """Dropped, not collected yet."""
    quarantined: int
    queues: list[QueueCount]
    recent: list[TaskStatus]
    """Newest first."""


async def task_status(ledger: PostgresLedger, task_id: str) -> TaskStatus | None:
    """The task's present state; None when there is no such task.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    rows = await ledger.fetch(_TASK, {"task_id": task_id})
    return _status(rows[0]) if rows else None


async def standing(ledger: PostgresLedger, maildir: Path, drop_dir: Path, *, recent: int) -> Standing:
    """How things stand now, with the `recent` newest tasks.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    return Standing(
        mails=Maildir(maildir).waiting(),
        files=folder.waiting(drop_dir),
        quarantined=len(await quarantine.waiting(ledger)),
        queues=[QueueCount(**row) for row in await ledger.fetch(_COUNTS)],
        recent=[_status(row) for row in await ledger.fetch(_RECENT, {"limit": recent})],
    )


def _status(row: Mapping[str, Any]) -> TaskStatus:
    return TaskStatus(**{**row, "priority": PRIORITIES[row["priority"]]})
