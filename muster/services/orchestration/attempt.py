"""One execution of a run in Prefect's engine, in this process."""

import asyncio
import contextvars
import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from prefect import Flow
from prefect.client.schemas import FlowRun, State
from prefect.exceptions import Abort, Pause
from prefect.flow_engine import AsyncFlowRunEngine
from prefect.states import Completed, Crashed

from muster.services.deployments import ON_DUTY
from muster.services.orchestration.connection import NOT_ANSWERING
from muster.services.orchestration.leaving import Leaving

log = logging.getLogger("muster.runner")


class _Engine(AsyncFlowRunEngine[..., Any]):
    """Prefect's engine, which does not know that a run has a turn among its deployment's.

    It would end a run whose turn it cannot renew because the server is away; the runner renews it instead.
    """

    came_to_its_end = False
    """Whether the flow itself returned, whatever Prefect heard of it."""

    @property
    def state(self) -> State[Any]:
        state = super().state
        state.state_details.deployment_concurrency_lease_id = None
        return state

    async def handle_success(self, result: Any) -> Any:
        self.came_to_its_end = True
        return await super().handle_success(result)


class Attempt:
    """A claimed run under way."""

    def __init__(self, flow: Flow[..., Any], run: FlowRun) -> None:
        self.run_id: UUID = run.id
        self.name = run.name
        self._on_duty = ON_DUTY in run.tags
        self.turn: UUID | None = (
            run.state.state_details.deployment_concurrency_lease_id if run.state else None
        )
        """Its place among the runs its deployment may have at once; to be renewed."""
        self.leaving = Leaving()
        self.untold: State[Any] | None = None
        """How the run ended, when Prefect still has to be told."""
        self._engine = _Engine(flow=flow, flow_run=run, parameters=run.parameters)
        self._task: asyncio.Task[None] | None = None

    @property
    def task(self) -> asyncio.Task[None]:
        """Ends with the run.

        Raises:
            RuntimeError: it was not started.
        """
        if self._task is None:
            raise RuntimeError("the attempt was not started")
        return self._task

    @property
    def ended_well(self) -> bool:
        """Whether the flow returned."""
        return self._engine.came_to_its_end

    @property
    def on_duty(self) -> bool:
        """Whether a runner began it by itself, to keep an always-on deployment at work."""
        return self._on_duty

    def start(self, context: contextvars.Context, on_end: "Callable[[Attempt], None]") -> None:
        """Begins the run.

        Args:
            context: without the runner's own Prefect settings.
        """
        self.leaving.within(context)
        self._task = asyncio.get_running_loop().create_task(self._execute(), name=self.name, context=context)
        self._task.add_done_callback(lambda _: on_end(self))

    def cancel(self, state: State[Any]) -> None:
        """Stops the run where it is; `state` is then what Prefect has to be told."""
        if self.untold is not None:
            return
        self.untold = state
        # the engine takes a cancelled task for a crash, unless it holds the run to be over
        self._engine.short_circuit = True
        if self._engine.flow_run is not None:
            self._engine.flow_run.state = state if state.is_final() else Crashed(message=state.message)
        self.task.cancel()

    async def _execute(self) -> None:
        try:
            async with self._engine.start():
                while self._engine.is_running():
                    async with self._engine.run_context():
                        _ = await self._engine.call_flow_fn()
        except (Abort, Pause) as signal:
            log.info("run %s: %s", self.name, signal)
        except asyncio.CancelledError:
            if self.untold is None:
                raise
        except NOT_ANSWERING as error:
            log.warning("run %s ended while the Prefect server was away: %s", self.name, type(error).__name__)
            told_later = "the Prefect server was away when the run ended; the ledger has what it did"
            ended = Completed if self._engine.came_to_its_end else Crashed
            self.untold = self.untold or ended(message=told_later)
        except Exception:
            log.exception("run %s broke outside its flow", self.name)
            self.untold = self.untold or Crashed(message="the run broke outside its flow; see runner.log")
