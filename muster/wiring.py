"""Puts the stations together: the one place that knows which part talks to which."""

import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from muster.core.settings import Settings
from muster.ledger.policies import PolicyRegister
from muster.ledger.postgres import PostgresLedger
from muster.services.database import database_url
from muster.services.deployments import Deployment
from muster.services.prefect_server import point_client_at
from muster.teams.deploy import TeamDeployment, deploy_team
from muster.teams.manifest_model import TeamManifest
from muster.teams.roster import deployed_manifests

if TYPE_CHECKING:
    from muster.teams.run import Workbench

__all__ = ["database_url", "open_ledger", "put_to_work", "teams_at_work", "workbench"]

OPERATOR = "person:operator"
"""Whoever works on the machine itself; people get names of their own with the roles."""


@asynccontextmanager
async def open_ledger(settings: Settings, pool_size: int = 4) -> AsyncIterator[PostgresLedger]:
    """The installation's ledger, closed at the end of the block.

    Raises:
        LedgerUnavailableError: the database cannot be reached.
    """
    ledger = await PostgresLedger.open(database_url(settings), pool_size=pool_size)
    try:
        yield ledger
    finally:
        await ledger.close()


@asynccontextmanager
async def workbench(settings: Settings) -> "AsyncIterator[Workbench]":
    """All that a team needs to work, closed at the end of the block.

    Raises:
        LedgerUnavailableError: the database cannot be reached.
    """
    # only workers need the model SDK, whose import takes seconds
    from muster.models.claude import ClaudeClient
    from muster.models.door import ModelDoor
    from muster.models.governance import ModelTableFile
    from muster.teams.prompts import PromptShelf
    from muster.teams.run import Workbench
    from muster.teams.standard_file import StandardFile
    from muster.teams.tools import GatewayTools

    client = ClaudeClient.from_settings(settings)
    try:
        async with open_ledger(settings, pool_size=8) as ledger:
            tools = GatewayTools(ledger, settings.gateway_url)
            try:
                policies = PolicyRegister(ledger)
                models = ModelTableFile(settings.policies_dir / "models.yaml")
                yield Workbench(
                    ledger=ledger,
                    door=ModelDoor(ledger, models, client, policies=policies),
                    tools=tools,
                    standard=StandardFile.of(settings),
                    policies=policies,
                    prompts=PromptShelf(ledger),
                    chance=random.Random(),  # noqa: S311 jitter, not a secret
                )
            finally:
                await tools.close()
    finally:
        await client.close()


async def put_to_work(settings: Settings, folder: Path, actor: str = OPERATOR) -> TeamDeployment:
    """Register the team in `folder` and, where Prefect runs, its deployment.

    Args:
        actor: who deploys it.

    Raises:
        ManifestError: its files are wrong; nothing was changed.
        LedgerUnavailableError: the database cannot be reached; nothing was changed.
        PrefectAwayError: the team is registered, but Prefect could not be told its schedule.
    """
    from muster.teams.company_rules import CompanyRules, tools_in_registry  # its imports take long

    async with open_ledger(settings) as ledger:
        rules = CompanyRules.of(settings, await tools_in_registry(ledger))
        deployment = await deploy_team(ledger, folder, actor, rules=rules)
        manifests = await deployed_manifests(ledger)
    shifts = [shift_flow(manifest) for manifest in manifests if manifest.team == deployment.team]
    await register_flows(settings, shifts)
    return deployment


async def let_rehearsal_work(settings: Settings) -> None:
    """Give the demo company's agents the phases their manifests name, so that a rehearsal shows whole work.

    Does nothing where Claude answers or the systems are not the demo company's: there an agent begins as a
    co-pilot and is promoted on evidence.

    Raises:
        LedgerUnavailableError: the database cannot be reached.
    """
    if settings.model_source != "rehearsal" or not settings.demo_company:
        return
    # only set-up needs these, whose imports take long
    from muster.teams.autonomy_changes import grant_as_written
    from muster.teams.standard_file import StandardFile

    async with open_ledger(settings, pool_size=1) as ledger:
        await grant_as_written(
            ledger,
            StandardFile.of(settings).current().autonomy.starts_in,
            reason="rehearsal with the demo company: nothing real is at stake",
            actor=OPERATOR,
        )


async def register_flows(settings: Settings, deployments: Iterable[Deployment]) -> None:
    """Tell Prefect what runs when.

    Raises:
        PrefectAwayError: the server does not answer.
    """
    point_client_at(settings)
    from muster.services.orchestration.deploying import deploy  # Prefect reads its settings when imported

    await deploy(deployments)


async def teams_at_work(settings: Settings) -> list[TeamManifest]:
    """The active manifest of every deployed team.

    Raises:
        LedgerUnavailableError: the database cannot be reached.
    """
    async with open_ledger(settings, pool_size=1) as ledger:
        return await deployed_manifests(ledger)


def shift_flow(manifest: TeamManifest) -> Deployment:
    """The deployment that keeps a team at work; it runs on request and by schedule beside that."""
    return Deployment(
        "flows/team_shift.py:team_shift",
        manifest.team,
        every_seconds=manifest.shift.every_seconds,
        parameters={"team": manifest.team},
        tags=("shift", manifest.team),
        always_on=manifest.shift.workers_per_host,
    )


PLATFORM_FLOWS = (
    Deployment(
        "flows/mail_intake.py:mail_intake", "mail", every_seconds=20, tags=("intake",), concurrency_limit=1
    ),
    Deployment(
        "flows/folder_intake.py:folder_intake",
        "folder",
        every_seconds=20,
        tags=("intake",),
        concurrency_limit=1,
    ),
    Deployment(
        "flows/seal_ledger.py:seal_ledger",
        "minutely",
        every_seconds=60,
        tags=("ledger",),
        concurrency_limit=1,
    ),
    Deployment(
        "flows/recover_ledger.py:recover_ledger",
        "often",
        every_seconds=300,
        tags=("ledger",),
        concurrency_limit=1,
    ),
    Deployment(
        "flows/review_autonomy.py:review_autonomy",
        "often",
        every_seconds=300,
        tags=("autonomy",),
        concurrency_limit=1,
    ),
    Deployment(
        "flows/keep_frames.py:keep_frames",
        "often",
        every_seconds=300,
        tags=("figures",),
        concurrency_limit=1,
    ),
    Deployment("flows/tidy_mirror.py:tidy_mirror", "nightly", cron="40 0 * * *", tags=("ledger",)),
    Deployment("flows/kpi_rollup.py:kpi_rollup", "nightly", cron="20 0 * * *", tags=("figures",)),
    Deployment("flows/weekly_review.py:weekly_review", "weekly", cron="0 6 * * 1", tags=("figures",)),
    Deployment("flows/monthly_review.py:monthly_review", "monthly", cron="0 7 1 * *", tags=("figures",)),
)
"""What runs beside the teams' shifts."""
