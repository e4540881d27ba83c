"""Flows registered with Prefect, and runs of them started and awaited."""

import asyncio
import importlib
import pkgutil
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas import State
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.exceptions import ObjectNotFound
from prefect.utilities.callables import parameter_schema

from muster.core.settings import PROJECT_ROOT
from muster.services.deployments import TAG, Deployment
from muster.services.errors import UnknownDeploymentError, UnknownFlowError
from muster.services.orchestration.connection import prefect_client

_POLL_SECONDS = 0.5
_PAGE = 200


def load_flow(entrypoint: str) -> Flow[..., Any]:
    """The flow behind `flows/<file>.py:<function>`; nothing outside the folder `flows` is ever loaded.

    Raises:
        UnknownFlowError: it names no flow of ours.
    """
    path, _, function = entrypoint.partition(":")
    parts = PurePosixPath(path).with_suffix("").parts
    if len(parts) != 2 or parts[0] != "flows" or not all(part.isidentifier() for part in (*parts, function)):
        raise UnknownFlowError(f"{entrypoint!r} is not of the form flows/<file>.py:<function>")
    try:
        flow = getattr(importlib.import_module(".".join(parts)), function)
    except (ImportError, SyntaxError, AttributeError) as error:
        raise UnknownFlowError(f"the flow {entrypoint!r} cannot be loaded: {error}") from error
    if not isinstance(flow, Flow) or not flow.isasync:
        raise UnknownFlowError(f"{entrypoint!r} is not an async flow", do="write it as `@flow async def`")
    return flow


def preload_flows() -> None:
    """Imports every flow now, so that the first run of each does not wait for it."""
    for module in pkgutil.iter_modules(importlib.import_module("flows").__path__):
        with suppress(ImportError, SyntaxError):  # said when a deployment of it is looked for
            importlib.import_module(f"flows.{module.name}")


async def deploy(
    deployments: Iterable[Deployment],
    *,
    retire_others: bool = False,
    load: Callable[[str], Flow[..., Any]] = load_flow,
) -> list[UUID]:
    """The deployments' ids in Prefect.

    One that is registered as it is stays untouched, paused schedules too; so does one given to a work pool.

    Args:
        retire_others: take away deployments of ours that are not in the list (their runs stay).

    Raises:
        PrefectAwayError: the server does not answer.
        UnknownFlowError: a deployment names no flow of ours.
    """
    wanted = list(deployments)
    async with prefect_client() as client:
        ids = [await _register(client, deployment, load(deployment.flow)) for deployment in wanted]
        if retire_others:
            for known in await our_deployments(client):
                if known.id not in ids:
                    await client.delete_deployment(known.id)
    return ids


async def run_now(name: str, parameters: Mapping[str, Any] | None = None) -> UUID:
    """The id of a new run, which a runner takes up within a second.

    Args:
        name: `flow/deployment`, such as `team-shift/support`.
        parameters: in place of the deployment's own of the same name.

    Raises:
        PrefectAwayError: the server does not answer.
        UnknownDeploymentError: no deployment has that name.
    """
    async with prefect_client() as client:
        try:
            deployment = await client.read_deployment_by_name(name)
        except ObjectNotFound:
            raise UnknownDeploymentError(
                f"there is no deployment {name!r}", do="`muster team deploy PATH` registers a team's"
            ) from None
        run = await client.create_flow_run_from_deployment(deployment.id, parameters=dict(parameters or {}))
    return run.id


async def wait(flow_run_id: UUID, *, seconds: float | None = None) -> State[Any]:
    """The state a run ended in; its present one when the time is over first.

    Raises:
        PrefectAwayError: the server does not answer.
    """
    deadline = time.monotonic() + seconds if seconds is not None else float("inf")
    async with prefect_client() as client:
        while True:
            state = (await client.read_flow_run(flow_run_id)).state
            if state is not None and (state.is_final() or time.monotonic() >= deadline):
                return state
            await asyncio.sleep(_POLL_SECONDS)


async def our_deployments(client: PrefectClient) -> list[DeploymentResponse]:
    """Every deployment with our tag that no work pool serves."""
    ours = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
    found: list[DeploymentResponse] = []
    while True:
        page = await client.read_deployments(deployment_filter=ours, limit=_PAGE, offset=len(found))
        found += page
        if len(page) < _PAGE:
            return [deployment for deployment in found if deployment.work_pool_name is None]


async def _register(client: PrefectClient, deployment: Deployment, flow: Flow[..., Any]) -> UUID:
    try:
        known = await client.read_deployment_by_name(f"{flow.name}/{deployment.name}")
    except ObjectNotFound:
        pass
    else:
        if known.version == deployment.version or known.work_pool_name is not None:
            return known.id
    return await client.create_deployment(
        flow_id=await client.create_flow_from_name(flow.name),
        name=deployment.name,
        version=deployment.version,
        description=deployment.description or flow.description,
        entrypoint=deployment.flow,
        path=str(PROJECT_ROOT),
        parameters=dict(deployment.parameters),
        parameter_openapi_schema=parameter_schema(flow).model_dump_for_openapi(),
        enforce_parameter_schema=True,
        schedules=_schedules(deployment),
        tags=list(deployment.all_tags),
        concurrency_limit=deployment.concurrency_limit,
        paused=False,
    )


def _schedules(deployment: Deployment) -> list[DeploymentScheduleCreate]:
    schedules: list[DeploymentScheduleCreate] = []
    if deployment.every_seconds is not None:
        every = IntervalSchedule(interval=timedelta(seconds=deployment.every_seconds))
        schedules.append(DeploymentScheduleCreate(schedule=every, active=True, slug="every"))
    if deployment.cron is not None:
        at = CronSchedule(cron=deployment.cron, timezone="UTC")
        schedules.append(DeploymentScheduleCreate(schedule=at, active=True, slug="at"))
    return schedules
