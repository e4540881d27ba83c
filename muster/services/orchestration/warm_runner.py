"""One warm process that executes the deployments' runs: nothing is started and nothing imported for a run.

A run is claimed by moving it to Pending, which Prefect grants to one runner only and within the deployment's
concurrency limit. It then runs in Prefect's own engine, so pages, retries, logs, cancellation are as usual.
"""

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas import FlowRun, OrchestrationResult, State
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.states import Cancelled, Pending, Scheduled

from muster.services.errors import PrefectAwayError, UnknownFlowError
from muster.services.orchestration.attempt import Attempt
from muster.services.orchestration.connection import prefect_client
from muster.services.orchestration.deploying import load_flow, our_deployments
from muster.services.orchestration.missed import is_due, missed_runs

log = logging.getLogger("muster.runner")

POLL_SECONDS = 0.5
_DEPLOYMENTS_SECONDS = 5.0
"""Between looks for new deployments."""
_LOOK_AHEAD = timedelta(seconds=10)
_TURN_SECONDS = 300.0
_RENEW_SECONDS = 60.0
_GONE = 410
_FIRST_ANSWER_SECONDS = 60.0
"""A server that is being started beside the runner may take so long."""
_STOPPED = "the runner stopped before the run ended"


class WarmRunner:
    """Takes up due runs of our deployments until told to stop."""

    def __init__(
        self,
        identity: str,
        *,
        at_once: int = 16,
        drain_seconds: float = 20.0,
        load: Callable[[str], Flow[..., Any]] = load_flow,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            identity: the same for every process that takes this one's place; it takes over its runs.
            at_once: runs executed at the same moment.
            drain_seconds: how long runs may go on after `stop`; the rest is handed back to Prefect as due.
            beat: called at every look for work once the server was reached, as a sign of life.
        """
        self._claim_text = f"claimed by {identity}"
        self._at_once = at_once
        self._drain_seconds = drain_seconds
        self._load = load
        self._beat = beat
        self._flows: dict[UUID, Flow[..., Any]] = {}
        self._refused: set[UUID] = set()
        self._looked_at = float("-inf")
        self._renewed_at = float("-inf")
        self._attempts: dict[UUID, Attempt] = {}
        self._untold: dict[UUID, State[Any]] = {}
        self._stopping = asyncio.Event()
        self._taken_over = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._outer = contextvars.copy_context()

    def stop(self) -> None:
        """No run is taken up any more; `serve` returns when those under way have ended or time is up.

        May be called from any thread and from a signal handler.
        """
        if self._loop is None:
            self._stopping.set()
        else:
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def serve(self) -> None:
        """Returns after `stop`. The server going away is waited out, however long it takes."""
        self._loop = asyncio.get_running_loop()
        away = False
        patient_until = time.monotonic() + _FIRST_ANSWER_SECONDS
        while not self._stopping.is_set():
            try:
                async with prefect_client(retries=0) as client:
                    await self._take_over(client)
                    while not self._stopping.is_set():
                        await self._round(client)
                        if away:
                            log.info("the Prefect server is back; %d runs under way", len(self._attempts))
                            away = False
                        await self._pause()
            except PrefectAwayError as error:
                if not away and (self._taken_over or time.monotonic() > patient_until):
                    away = True
                    log.warning("%s; runs under way go on, new ones wait until it is back", error)
                await self._pause()
        await self._drain()

    async def _round(self, client: PrefectClient) -> None:
        await self._tell(client)
        await self._cancel_what_was_cancelled(client)
        await self._renew_turns(client)
        await self._look_for_deployments(client)
        if not self._flows or len(self._attempts) >= self._at_once:
            return
        now = datetime.now(UTC)
        runs = await client.get_scheduled_flow_runs_for_deployments(
            list(self._flows), scheduled_before=now + _LOOK_AHEAD
        )
        missed = missed_runs(runs, now)
        for run in missed:
            superseded: State[Any] = Cancelled(message="a later run of the same schedule does its work")
            await client.set_flow_run_state(run.id, superseded)
        missed_ids = {run.id for run in missed}
        for run in runs:
            if len(self._attempts) < self._at_once and is_due(run, now) and run.id not in missed_ids:
                await self._claim(client, run)

    async def _claim(self, client: PrefectClient, run: FlowRun) -> None:
        if run.id in self._attempts or run.deployment_id is None:
            return
        try:
            answer: OrchestrationResult[Any] = await client.set_flow_run_state(
                run.id, Pending(message=self._claim_text)
            )
        except ObjectNotFound:  # deleted meanwhile
            return
        if answer.state is None or not answer.state.is_pending():
            return  # another runner's, or its deployment has as many runs under way as it may
        run.state = answer.state
        attempt = Attempt(self._flows[run.deployment_id], run)
        self._attempts[run.id] = attempt
        attempt.start(self._outer.copy(), self._ended)

    def _ended(self, attempt: Attempt) -> None:
        del self._attempts[attempt.run_id]
        if attempt.untold is not None:
            self._untold[attempt.run_id] = attempt.untold

    async def _tell(self, client: PrefectClient) -> None:
        """Prefect learns how runs ended that ended while it was away."""
        for run_id, state in list(self._untold.items()):
            try:
                known = await client.read_flow_run(run_id)
                if known.state is None or not known.state.is_final():
                    await client.set_flow_run_state(run_id, state, force=True)
            except ObjectNotFound:
                pass
            del self._untold[run_id]

    async def _cancel_what_was_cancelled(self, client: PrefectClient) -> None:
        if not self._attempts:
            return
        stopped = FlowRunFilterStateType(any_=[StateType.CANCELLING, StateType.CANCELLED])
        mine = FlowRunFilterId(any_=list(self._attempts))
        which = FlowRunFilter(id=mine, state=FlowRunFilterState(type=stopped))
        for run in await client.read_flow_runs(flow_run_filter=which):
            attempt = self._attempts.get(run.id)
            if attempt is not None:
                log.info("run %s was cancelled", run.name)
                attempt.cancel(Cancelled(message="cancelled on request"))

    async def _renew_turns(self, client: PrefectClient) -> None:
        """Keeps the places that runs under way hold among those their deployments may have at once."""
        if time.monotonic() - self._renewed_at < _RENEW_SECONDS:
            return
        for attempt in list(self._attempts.values()):
            if attempt.turn is None:
                continue
            try:
                await client.renew_concurrency_lease(lease_id=attempt.turn, lease_duration=_TURN_SECONDS)
            except PrefectHTTPStatusError as error:
                if error.response.status_code != _GONE:
                    raise
                attempt.turn = None  # the run has just ended, or the server was away for too long
        self._renewed_at = time.monotonic()

    async def _look_for_deployments(self, client: PrefectClient) -> None:
        if time.monotonic() - self._looked_at < _DEPLOYMENTS_SECONDS:
            return
        deployments = await our_deployments(client)
        for deployment in deployments:
            if deployment.id in self._flows or deployment.id in self._refused:
                continue
            try:
                self._flows[deployment.id] = self._load(deployment.entrypoint or "")
            except UnknownFlowError as error:
                log.error("deployment %s is not served: %s", deployment.name, error)
                self._refused.add(deployment.id)
        known = {deployment.id for deployment in deployments}
        self._flows = {id_: flow for id_, flow in self._flows.items() if id_ in known}
        self._looked_at = time.monotonic()

    async def _take_over(self, client: PrefectClient) -> None:
        """Runs claimed by a process of this identity that was killed are due again."""
        if self._taken_over:
            return
        await self._look_for_deployments(client)
        which = FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=list(self._flows)),
            state=FlowRunFilterState(
                type=FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
            ),
        )
        for run in await client.read_flow_runs(flow_run_filter=which):
            history = await client.read_flow_run_states(run.id)
            claims = [state.message for state in history if state.is_pending()]
            if claims[-1:] != [self._claim_text] or run.state is None:
                continue
            log.info("run %s was left by a runner that was killed", run.name)
            ended: State[Any] = Cancelled() if run.state.is_cancelling() else Scheduled(message=_STOPPED)
            await client.set_flow_run_state(run.id, ended, force=True)
        self._taken_over = True
        log.info("at work on %d deployments", len(self._flows))

    async def _drain(self) -> None:
        attempts = list(self._attempts.values())
        if attempts:
            log.info("stopping; %d runs under way are given %g s", len(attempts), self._drain_seconds)
            await asyncio.wait([attempt.task for attempt in attempts], timeout=self._drain_seconds)
        for attempt in list(self._attempts.values()):
            attempt.cancel(Scheduled(message=_STOPPED))
            await asyncio.wait([attempt.task], timeout=5)
        try:
            async with prefect_client(retries=0) as client:
                await self._tell(client)
        except PrefectAwayError as error:
            log.warning("%s; the next start takes these runs up: %d", error, len(self._untold))

    async def _pause(self) -> None:
        if self._taken_over:
            self._beat()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), POLL_SECONDS)
