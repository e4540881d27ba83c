"""Who may not act or takes nothing new: halted by a person or by a budget that is out, and resumed again."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from muster.ledger.errors import NothingPausedError
from muster.ledger.events import AgentDraining, AgentPaused, AgentResumed, EventContext, TaskWoken
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.sql import load

FLEET: Final = "fleet"
"""Every team and agent."""

Status = Literal["active", "paused", "draining", "drained"]


@dataclass(frozen=True, slots=True)
class Pause:
    """Somebody who may not act."""

    who: str
    """An agent as `team/agent`, a whole team, or `fleet`."""
    reason: str | None
    paused_until: datetime | None
    """None: until a person resumes it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a team, the fleet or a halted agent stands."""

    who: str
    status: Status
    """`draining`: it finishes what is in hand and takes nothing new; `drained`: nothing is in hand now."""
    reason: str | None
    """Why it is halted."""
    paused_until: datetime | None
    """None: until a person resumes it, or it is not paused."""
    in_hand: int
    """Tasks that are being worked on; of an agent those of runs it takes part in."""
    waiting: int
    """Tasks that go on when it is resumed."""


async def pauses(ledger: PostgresLedger) -> list[Pause]:
    """Everybody who is paused, in order of name; one whose time is over is among them until it is resumed.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    return [Pause(**row) for row in await ledger.fetch(load("muster.ledger", "pauses"))]


async def standings(ledger: PostgresLedger) -> list[Standing]:
    """Every team, and the fleet and agents that are halted, in order of name.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    return [_standing(row) for row in await ledger.fetch(load("muster.ledger", "standings"))]


async def must_know(ledger: PostgresLedger, who: str) -> None:
    """Returns when `who` is the fleet, a deployed team or an agent of one.

    Raises:
        NothingPausedError: there is nobody of that name.
        LedgerUnavailableError: the database is away.
    """
    if who != FLEET and not await ledger.fetch(load("muster.ledger", "knows"), {"who": who}):
        kind = "agent" if "/" in who else "team"
        raise NothingPausedError(f"there is no {kind} {who}", do="see: muster team list")


async def pause(
    ledger: PostgresLedger, who: str, reason: str, actor: str, until: datetime | None = None
) -> None:
    """Halt an agent (`team/agent`), a team or the `fleet` at the next intent, in the middle of a run too.

    Raises:
        NothingPausedError: there is no such team.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    async with ledger.transaction() as transaction:
        values = {"who": who, "reason": reason, "until": until}
        await _change(transaction, "pause", who, values)
        event = AgentPaused(who=who, reason=reason, paused_until=until)
        await transaction.append(event, _where(who, actor))


async def drain(ledger: PostgresLedger, who: str, reason: str, actor: str) -> None:
    """Let an agent, a team or the fleet finish what is in hand and take nothing new.

    Raises:
        NothingPausedError: there is no such team.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    async with ledger.transaction() as transaction:
        await _change(transaction, "drain", who, {"who": who, "reason": reason})
        await transaction.append(AgentDraining(who=who, reason=reason), _where(who, actor))


async def until_drained(ledger: PostgresLedger, who: str, *, look_seconds: float = 0.2) -> Standing:
    """How it stands when nothing is in hand any more, or when somebody resumed or paused it meanwhile.

    Raises:
        NothingPausedError: it is neither a team nor halted.
        LedgerUnavailableError: the database is away.
    """
    # a worker that read it as active just before may still take a task
    [horizon] = await ledger.fetch(load("muster.ledger", "horizon"))
    while True:
        [before] = await ledger.fetch(load("muster.ledger", "ended_before"), {"xid": horizon["xid"]})
        standing = next((one for one in await standings(ledger) if one.who == who), None)
        if standing is None:
            raise NothingPausedError(f"{who} is not draining", do="see: muster agent list")
        if standing.status != "draining" and before["ended"]:
            return standing
        await asyncio.sleep(look_seconds)


async def resume(ledger: PostgresLedger, who: str, reason: str, actor: str) -> int:
    """Let an agent, a team or the fleet act again; gives how many tasks that waited for it are queued again.

    Raises:
        NothingPausedError: it is not halted.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    async with ledger.transaction() as transaction:
        cursor = await transaction.connection.execute(
            load("muster.ledger", f"resume_{_kind(who)}"), {"who": who}
        )
        if await cursor.fetchone() is None:
            raise NothingPausedError(f"{who} is not paused", do="see: muster agent list")
        await transaction.append(AgentResumed(who=who, reason=reason), _where(who, actor))
        return await wake(transaction, who, reason, actor)


async def resume_those_due(ledger: PostgresLedger) -> list[str]:
    """Resume everybody whose pause had an end that has come; gives their names.

    Raises:
        LedgerUnavailableError: the database is away; those resumed so far stay resumed.
    """
    now = ledger.clock.now()
    due = [
        one.who for one in await pauses(ledger) if one.paused_until is not None and one.paused_until <= now
    ]
    for who in due:
        await resume(ledger, who, "the pause was until now", "service:ledger")
    return due


async def wake(transaction: LedgerTransaction, waited_for: str, reason: str, actor: str) -> int:
    """Queue every task again that waited for this, in the caller's transaction; gives how many there were.

    Args:
        waited_for: whose halt is over, or the approval that was decided; its row is to be locked already.
    """
    values = {"who": waited_for, "now": transaction.now}
    cursor = await transaction.connection.execute(load("muster.ledger", "wake_tasks"), values)
    woken = await cursor.fetchall()
    for row in woken:
        where = EventContext(actor=actor, task_id=row["task_id"], run_id=row["run_id"], team=row["team"])
        await transaction.append(TaskWoken(waited_for=waited_for, reason=reason), where)
    return len(woken)


async def _change(transaction: LedgerTransaction, verb: str, who: str, values: dict[str, Any]) -> None:
    statement = load("muster.ledger", f"{verb}_{_kind(who)}")
    cursor = await transaction.connection.execute(statement, values)
    if await cursor.fetchone() is None:
        raise NothingPausedError(f"there is no team {who}", do="see: muster team list")


def _kind(who: str) -> Literal["agent", "team"]:
    """In which table it stands: the fleet is one row among the agents."""
    return "agent" if "/" in who or who == FLEET else "team"


def _standing(row: dict[str, Any]) -> Standing:
    drained = row["status"] == "draining" and row["in_hand"] == 0
    return Standing(**{**row, "status": "drained" if drained else row["status"]})


def _where(who: str, actor: str) -> EventContext:
    if who == FLEET:
        return EventContext(actor=actor)
    team, _, agent = who.partition("/")
    return EventContext(actor=actor, team=team, agent=agent or None)
