"""Puts a team to work: its manifest and prompts become a new version, in one transaction."""

from dataclasses import dataclass
from pathlib import Path

from psycopg.types.json import Jsonb

from muster.core.canonical import canonical_json, sha256_hex
from muster.ledger.events import EventContext, PromptAdded, TeamDeployed
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.sql import load
from muster.teams.manifest import load_manifest


@dataclass(frozen=True, slots=True)
class TeamDeployment:
    """What a deployment did."""

    team: str
    version: int
    changed: bool
    """False when this very version was at work already."""
    new_prompts: tuple[str, ...]
    """`team/agent` of every prompt that got a new version."""


async def deploy_team(ledger: PostgresLedger, folder: Path, actor: str) -> TeamDeployment:
    """Check and register the team in `folder`; deploying the same files again changes nothing.

    Args:
        actor: who deploys, such as `person:jo@example.com`.

    Raises:
        ManifestError: the manifest or a prompt is wrong; nothing was changed.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    manifest = load_manifest(folder)
    dump = manifest.model_dump(mode="json")
    digest = sha256_hex(canonical_json(dump))
    where = EventContext(actor=actor, team=manifest.team)
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(load("muster.teams", "lock_team"), {"team": manifest.team})
        added = []
        for agent in manifest.agents:
            text = (folder / agent.prompt).read_text(encoding="utf-8")
            if await _add_prompt(transaction, where, f"{manifest.team}/{agent.name}", text):
                added.append(f"{manifest.team}/{agent.name}")
        cursor = await transaction.connection.execute(
            load("muster.teams", "newest_version"), {"team": manifest.team}
        )
        newest = await cursor.fetchone()
        if newest is not None and newest["manifest_sha256"] == digest:
            return TeamDeployment(manifest.team, newest["version"], bool(added), tuple(added))
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
    return TeamDeployment(manifest.team, version, True, tuple(added))


async def _add_prompt(transaction: LedgerTransaction, where: EventContext, agent: str, text: str) -> bool:
    digest = sha256_hex(text.encode())
    cursor = await transaction.connection.execute(
        load("muster.teams", "insert_prompt"),
        {"agent": agent, "text": text, "sha256": digest, "created_at": transaction.now},
    )
    row = await cursor.fetchone()
    if row is None:
        return False
    added = PromptAdded(prompt_of=agent, version=row["version"], sha256=digest, text=text)
    await transaction.append(added, where)
    return True
