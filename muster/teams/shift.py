"""A shift: one worker of a team takes tasks from the queue and works on several at once.

It ends when the queue is empty, or stays for a while and waits for work. A shift that stays also waits out
whatever is away: the model server, the gateway, the database.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol

from muster.intake import leases
from muster.intake.leases import LeasedTask, LeaseLostError
from muster.ledger.errors import LedgerUnavailableError
from muster.models.errors import ModelCallError
from muster.teams.errors import WorkInterruptedError
from muster.teams.holding import Holding
from muster.teams.leased_work import INTERRUPTIONS, Done, Outcome, work_on_leased
from muster.teams.roster import DeployedTeam, deployed_team
from muster.teams.run import Workbench
from muster.teams.slots import Slots
from muster.teams.standby import StandBy

log = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
TASKS_AT_ONCE = 64
"""Of all teams on a host, where nothing else is said."""
_BATCH = 8
"""Tasks leased together at most; a worker that dies has as few as possible in hand."""
_LOOK_SECONDS = 2.0
"""Between looks into an empty queue; a bell is heard at once."""
_SETTLE_SECONDS = 5.0
"""A stopped worker's task is not taken before: a tool call under way then has its outcome in the record."""
_PROBLEMS_KEPT = 20


class Bell(Protocol):
    """Says when work arrives."""

    def rings(self, team: str) -> int:
        """How often it has rung for the team."""
        ...

    async def wait(self, team: str, seconds: float, *, since: int | None = None) -> bool:
        """Returns when it has rung for the team more often than `since`, or after `seconds`."""
        ...


class _Clock:
    """In place of a bell."""

    def rings(self, team: str) -> int:  # noqa: ARG002 as a bell is asked
        return 0

    async def wait(self, team: str, seconds: float, *, since: int | None = None) -> bool:  # noqa: ARG002
        await asyncio.sleep(seconds)
        return False


@dataclass
class ShiftReport:
    """What a shift did."""

    team: str
    completed: int = 0
    escalated: int = 0
    failed: int = 0
    parked: int = 0
    interrupted: int = 0
    problems: list[str] = field(default_factory=list)
    """Why work was interrupted, once each, the first 20."""

    def count(self, outcome: Outcome) -> None:
        """Add one task that ended so."""
        setattr(self, outcome, getattr(self, outcome) + 1)


Do = Callable[[LeasedTask], Awaitable[object]]


class Shift:
    """One worker's shift for one team."""

    def __init__(
        self,
        bench: Workbench,
        team: DeployedTeam | str,
        worker: str,
        flow_run_id: str | None = None,
        *,
        lease_seconds: float = LEASE_SECONDS,
        slots: Slots | None = None,
        bell: Bell | None = None,
    ) -> None:
        """
        Args:
            team: its name, to work with the version deployed when a task is taken; or one version of it.
            slots: shared by all shifts of a host; it has its own without.
            bell: without one the queue is looked into now and then.
        """
        self._bench = bench
        self._fixed = team if isinstance(team, DeployedTeam) else None
        self.team = team if isinstance(team, str) else team.manifest.team
        self._worker = worker
        self._flow_run_id = flow_run_id
        self._holding = Holding(bench.ledger, lease_seconds)
        self._slots = slots or Slots(TASKS_AT_ONCE)
        self._bell: Bell = bell or _Clock()
        self._standby = StandBy(bench.chance)
        self._stands_by_until = 0.0
        self._to_be_checked = True
        self._staying = False
        self._leaving = False
        self._wait: asyncio.Timeout | None = None
        self.report = ShiftReport(self.team)

    async def work(self, do: Do | None = None, *, stay_seconds: float = 0) -> ShiftReport:
        """Work until the queue is empty or something is away; with `stay_seconds`, for that time.

        Args:
            do: does one task; `self.do`, perhaps wrapped to make it visible elsewhere.
            stay_seconds: after this time nothing more is taken, and what is in hand is finished.

        Raises:
            WorkInterruptedError: the model server is away; nothing was leased. Not from a shift that stays.
            TeamUnknownError: no such team is deployed.
        """
        self._staying = stay_seconds > 0
        end = asyncio.get_running_loop().call_later(stay_seconds, self.leave) if self._staying else None
        try:
            async with asyncio.TaskGroup() as in_hand:
                await self._take_work(in_hand, do or self.do)
        except BaseExceptionGroup as several:
            raise _first(several) from several
        finally:
            if end is not None:
                end.cancel()
        return self.report

    def leave(self) -> None:
        """Take nothing more; `work` returns when what is in hand is finished."""
        self._leaving = True
        if self._wait is not None:
            self._wait.reschedule(asyncio.get_running_loop().time())

    async def _take_work(self, in_hand: asyncio.TaskGroup, do: Do) -> None:
        while not self._leaving:
            async with self._waiting():
                await asyncio.sleep(self._stands_by_until - _loop_time())
            if self._leaving or not await self._parts_are_there():
                continue
            rings = self._bell.rings(self.team)
            try:
                found, wanted = await self._start_next(await self._deployed(), in_hand, do)
            except LedgerUnavailableError as error:
                self._away(error.what)
                continue
            if found < wanted and not self._staying:
                return
            if found < wanted:
                async with self._waiting():
                    await self._bell.wait(self.team, _LOOK_SECONDS, since=rings)

    async def _start_next(self, team: DeployedTeam, in_hand: asyncio.TaskGroup, do: Do) -> tuple[int, int]:
        """How many tasks were taken and begun, and how many could have been."""
        shift = team.manifest.shift
        careful = self._standby.careful
        together = 1 if careful else shift.concurrency * shift.workers_per_host
        slots = 0
        async with self._waiting():
            slots = await self._slots.take(
                self.team, wanted=1 if careful else min(_BATCH, shift.concurrency), at_most=together
            )
        taken: list[LeasedTask] = []
        try:
            if slots and not self._leaving and not self._stands_by:
                taken = await self._lease(slots)
        finally:
            if slots > len(taken):
                self._slots.give_back(self.team, slots - len(taken))
        for leased in taken:
            task = in_hand.create_task(_as_coroutine(do, leased))
            # also when it is cancelled before it has begun
            task.add_done_callback(lambda _: self._slots.give_back(self.team))
        return len(taken), slots

    async def _lease(self, limit: int) -> list[LeasedTask]:
        """Tasks leased now; none is left behind when the shift is cancelled while they are."""
        seconds = self._holding.lease_seconds
        leasing = asyncio.ensure_future(
            leases.lease(self._bench.ledger, self.team, self._worker, limit=limit, lease_seconds=seconds)
        )
        try:
            return await asyncio.shield(leasing)
        except asyncio.CancelledError:
            with suppress(LedgerUnavailableError):
                for leased in await leasing:
                    await self._given_back(leased, "the worker was stopped", 0.0)
            raise

    @asynccontextmanager
    async def _waiting(self) -> AsyncIterator[None]:
        """A block that ends where it is when the shift is told to leave."""
        try:
            async with asyncio.timeout(0 if self._leaving else None) as self._wait:
                yield
        except TimeoutError:
            if not self._leaving:
                raise
        finally:
            self._wait = None

    async def _parts_are_there(self) -> bool:
        if self._to_be_checked:
            try:
                await self._bench.door.reachable()
            except ModelCallError as error:
                if not self._staying:
                    raise WorkInterruptedError(str(error), do=error.do) from error
                self._away(str(error))
                return False
            self._to_be_checked = False
        return True

    def _away(self, problem: str) -> float:
        """Take nothing for a while, or nothing more; gives the seconds until it is worth a try."""
        problems = self.report.problems
        if problem not in problems and len(problems) < _PROBLEMS_KEPT:
            problems.append(problem)
        if not self._staying:
            log.error("%s", problem)
            self.leave()
            return 0.0
        self._to_be_checked = True
        if not self._stands_by:
            delay = self._standby.failed()
            self._stands_by_until = _loop_time() + delay
            log.warning("%s stands by for %.0f s: %s", self.team, delay, problem)
        return self._stands_by_until - _loop_time()

    @property
    def _stands_by(self) -> bool:
        return _loop_time() < self._stands_by_until

    async def do(self, leased: LeasedTask) -> Done:
        """Work on one leased task.

        A task that is interrupted goes back to the queue, or to whoever takes the lease over.
        """
        done = await self._done(leased)
        self.report.count(done.outcome)
        if done.outcome != "interrupted" and self._standby.careful:
            self._standby.went_well()
            log.info("%s is at work again", self.team)
        return done

    async def _done(self, leased: LeasedTask) -> Done:
        try:
            async with self._holding.held(leased) as let_go:
                team = await self._deployed()
                return await work_on_leased(self._bench, team, leased, self._flow_run_id, let_go)
        except LeaseLostError as error:
            log.warning("%s", error)
            return Done("interrupted", str(error))
        except INTERRUPTIONS as error:
            problem = f"{error.what}; {error.do}" if error.do else error.what
            await self._given_back(leased, problem, self._away(problem))
            return Done("interrupted", problem)
        except asyncio.CancelledError:
            giving = self._given_back(leased, "the worker was stopped", _SETTLE_SECONDS)
            await asyncio.shield(asyncio.ensure_future(giving))
            raise

    async def _given_back(self, leased: LeasedTask, why: str, ready_in_seconds: float) -> None:
        """The task is in the queue again; when that cannot be written its lease runs out by itself."""
        with suppress(LeaseLostError, LedgerUnavailableError):
            await leases.release(self._bench.ledger, leased, why, ready_in_seconds=ready_in_seconds)

    async def _deployed(self) -> DeployedTeam:
        return self._fixed or await deployed_team(self._bench.ledger, self.team)


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """What went wrong first, out of its groups."""
    first = several.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


async def _as_coroutine(do: Do, leased: LeasedTask) -> None:
    await do(leased)


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
