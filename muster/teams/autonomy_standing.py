"""Where every agent stands: the phase that holds, who decided it, and what the agent has shown there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from muster.gateway.errors import UnknownAgentError
from muster.ledger.events import Phase
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from muster.teams.autonomy import effective_phase
from muster.teams.autonomy_evidence import Evidence, weigh
from muster.teams.autonomy_tasks import TaskRecord, task_records
from muster.teams.roster import deployed_manifests
from muster.teams.standard_rules import Autonomy

Cause = Literal["evidence", "breach", "person"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How much one agent may do alone, and since when."""

    who: str
    """`team/agent`."""
    effective: Phase
    """The phase that holds: the lower of the next two."""
    written: Phase
    """What the manifest lets it do at most."""
    granted: Phase
    """What it was promoted, demoted or set to; the standard's first phase when nobody decided yet."""
    decided: bool
    """Whether there was a decision about it."""
    cause: Cause | None
    reason: str | None
    since: datetime | None
    """When the granted phase began; null when nobody decided yet."""


async def standings(ledger: PostgresLedger, starts_in: Phase) -> list[Standing]:
    """Every deployed agent's standing, by team and agent.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    rows = await ledger.fetch(load("muster.teams", "autonomy_phases"))
    decided = {row["agent"]: row for row in rows}
    found = []
    for manifest in await deployed_manifests(ledger):
        for agent in manifest.agents:
            who = f"{manifest.team}/{agent.name}"
            row = decided.get(who)
            granted: Phase | None = row["phase"] if row else None
            found.append(
                Standing(
                    who=who,
                    effective=effective_phase(agent.phase, granted, starts_in),
                    written=agent.phase,
                    granted=granted or starts_in,
                    decided=row is not None,
                    cause=row["cause"] if row else None,
                    reason=row["reason"] if row else None,
                    since=row["since"] if row else None,
                )
            )
    return sorted(found, key=lambda standing: standing.who)


async def evidence_for(ledger: PostgresLedger, who: str, rules: Autonomy) -> tuple[Standing, Evidence]:
    """Where the agent `who` (team/agent) stands, and what it has shown there.

    Raises:
        UnknownAgentError: no deployed team has the agent.
        LedgerUnavailableError: the database is away.
    """
    standing = await standing_of(ledger, who, rules.starts_in)
    team = who.partition("/")[0]
    return standing, weighed(await task_records(ledger, team), standing, rules)


async def standing_of(ledger: PostgresLedger, who: str, starts_in: Phase) -> Standing:
    """Where the agent `who` (team/agent) stands.

    Raises:
        UnknownAgentError: no deployed team has the agent.
        LedgerUnavailableError: the database is away.
    """
    for standing in await standings(ledger, starts_in):
        if standing.who == who:
            return standing
    raise UnknownAgentError(who)


def weighed(records: Sequence[TaskRecord], standing: Standing, rules: Autonomy) -> Evidence:
    """What the team's records say about the agent in the phase it stands in."""
    agent = standing.who.partition("/")[2]
    return weigh(records, agent, standing.effective, standing.since, rules.breach_window)
