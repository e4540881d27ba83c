"""The teams at work: the active version of each, and the ones before it."""

from dataclasses import dataclass

from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from muster.teams.errors import TeamUnknownError
from muster.teams.manifest_model import TeamManifest

_MANIFESTS_KEPT = 256


@dataclass(frozen=True, slots=True)
class DeployedTeam:
    """A team version as it was deployed."""

    manifest: TeamManifest
    version: int


_manifests: dict[tuple[str, int, str], TeamManifest] = {}
"""Versions that were read, by team, version and SHA-256: they never change."""


async def deployed_team(ledger: PostgresLedger, team: str) -> DeployedTeam:
    """The version of `team` that is at work now; cheap enough to ask before every task.

    Raises:
        TeamUnknownError: no such team is deployed.
        LedgerUnavailableError: the database is away.
    """
    rows = await ledger.fetch(load("muster.teams", "active_version"), {"team": team})
    if not rows:
        raise TeamUnknownError(
            f"there is no team {team!r} at work", do=f"deploy it: muster team deploy data/teams/{team}"
        )
    manifest = await _manifest(ledger, team, rows[0]["version"], rows[0]["manifest_sha256"])
    return DeployedTeam(manifest, rows[0]["version"])


async def team_at(ledger: PostgresLedger, team: str, version: int) -> DeployedTeam:
    """One version of `team`, at work or not: a run that began with it goes on with it.

    Raises:
        TeamUnknownError: the team has no such version.
        LedgerUnavailableError: the database is away.
    """
    rows = await ledger.fetch(load("muster.teams", "version_sha256"), {"team": team, "version": version})
    if not rows:
        raise TeamUnknownError(f"there is no version {version} of team {team!r}", do="see: muster team list")
    return DeployedTeam(await _manifest(ledger, team, version, rows[0]["manifest_sha256"]), version)


async def _manifest(ledger: PostgresLedger, team: str, version: int, sha256: str) -> TeamManifest:
    known = _manifests.get((team, version, sha256))
    if known is not None:
        return known
    rows = await ledger.fetch(load("muster.teams", "manifest_of_version"), {"team": team, "version": version})
    if len(_manifests) >= _MANIFESTS_KEPT:
        _manifests.clear()
    manifest = _manifests[team, version, sha256] = TeamManifest.model_validate(rows[0]["manifest"])
    return manifest


async def deployed_manifests(ledger: PostgresLedger) -> list[TeamManifest]:
    """The active manifest of every deployed team, by name.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    rows = await ledger.fetch(load("muster.teams", "active_teams"))
    return [TeamManifest.model_validate(row["manifest"]) for row in rows]
