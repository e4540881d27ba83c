"""Puts the stations together: the one place that knows which part talks to which."""

import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from muster.core.settings import Settings
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
    from muster.teams.run import Workbench
    from muster.teams.spending import load_fleet_limits
    from muster.teams.standard import Standard
    from muster.teams.tools import GatewayTools

    client = ClaudeClient.from_settings(settings)
    try:
        async with open_ledger(settings, pool_size=8) as ledger:
            tools = GatewayTools(ledger, settings.gateway_url)
            try:
                yield Workbench(
                    ledger=ledger,
                    door=ModelDoor(ledger, ModelTableFile(settings.policies_dir / "models.yaml"), client),
                    tools=tools,
                    standard=Standard(fleet=load_fleet_limits(settings.policies_dir / "budgets.yaml")),
                    chance=random.Random(),  # noqa: S311 jitter, not a secret
                )
            finally:
                await tools.close()
    finally:
        await client.close()


async def put_to_work(settings: Settings, folder: Path) -> TeamDeployment:
    """Register the team in `folder` and, where Prefect runs, its deployment.

    Raises:
        ManifestError: its files are wrong; nothing was changed.
        LedgerUnavailableError: the database cannot be reached; nothing was changed.
        PrefectAwayError: the team is registered, but Prefect could not be told its schedule.
    """
    async with open_ledger(settings) as ledger:
        deployment = await deploy_team(ledger, folder, OPERATOR)
        manifests = await deployed_manifests(ledger)
    shifts = [shift_flow(manifest) for manifest in manifests if manifest.team == deployment.team]
    await register_flows(settings, shifts)
    return deployment


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
    """The deployment that makes a team work."""
    return Deployment(
        "flows/team_shift.py:team_shift",
        manifest.team,
        every_seconds=manifest.shift.every_seconds,
        parameters={"team": manifest.team},
        tags=("shift", manifest.team),
        concurrency_limit=1,
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
    Deployment("flows/tidy_mirror.py:tidy_mirror", "nightly", cron="40 0 * * *", tags=("ledger",)),
    Deployment("flows/kpi_rollup.py:kpi_rollup", "nightly", cron="20 0 * * *", tags=("figures",)),
    Deployment("flows/weekly_review.py:weekly_review", "weekly", cron="0 6 * * 1", tags=("figures",)),
)
"""What runs beside the teams' shifts."""
