"""A shift: one worker of a team takes tasks from the queue and works on them until the queue is empty."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from muster.core.errors import MusterError
from muster.gateway import tokens
from muster.gateway.client import GatewayError
from muster.intake import leases
from muster.intake.leases import LeasedTask, LeaseLostError
from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.events import EventContext, RunEnded, RunStarted
from muster.ledger.recovery import abandon_lost_intents
from muster.models.errors import ModelCallError
from muster.teams import ending
from muster.teams.errors import PersonNeededError, WorkInterruptedError
from muster.teams.journal import Journal
from muster.teams.roster import DeployedTeam
from muster.teams.run import Run, Workbench
from muster.teams.task import Task

log = logging.getLogger(__name__)

LEASE_SECONDS = 60.0


@dataclass
class ShiftReport:
    """What a shift did."""

    team: str
    completed: int = 0
    escalated: int = 0
    failed: int = 0
    interrupted: int = 0
    problems: list[str] = field(default_factory=list)
    """Why work was interrupted, once each."""

    def count(self, outcome: str) -> None:
        """Add one task that ended so."""
        setattr(self, outcome, getattr(self, outcome) + 1)


class Shift:
    """One worker's shift for one team."""

    def __init__(
        self,
        bench: Workbench,
        team: DeployedTeam,
        worker: str,
        flow_run_id: str | None,
        *,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._bench = bench
        self._team = team
        self._worker = worker
        self._flow_run_id = flow_run_id
        self._lease_seconds = lease_seconds
        self._stopping = False
        self.report = ShiftReport(team.manifest.team)

    async def work(self, do: Callable[[LeasedTask], Awaitable[str]]) -> ShiftReport:
        """Work until the queue is empty or work is interrupted.

        Args:
            do: does one task and gives its outcome; `self.do`, perhaps wrapped to make it visible elsewhere.

        Raises:
            WorkInterruptedError: the model server is away; nothing was leased.
            LedgerUnavailableError: the database is away.
        """
        try:
            await self._bench.door.reachable()
        except ModelCallError as error:
            raise WorkInterruptedError(str(error), do=error.do) from error
        async with asyncio.TaskGroup() as group:
            for _ in range(self._team.manifest.shift.concurrency):
                group.create_task(self._one_after_another(do))
        return self.report

    def stop(self) -> None:
        """Take no further tasks; those in hand are done first."""
        self._stopping = True

    async def _one_after_another(self, do: Callable[[LeasedTask], Awaitable[str]]) -> None:
        while not self._stopping:
            try:
                leased = await leases.lease(
                    self._bench.ledger,
                    self._team.manifest.team,
                    self._worker,
                    limit=1,
                    lease_seconds=self._lease_seconds,
                )
            except LedgerUnavailableError as error:
                self._interrupted(error.what)
                return
            if not leased:
                return
            self.report.count(await do(leased[0]))

    async def do(self, leased: LeasedTask) -> str:
        """Work on one leased task: `completed`, `escalated`, `failed` or `interrupted`.

        A task that is interrupted goes back to the queue, or to whoever takes the lease over.
        """
        try:
            async with self._lease_kept(leased):
                return await self._do(leased)
        except (WorkInterruptedError, LedgerUnavailableError, GatewayError) as error:
            problem = f"{error.what}; {error.do}" if error.do else error.what
            self._interrupted(problem)
        except LeaseLostError as error:
            log.warning("%s", error)
            return "interrupted"
        with contextlib.suppress(MusterError):
            await leases.release(self._bench.ledger, leased, problem)
        return "interrupted"

    def _interrupted(self, problem: str) -> None:
        self.stop()
        if problem not in self.report.problems:
            self.report.problems.append(problem)
            log.error("%s", problem)

    async def _do(self, leased: LeasedTask) -> str:
        bench = self._bench
        run_id = await self._run_of(leased)
        if leased.attempt > 1:
            await abandon_lost_intents(bench.ledger, run_id)
        task = _as_task(leased, run_id)
        journal = await Journal.load(bench.ledger, run_id)
        run = Run(bench, self._team, task, run_id, journal)
        if leased.attempt > bench.standard.task_attempts:
            attempts = f"{leased.attempt - 1} workers tried and none finished"
            report = run.escalated(PersonNeededError("error_persists", attempts))
        else:
            try:
                report = await run.work()
            except MusterError:
                raise
            except Exception as error:  # the outermost boundary of a task
                log.exception("%s failed", leased.task_id)
                await self._failed(leased, run.where, f"{type(error).__name__}: {error}")
                return "failed"
        async with bench.ledger.transaction() as transaction:
            await ending.record(bench.ledger, transaction, report, run.where, bench.standard)
            await leases.finish_within(transaction, leased, report.outcome, report.summary, where=run.where)
        await tokens.revoke(bench.ledger, run_id)
        return report.outcome

    async def _run_of(self, leased: LeasedTask) -> str:
        """The run a former worker began, else a new one."""
        manifest = self._team.manifest
        started = RunStarted(
            entry_agent=manifest.coordinator,
            team_version=self._team.version,
            attempt=leased.attempt,
            flow_run_id=self._flow_run_id,
        )
        where = EventContext(
            actor="service:runner",
            task_id=leased.task_id,
            run_id=self._bench.ledger.ids.new("run"),
            team=manifest.team,
            model_source=self._bench.door.source,
        )
        return await leases.attach_run(self._bench.ledger, leased, started, where)

    async def _failed(self, leased: LeasedTask, where: EventContext, summary: str) -> None:
        ended = RunEnded(outcome="failed", summary=summary, model_calls=0, tool_calls=0, duration_ms=0)
        async with self._bench.ledger.transaction() as transaction:
            await transaction.append(ended, where)
            await leases.finish_within(transaction, leased, "failed", summary, where=where)

    @asynccontextmanager
    async def _lease_kept(self, leased: LeasedTask) -> AsyncIterator[None]:
        """A block that holds the lease; when another worker has it, the block is left with LeaseLostError."""
        async with asyncio.timeout(None) as block:
            keeper = asyncio.create_task(self._keep(leased, block))
            try:
                yield
            except asyncio.CancelledError:
                if keeper.done() and not keeper.cancelled():
                    await keeper
                raise
            finally:
                keeper.cancel()

    async def _keep(self, leased: LeasedTask, block: asyncio.Timeout) -> None:
        while True:
            await asyncio.sleep(self._lease_seconds / 3)
            try:
                await leases.renew(self._bench.ledger, leased, lease_seconds=self._lease_seconds)
            except LeaseLostError:
                block.reschedule(0)
                raise
            except LedgerUnavailableError as error:
                log.warning("%s: %s", leased.task_id, error)


def _as_task(leased: LeasedTask, run_id: str) -> Task:
    return Task(
        task_id=leased.task_id,
        team=leased.team,
        channel=leased.channel,
        priority=leased.priority,
        title=leased.title,
        content=dict(leased.content),
        attempt=leased.attempt,
        run_id=run_id,
    )
