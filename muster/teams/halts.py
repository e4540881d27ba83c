"""What a halt means for a run: a budget that is out is a person's matter, any other halt is waited out."""

from typing import NoReturn

from muster.ledger.errors import AgentPausedError
from muster.ledger.pauses import FLEET, pauses
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from muster.teams.errors import ParkedError, PersonNeededError

_BUDGET_OUT = "budget_out"


async def stop_for(error: AgentPausedError, ledger: PostgresLedger) -> NoReturn:
    """Leave the run because an intent was refused.

    Raises:
        PersonNeededError: a day's budget is out.
        ParkedError: a person halted the agent, its team or the fleet.
        LedgerUnavailableError: the database is away.
    """
    reasons = await _halted(ledger)
    _stop(error.who, reasons.get(error.who, "it was halted a moment ago"))


async def stop_if_halted(ledger: PostgresLedger, team: str, agent: str) -> None:
    """Returns when nobody the agent depends on is halted.

    Raises:
        PersonNeededError: a day's budget is out.
        ParkedError: a person halted the agent, its team or the fleet.
        LedgerUnavailableError: the database is away.
    """
    reasons = await _halted(ledger)
    for who in (FLEET, team, f"{team}/{agent}"):
        if who in reasons:
            _stop(who, reasons[who])


async def stop_if_draining(ledger: PostgresLedger, team: str, agent: str) -> None:
    """Returns when new work may reach the agent.

    Raises:
        ParkedError: it takes nothing new.
        LedgerUnavailableError: the database is away.
    """
    who = f"{team}/{agent}"
    for row in await ledger.fetch(load("muster.teams", "draining"), {"agent": who}):
        raise ParkedError(who, row["reason"] or "it takes nothing new")


async def _halted(ledger: PostgresLedger) -> dict[str, str]:
    return {halt.who: halt.reason or "no reason was given" for halt in await pauses(ledger)}


def _stop(who: str, reason: str) -> NoReturn:
    if reason == _BUDGET_OUT:
        raise PersonNeededError("budget_out", f"the day's budget of {who} is out")
    raise ParkedError(who, reason)
