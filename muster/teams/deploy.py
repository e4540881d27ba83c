"""Puts a team to work: its manifest and prompts become a new version, in one transaction."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg.types.json import Jsonb

from muster.core.canonical import canonical_json, sha256_hex
from muster.ledger.events import EventContext, TeamDeployed
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.sql import load
from muster.teams.manifest import load_manifest, load_prompts_by_type
from muster.teams.manifest_model import TeamManifest
from muster.teams.prompt_deploy import HeldBack, PromptChanges, deploy_prompts
from muster.teams.prompt_register import lock_team

if TYPE_CHECKING:
    from muster.teams.company_rules import CompanyRules


@dataclass(frozen=True, slots=True)
class TeamDeployment:
    """What a deployment did."""

    team: str
    version: int
    changed: bool
    """False when these very files were at work already."""
    new_prompts: tuple[str, ...]
    """`team/agent` (and ` for <transaction type>`) of every prompt that came into force."""
    withdrawn_prompts: tuple[str, ...] = ()
    """Prompts of transaction types the manifest does not name any more."""
    held_back: tuple[HeldBack, ...] = field(default=())
    """Prompts of which another version stays in force, because a person put it there."""


async def deploy_team(
    ledger: PostgresLedger, folder: Path, actor: str, *, rules: "CompanyRules | None" = None
) -> TeamDeployment:
    """Check and register the team in `folder`; deploying the same files again changes nothing.

    A prompt whose file changed gets a new version, which comes into force unless a person put a later one in
    force than the files had given: that one stays, and `held_back` says so.

    Args:
        actor: who deploys, such as `person:jo@example.com`.
        rules: what the manifest is held against beside itself; only the standard's defaults when None.

    Raises:
        ManifestError: the manifest or a prompt is wrong; nothing was changed.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    manifest = load_manifest(folder) if rules is None else rules.manifest(folder)
    texts = load_prompts_by_type(folder, manifest)
    where = EventContext(actor=actor, team=manifest.team)
    async with ledger.transaction() as transaction:
        await lock_team(transaction, manifest.team)
        prompts = await deploy_prompts(transaction, where, manifest.team, texts)
        version, is_new = await _register(transaction, where, manifest)
    return _deployment(manifest.team, version, is_new, prompts)


async def _register(
    transaction: LedgerTransaction, where: EventContext, manifest: TeamManifest
) -> tuple[int, bool]:
    """The manifest's version, and whether it is a new one."""
    dump = manifest.model_dump(mode="json")
    digest = sha256_hex(canonical_json(dump))
    cursor = await transaction.connection.execute(
        load("muster.teams", "newest_version"), {"team": manifest.team}
    )
    newest = await cursor.fetchone()
    if newest is not None and newest["manifest_sha256"] == digest:
        return newest["version"], False
    version = 1 if newest is None else newest["version"] + 1
    await transaction.connection.execute(
        load("muster.teams", "insert_version"),
        {
            "team": manifest.team,
            "version": version,
            "manifest": Jsonb(dump),
            "manifest_sha256": digest,
            "deployed_at": transaction.now,
        },
    )
    deployed = TeamDeployed(
        version=version,
        manifest_sha256=digest,
        agents=[agent.name for agent in manifest.agents],
        manifest=dump,
    )
    await transaction.append(deployed, where)
    return version, True


def _deployment(team: str, version: int, is_new: bool, prompts: PromptChanges) -> TeamDeployment:
    return TeamDeployment(
        team=team,
        version=version,
        changed=is_new or prompts.any,
        new_prompts=tuple(prompts.activated),
        withdrawn_prompts=tuple(prompts.withdrawn),
        held_back=tuple(prompts.held_back),
    )
