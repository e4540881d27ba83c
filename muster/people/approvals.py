"""Calls that wait for a person's word: what the person is shown, and what their word sets going."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, get_args

from muster.core.canonical import canonical_json, sha256_hex
from muster.core.errors import CallerError
from muster.ledger.events import ApprovalDecided, EventContext, Priority
from muster.ledger.pauses import wake
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.sql import load

Word = Literal["approve", "reject"]

_PRIORITIES: tuple[Priority, ...] = get_args(Priority)
_STATUS = {"approve": "approved", "reject": "rejected", "expire": "expired"}
_CLOCK = "service:approvals"


class UnknownApprovalError(CallerError):
    """There is no approval of that id."""


class ApprovalClosedError(CallerError):
    """Nobody can decide about it any more: somebody did, its time is over, or its task has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCall:
    """A call a rule held back, with all a person needs to decide about it."""

    approval_id: str
    task_id: str | None
    """Null for a call of an outside client."""
    run_id: str | None
    team: str
    agent: str
    tool: str
    arguments: Mapping[str, Any]
    origins: Mapping[str, str]
    """Where the value of each argument comes from; empty where nobody looked."""
    rules: Sequence[str]
    reasons: Sequence[str]
    """Why it was held, each rule in its own words."""
    summary: str
    """What would happen."""
    amount: Decimal | None
    """What it would move, in `currency`; null when it moves no money."""
    currency: str | None
    status: Literal["open", "approved", "rejected", "expired", "used"]
    requested_at: datetime
    expires_at: datetime | None
    """Without a word by then it is a no; null when it waits for good."""
    decided_at: datetime | None
    decided_by: str | None
    note: str | None
    """The person's own words."""
    used_at: datetime | None
    """When the call was made on it; null while it was not."""
    title: str | None
    """Of the task; null without one."""
    priority: Priority | None
    content: Mapping[str, Any] | None
    """Of the task: `sender`, `subject`, `text`; null without one."""
    task_status: str | None


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person's word did."""

    approval_id: str
    status: Literal["approved", "rejected"]
    woken: int
    """Tasks that waited for it and stand in the queue again; none when its run is at work just now."""


async def open_approvals(ledger: PostgresLedger, team: str | None = None) -> list[HeldCall]:
    """Those a person can decide about now, in the order they were asked for.

    Args:
        team: of this team only; of every team when null.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    parameters = {"team": team, "now": ledger.clock.now()}
    rows = await ledger.fetch(load("muster.people", "open_approvals"), parameters)
    return [_held_call(row) for row in rows]


async def approval(ledger: PostgresLedger, approval_id: str) -> HeldCall:
    """One approval, open or not.

    Raises:
        UnknownApprovalError: there is none of that id.
        LedgerUnavailableError: the database is away.
    """
    rows = await ledger.fetch(load("muster.people", "approval"), {"approval_id": approval_id})
    if not rows:
        raise _unknown(approval_id)
    return _held_call(rows[0])


async def decide(
    ledger: PostgresLedger,
    approval_id: str,
    word: Word,
    actor: str,
    *,
    note: str | None = None,
    attention_seconds: int | None = None,
) -> Decided:
    """Say yes or no to the held call, and let the task that waits for it go on.

    Args:
        actor: the person, such as `person:jo`.
        note: for the agent and for whoever reads the record.
        attention_seconds: the person's time on it; null when it was not measured.

    Raises:
        UnknownApprovalError: there is none of that id.
        ApprovalClosedError: somebody decided before, its time is over or its task has ended; nothing changed.
        EventRefusedError: the note cannot be stored.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    async with ledger.transaction() as transaction:
        held = await _hold(transaction, approval_id)
        if held is None:
            raise _unknown(approval_id)
        _demand_open(approval_id, held, transaction.now)
        why = f"{actor.removeprefix('person:')} {_STATUS[word]} it"
        woken = await _close(transaction, approval_id, held, word, actor, note, why, attention_seconds)
    return Decided(approval_id, "approved" if word == "approve" else "rejected", woken)


async def expire_those_due(ledger: PostgresLedger) -> list[str]:
    """Close what nobody decided in time or whose task has ended, and let runs that waited find that out.

    Gives the ids of those closed.

    Raises:
        LedgerUnavailableError: the database is away; those closed so far stay closed.
    """
    rows = await ledger.fetch(load("muster.people", "approvals_due"), {"now": ledger.clock.now()})
    closed = []
    for row in rows:
        async with ledger.transaction() as transaction:
            held = await _hold(transaction, row["approval_id"])
            if held is None or held["status"] != "open":  # somebody decided meanwhile
                continue
            why = "its task has ended" if held["ended_at"] is not None else "nobody decided in time"
            await _close(transaction, row["approval_id"], held, "expire", _CLOCK, why, why, None)
            closed.append(row["approval_id"])
    return closed


async def _hold(transaction: LedgerTransaction, approval_id: str) -> dict[str, Any] | None:
    cursor = await transaction.connection.execute(
        load("muster.people", "hold_approval"), {"approval_id": approval_id}
    )
    return await cursor.fetchone()


def _demand_open(approval_id: str, held: Mapping[str, Any], now: datetime) -> None:
    see = f"see: muster inbox show {approval_id}"
    if held["status"] in ("approved", "rejected", "used"):
        who = (held["decided_by"] or "somebody").removeprefix("person:")
        word = "rejected" if held["status"] == "rejected" else "approved"
        raise ApprovalClosedError(
            f"{who} {word} {approval_id} already, at {held['decided_at']:%Y-%m-%d %H:%M} UTC", do=see
        )
    if held["ended_at"] is not None:
        raise ApprovalClosedError(
            f"the task of {approval_id} has ended ({held['task_status']}): nothing would be done",
            do=f"see: muster trace {held['task_id']}",
        )
    if held["status"] == "expired" or (held["expires_at"] is not None and held["expires_at"] <= now):
        raise ApprovalClosedError(
            f"{approval_id} ran out at {held['expires_at']:%Y-%m-%d %H:%M} UTC",
            do="its task comes to people as an escalation: muster inbox list",
        )


async def _close(
    transaction: LedgerTransaction,
    approval_id: str,
    held: Mapping[str, Any],
    word: Literal["approve", "reject", "expire"],
    actor: str,
    note: str | None,
    why: str,
    attention_seconds: int | None,
) -> int:
    decided = ApprovalDecided(
        approval_id=approval_id,
        decision=word,
        arguments_sha256=sha256_hex(canonical_json(held["arguments"])),
        note=note,
        attention_seconds=attention_seconds,
    )
    where = EventContext(
        actor=actor, task_id=held["task_id"], run_id=held["run_id"], team=held["team"], agent=held["agent"]
    )
    values = {
        "approval_id": approval_id,
        "status": _STATUS[word],
        "decided_by": actor,
        "note": note,
        "now": transaction.now,
    }
    execute = transaction.connection.execute
    await execute(load("muster.people", "hold_waiting"), values)
    await transaction.append(decided, where)  # before the rows, for it says which text cannot be stored
    await execute(load("muster.people", "decide_approval"), values)
    return await wake(transaction, approval_id, why, actor)


def _held_call(row: Mapping[str, Any]) -> HeldCall:
    priority = None if row["priority"] is None else _PRIORITIES[row["priority"]]
    return HeldCall(**{**row, "priority": priority})


def _unknown(approval_id: str) -> UnknownApprovalError:
    return UnknownApprovalError(f"there is no approval {approval_id}", do="see: muster inbox list")
