"""One warm process that executes the deployments' runs: nothing is started and nothing imported for a run.

A run is claimed by moving it to Pending, which Prefect grants to one runner only and within the deployment's
concurrency limit. It then runs in Prefect's own engine, so pages, retries, logs, cancellation are as usual.
Of deployments that are always on the runner begins runs by itself and keeps them alive.
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
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.states import Cancelled, Crashed, Pending, Scheduled

from muster.services.deployments import ON_DUTY, always_on
from muster.services.errors import PrefectAwayError, UnknownFlowError
from muster.services.orchestration.attempt import Attempt
from muster.services.orchestration.connection import prefect_client
from muster.services.orchestration.deploying import load_flow, our_deployments
from muster.services.orchestration.left_runs import settle_left_runs
from muster.services.orchestration.missed import is_due, missed_runs
from muster.services.orchestration.on_duty import OnDuty, Wanted

log = logging.getLogger("muster.runner")

POLL_SECONDS = 0.3
_DEPLOYMENTS_SECONDS = 2.0
"""Between looks for new deployments."""
_CANCELLED_SECONDS = 1.0
"""Between looks for runs that were cancelled."""
_LEFT_SECONDS = 900.0
"""Between looks for runs that nobody executes any more."""
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
        on_duty: OnDuty | None = None,
    ) -> None:
        """
        Args:
            identity: the same for every process that takes this one's place; it takes over its runs.
            at_once: runs executed at the same moment, those on duty not counted.
            drain_seconds: how long runs may go on after `stop`; the rest is handed back to Prefect as due.
            beat: called at every look for work once the server was reached, as a sign of life.
            on_duty: the always-on runs of this host.
        """
        self._claim_text = f"claimed by {identity}"
        self._at_once = at_once
        self._drain_seconds = drain_seconds
        self._load = load
        self._beat = beat
        self._on_duty = on_duty or OnDuty()
        self._flows: dict[UUID, Flow[..., Any]] = {}
        self._refused: set[UUID] = set()
        self._looked_at = float("-inf")
        self._renewed_at = float("-inf")
        self._cancelled_at = float("-inf")
        self._settled_at = float("-inf")
        self._next_due_at: datetime | None = None
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
        await self._settle_left(client)
        await self._fill_posts(client)
        self._next_due_at = None
        if not self._flows or self._is_full:
            return
        now = datetime.now(UTC)
        runs = await client.get_scheduled_flow_runs_for_deployments(
            list(self._flows), scheduled_before=now + _LOOK_AHEAD
        )
        missed = missed_runs(runs, now)
        for run in missed:  # nobody worked on them: as records they would only pile up
            with suppress(ObjectNotFound):
                await client.delete_flow_run(run.id)
        if missed:
            log.info("%d runs whose time was missed are left out; later ones do their work", len(missed))
        missed_ids = {run.id for run in missed}
        for run in runs:
            if is_due(run, now) and run.id not in missed_ids and not self._is_full:
                await self._claim(client, run)
        later = [run.next_scheduled_start_time for run in runs if not is_due(run, now)]
        self._next_due_at = min((at for at in later if at is not None), default=None)

    @property
    def _is_full(self) -> bool:
        return sum(not attempt.on_duty for attempt in self._attempts.values()) >= self._at_once

    async def _fill_posts(self, client: PrefectClient) -> None:
        """Begins what has to be always on and is not."""
        for deployment_id, stay_seconds in self._on_duty.due():
            claimed: State[Any] = Pending(message=self._claim_text)
            run = await client.create_flow_run_from_deployment(
                deployment_id, parameters={"stay_seconds": stay_seconds}, state=claimed, tags=[ON_DUTY]
            )
            self._on_duty.began(deployment_id, run.id)
            self._begin(run, self._flows[deployment_id])

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
        self._begin(run, self._flows[run.deployment_id])

    def _begin(self, run: FlowRun, flow: Flow[..., Any]) -> None:
        attempt = self._attempts[run.id] = Attempt(flow, run)
        attempt.start(self._outer.copy(), self._ended)

    def _ended(self, attempt: Attempt) -> None:
        del self._attempts[attempt.run_id]
        self._on_duty.ended(attempt.run_id, well=attempt.ended_well)
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
        if not self._attempts or time.monotonic() - self._cancelled_at < _CANCELLED_SECONDS:
            return
        self._cancelled_at = time.monotonic()
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
        wanted = {
            each.id: Wanted(always_on(each.tags), each.version)
            for each in deployments
            if each.id in self._flows and not each.paused and not self._stopping.is_set()
        }
        for run_id in self._on_duty.adjust(wanted):
            if run_id in self._attempts:
                self._attempts[run_id].leaving.tell()
        self._looked_at = time.monotonic()

    async def _take_over(self, client: PrefectClient) -> None:
        """Runs claimed by a process of this identity that was killed do not stay as it left them."""
        if self._taken_over:
            return
        await self._look_for_deployments(client)
        await self._settle_left(client)
        self._taken_over = True
        log.info("at work on %d deployments", len(self._flows))

    async def _settle_left(self, client: PrefectClient) -> None:
        if time.monotonic() - self._settled_at < _LEFT_SECONDS:
            return
        await settle_left_runs(client, self._flows, self._claim_text, self._attempts)
        self._settled_at = time.monotonic()

    async def _drain(self) -> None:
        attempts = list(self._attempts.values())
        if attempts:
            log.info("stopping; %d runs under way are given %g s", len(attempts), self._drain_seconds)
            for attempt in attempts:
                attempt.leaving.tell()
            await asyncio.wait([attempt.task for attempt in attempts], timeout=self._drain_seconds)
        for attempt in list(self._attempts.values()):
            again = Crashed if attempt.on_duty else Scheduled
            attempt.cancel(again(message=_STOPPED))
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
            await asyncio.wait_for(self._stopping.wait(), self._until_next_look())

    def _until_next_look(self) -> float:
        """Seconds; a scheduled run does not wait for the next look once its time is known."""
        if self._next_due_at is None:
            return POLL_SECONDS
        until_due = (self._next_due_at - datetime.now(UTC)).total_seconds()
        return min(POLL_SECONDS, max(until_due, 0.0))
