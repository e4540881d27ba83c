"""The teams at work: the active version of each, with its prompts."""

from dataclasses import dataclass

from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from muster.teams.briefing import Prompt
from muster.teams.errors import TeamUnknownError
from muster.teams.manifest_model import TeamManifest


@dataclass(frozen=True, slots=True)
class DeployedTeam:
    """A team version as it was deployed."""

    manifest: TeamManifest
    version: int
    prompts: dict[str, Prompt]
    """By agent name."""


async def deployed_team(ledger: PostgresLedger, team: str) -> DeployedTeam:
    """The active version of `team` with the newest version of each agent's prompt.

    Raises:
        TeamUnknownError: no such team is deployed.
        LedgerUnavailableError: the database is away.
    """
    rows = await ledger.fetch(load("muster.teams", "active_team"), {"team": team})
    if not rows:
        raise TeamUnknownError(
            f"there is no team {team!r} at work", do=f"deploy it: muster team deploy data/teams/{team}"
        )
    manifest = TeamManifest.model_validate(rows[0]["manifest"])
    prompts = await ledger.fetch(load("muster.teams", "newest_prompts"), {"team": team})
    by_agent = {row["agent"].partition("/")[2]: Prompt(row["version"], row["text"]) for row in prompts}
    return DeployedTeam(manifest, rows[0]["version"], by_agent)


async def deployed_manifests(ledger: PostgresLedger) -> list[TeamManifest]:
    """The active manifest of every deployed team, by name.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    rows = await ledger.fetch(load("muster.teams", "active_teams"))
    return [TeamManifest.model_validate(row["manifest"]) for row in rows]
