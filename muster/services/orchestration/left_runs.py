"""Runs that a killed runner left behind: they get the state they are in, or are due again."""

import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas import FlowRun, State
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Crashed, Scheduled

from muster.services.deployments import ON_DUTY
from muster.services.orchestration.on_duty import STAY_SECONDS

log = logging.getLogger("muster.runner")

_UNDER_WAY = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
_FORGOTTEN_AFTER = timedelta(seconds=3 * STAY_SECONDS)
_KILLED = "the runner was killed"


async def settle_left_runs(
    client: PrefectClient, deployment_ids: Collection[UUID], claim_text: str, ours: Collection[UUID]
) -> None:
    """Runs of ours that nobody executes any more get the state they are in.

    Those a runner began by itself have crashed, as have their task runs: another run takes their place.
    Those that somebody or a schedule asked for are due again.

    Args:
        claim_text: what runners of this identity write when they claim a run.
        ours: runs that are being executed right now.
    """
    which = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=list(deployment_ids)),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_UNDER_WAY)),
    )
    for run in await client.read_flow_runs(flow_run_filter=which):
        if run.id in ours or not (_is_forgotten(run) or await _was_claimed(client, run, claim_text)):
            continue
        log.info("run %s was left by a runner that was killed", run.name)
        await _settle_task_runs(client, run)
        try:
            await client.set_flow_run_state(run.id, _state_of_left(run), force=True)
        except ObjectNotFound:  # deleted meanwhile
            continue


def _state_of_left(run: FlowRun) -> State[Any]:
    if run.state is not None and run.state.is_cancelling():
        return Cancelled()
    if ON_DUTY in run.tags:
        return Crashed(message=f"{_KILLED}; another run takes its place")
    return Scheduled(message=f"{_KILLED} before the run ended")


def _is_forgotten(run: FlowRun) -> bool:
    """Whether its whole host must be gone: runs on duty are renewed long before."""
    began = run.start_time or run.created
    return ON_DUTY in run.tags and began is not None and datetime.now(UTC) - began > _FORGOTTEN_AFTER


async def _was_claimed(client: PrefectClient, run: FlowRun, claim_text: str) -> bool:
    history = await client.read_flow_run_states(run.id)
    claims = [state.message for state in history if state.is_pending()]
    return claims[-1:] == [claim_text]


async def _settle_task_runs(client: PrefectClient, run: FlowRun) -> None:
    left = TaskRunFilter(state=TaskRunFilterState(type=TaskRunFilterStateType(any_=_UNDER_WAY)))
    of_run = FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))
    for task_run in await client.read_task_runs(flow_run_filter=of_run, task_run_filter=left):
        crashed: State[Any] = Crashed(message=f"{_KILLED}; its work goes on in another run")
        await client.set_task_run_state(task_run.id, crashed, force=True)
