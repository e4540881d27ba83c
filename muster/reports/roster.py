"""The roster: every agent with who answers for it, what it may do and spend, and what it did lately."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import polars as pl
import psycopg
from psycopg.rows import dict_row

from muster.analysis.activity import KINDS, agent_activity
from muster.core.settings import Settings
from muster.ledger.reader import LedgerReader
from muster.ledger.snapshot import snapshot
from muster.ledger.sql import load
from muster.models.governance import ModelTableFile
from muster.reports.roster_line import Drawn, Halt, Office, Purse, RosterLine, roster_line
from muster.teams.manifest_model import TeamManifest
from muster.teams.standard_file import StandardFile

LATELY: Final = timedelta(hours=24)

_Connection = psycopg.Connection[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody at work, as of one moment."""

    at: datetime
    lines: list[RosterLine]
    """By team and name, each team's coordinator first."""
    activity: pl.DataFrame
    """`Activity` of the last 24 hours."""
    fleet: Purse
    """What all agents together may spend today."""
    fleet_halt: Halt | None


def read_roster(settings: Settings, url: str) -> Roster:
    """The roster as the database at `url` has it now.

    Raises:
        LedgerUnavailableError: the database cannot be reached.
        NotMigratedError: it holds no ledger.
        ModelTableError, StandardError: the company's model table or standard cannot be used.
    """
    at = datetime.now(UTC)
    policies = settings.policies_dir
    standard = StandardFile.of(settings).current()
    with snapshot(url, dict_row) as connection:
        teams = _rows(connection, "roster_teams")
        manifests = [TeamManifest.model_validate(row["manifest"]) for row in teams]
        halted = [*_rows(connection, "roster_halts"), *(row for row in teams if row["status"] != "active")]
        office = Office(
            standard=standard,
            models=ModelTableFile(policies / "models.yaml").current(),
            halts={row["who"]: Halt(row["who"], row["status"], row["reason"]) for row in halted},
            phases={row["agent"]: row["phase"] for row in _rows(connection, "roster_phases")},
            prompts=_prompts(connection, manifests),
            drawn=_drawn(connection, manifests, at),
        )
    lines = [
        roster_line(manifest, row["version"], agent, office)
        for row, manifest in zip(teams, manifests, strict=True)
        for agent in sorted(manifest.agents, key=lambda one: (one.name != manifest.coordinator, one.name))
    ]
    events = LedgerReader.of(settings, url).scan(kinds=KINDS, since=at - LATELY)
    limits = standard.fleet
    return Roster(
        at,
        lines,
        agent_activity(events, at - LATELY).collect(engine="streaming"),
        office.purse("fleet", limits.usd_per_day, limits.model_calls_per_day),
        office.halts.get("fleet"),
    )


def _prompts(connection: _Connection, manifests: Sequence[TeamManifest]) -> dict[str, dict[str, int]]:
    """Versions in force by `team/agent` and transaction type."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    statement = load("muster.teams", "prompts_in_force")
    for manifest in manifests:
        for row in connection.execute(statement, {"team": manifest.team}):
            found[row["agent"]][row["transaction_type"]] = row["version"]
    return dict(found)


def _drawn(connection: _Connection, manifests: Sequence[TeamManifest], at: datetime) -> dict[str, Drawn]:
    """What was drawn today on the budgets of agents, teams and all together."""
    scopes = ["fleet"]
    for manifest in manifests:
        scopes.append(f"team:{manifest.team}")
        scopes += [f"agent:{manifest.team}/{agent.name}" for agent in manifest.agents]
    rows = connection.execute(
        load("muster.reports", "roster_budgets"), {"scopes": scopes, "day": at.date().isoformat()}
    )
    return {row["scope"]: Drawn(row["spent_usd"] + row["reserved_usd"], row["calls"]) for row in rows}


def _rows(connection: _Connection, statement: str) -> list[dict[str, Any]]:
    return connection.execute(load("muster.reports", statement)).fetchall()
