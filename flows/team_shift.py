"""A team's shift: it takes work from its queue until there is none, or stays and waits for more."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any, cast

from prefect import State, flow, get_run_logger, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, Crashed, Failed

from muster.core.errors import PlatformError
from muster.core.settings import load_settings
from muster.intake.bell import WorkBell
from muster.intake.leases import LeasedTask
from muster.ledger.errors import LedgerUnavailableError
from muster.services.orchestration.leaving import on_leaving
from muster.services.orchestration.shared import Shared
from muster.teams.leased_work import Outcome
from muster.teams.run import Workbench
from muster.teams.shift import Shift
from muster.teams.slots import Slots
from muster.wiring import database_url, workbench

_LONGEST_WAIT_SECONDS = 30.0
_MESSAGE_CHARS = 500
_STATES: dict[Outcome, tuple[Callable[..., State[Any]], str]] = {
    "completed": (Completed, "Completed"),
    "escalated": (Completed, "Escalated"),
    "parked": (Completed, "Parked"),
    "failed": (Failed, "Failed"),
    "interrupted": (Crashed, "Crashed"),
}


class ShiftInterruptedError(PlatformError):
    """The shift ended before its queue was empty; the tasks it held are back in the queue."""


@dataclass(frozen=True, slots=True)
class _Floor:
    """What all shifts of one process use."""

    bench: Workbench
    bell: WorkBell
    slots: Slots
    lease_seconds: float


@asynccontextmanager
async def _open_floor() -> AsyncIterator[_Floor]:
    settings = load_settings()
    async with workbench(settings) as bench, WorkBell.open(database_url(settings)) as bell:
        yield _Floor(bench, bell, Slots(settings.tasks_at_once), settings.lease_seconds)


_floor = Shared(_open_floor)


class _Job:
    """A leased task and who works on it; nothing Prefect would look into."""

    def __init__(self, leased: LeasedTask, shift: Shift) -> None:
        self.leased = leased
        self.shift = shift

    @property
    def name(self) -> str:
        again = f", attempt {self.leased.attempt}" if self.leased.attempt > 1 else ""
        return f"{self.leased.title} ({self.leased.task_id}{again})"


def _task_name(parameters: dict[str, Any]) -> str:
    job: _Job = parameters["job"]
    return job.name


def _run_name() -> str:
    given = runtime.flow_run.parameters
    return f"{given['team']}, on duty" if given.get("stay_seconds") else str(given["team"])


@task(task_run_name=cast("Any", _task_name), persist_result=False, cache_policy=NO_CACHE)
async def work_on(job: _Job) -> State[Any]:
    """One task of the queue, as it ended; its retries are the platform's own, inside the run."""
    done = await job.shift.do(job.leased)
    state, name = _STATES[done.outcome]
    return state(name=name, message=done.summary[:_MESSAGE_CHARS])


@flow(name="team-shift", flow_run_name=_run_name, retries=0)
async def team_shift(team: str, stay_seconds: float = 0) -> dict[str, int]:
    """Work until the team's queue is empty, or for `stay_seconds`; gives how many tasks ended how."""
    flow_run_id = str(runtime.flow_run.id) if runtime.flow_run.id else None
    async with AsyncExitStack() as stack:
        floor = await _entered(stack, patient=stay_seconds > 0)
        shift = Shift(
            floor.bench,
            team,
            f"shift-{flow_run_id or team}",
            flow_run_id,
            lease_seconds=floor.lease_seconds,
            slots=floor.slots,
            bell=floor.bell,
        )
        on_leaving(shift.leave)

        async def do(leased: LeasedTask) -> None:
            state: Any = work_on(_Job(leased, shift), return_state=True)
            await state

        report = await shift.work(do, stay_seconds=stay_seconds)
    counts = {name: count for name, count in asdict(report).items() if isinstance(count, int)}
    get_run_logger().info("%s: %s", team, counts)
    if report.problems and not stay_seconds:
        raise ShiftInterruptedError("; ".join(report.problems))
    return counts


async def _entered(stack: AsyncExitStack, *, patient: bool) -> _Floor:
    """The floor; who stays waits for a database that is away."""
    wait_seconds = 1.0
    while True:
        try:
            return await stack.enter_async_context(_floor.use())
        except LedgerUnavailableError as error:
            if not patient:
                raise
            get_run_logger().warning("%s; next try in %.0f s", error, wait_seconds)
            await asyncio.sleep(wait_seconds)
            wait_seconds = min(2 * wait_seconds, _LONGEST_WAIT_SECONDS)
