"""Who may not act: paused by a person or by a budget that is out, resumed by a person or by a new day."""

from dataclasses import dataclass
from datetime import datetime

from muster.ledger.errors import NothingPausedError
from muster.ledger.events import AgentPaused, AgentResumed, EventContext
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load


@dataclass(frozen=True, slots=True)
class Pause:
    """Somebody who may not act."""

    who: str
    """An agent as `team/agent`, or a whole team."""
    reason: str | None
    paused_until: datetime | None
    """None: until a person resumes it."""


async def pauses(ledger: PostgresLedger) -> list[Pause]:
    """Everybody who is paused, in order of name; one whose time is over is among them until it is resumed.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    return [Pause(**row) for row in await ledger.fetch(load("muster.ledger", "pauses"))]


async def pause(
    ledger: PostgresLedger, who: str, reason: str, actor: str, until: datetime | None = None
) -> None:
    """Halt an agent (`team/agent`) or a team at its next intent, in the middle of a run too.

    Raises:
        NothingPausedError: there is no such team.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    async with ledger.transaction() as transaction:
        cursor = await transaction.connection.execute(
            load("muster.ledger", "pause_agent" if "/" in who else "pause_team"),
            {"who": who, "reason": reason, "until": until},
        )
        if await cursor.fetchone() is None:
            raise NothingPausedError(f"there is no team {who}", do="see: muster team list")
        event = AgentPaused(who=who, reason=reason, paused_until=until)
        await transaction.append(event, _where(who, actor))


async def resume(ledger: PostgresLedger, who: str, reason: str, actor: str) -> None:
    """Let an agent or a team act again.

    Raises:
        NothingPausedError: it is not paused.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    async with ledger.transaction() as transaction:
        cursor = await transaction.connection.execute(
            load("muster.ledger", "resume_agent" if "/" in who else "resume_team"), {"who": who}
        )
        if await cursor.fetchone() is None:
            raise NothingPausedError(f"{who} is not paused", do="see: muster agent list")
        await transaction.append(AgentResumed(who=who, reason=reason), _where(who, actor))


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


def _where(who: str, actor: str) -> EventContext:
    team, _, agent = who.partition("/")
    return EventContext(actor=actor, team=team, agent=agent or None)
