"""What one worker does with a leased task: its run begun or taken up, worked on, and ended in the record."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from muster.core.errors import OperatorError
from muster.gateway import tokens
from muster.gateway.client import GatewayError
from muster.intake import leases
from muster.intake.leases import LeasedTask, LeaseLostError
from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.events import EventContext, RunEnded, RunStarted
from muster.ledger.recovery import abandon_lost_intents
from muster.teams import ending
from muster.teams.ending import RunReport
from muster.teams.errors import ParkedError, WorkInterruptedError
from muster.teams.roster import DeployedTeam
from muster.teams.run import Workbench, work_on
from muster.teams.task import Task

log = logging.getLogger(__name__)

INTERRUPTIONS = (WorkInterruptedError, GatewayError, LedgerUnavailableError, OperatorError, LeaseLostError)
"""What stops the work on a task without saying anything about the task."""

Outcome = Literal["completed", "escalated", "failed", "parked", "interrupted"]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a leased task in this worker's hands."""

    outcome: Outcome
    """`parked`: it waits for a halt to end or for a person's word; `interrupted`: it is back in the queue or
    with another worker."""
    summary: str
    """The run's own words, or why it did not go on."""


async def work_on_leased(
    bench: Workbench,
    team: DeployedTeam,
    leased: LeasedTask,
    flow_run_id: str | None,
    let_go: Callable[[], None] = lambda: None,
) -> Done:
    """What became of the task; how it ended, or what it waits for, is recorded.

    Args:
        let_go: called when the end is about to be recorded: the lease need not be kept any more.

    Raises:
        WorkInterruptedError: a part the work needs is away.
        GatewayError: likewise, the gateway.
        LedgerUnavailableError: likewise, the ledger's database.
        OperatorError: something of the installation is wrong; the task can be worked on when it is mended.
        LeaseLostError: another worker has the task; nothing was ended.
    """
    run_id, begun_before = await _run_of(bench, team, leased, flow_run_id)
    if leased.attempt > 1:
        await tokens.revoke(bench.ledger, run_id)  # a worker that is still alive somewhere acts no more
        await abandon_lost_intents(bench.ledger, run_id)
    where = replace(leased.context(), actor="service:runner", run_id=run_id, model_source=bench.door.source)
    try:
        report = await work_on(bench, team, _as_task(leased, run_id if begun_before else None), run_id)
        let_go()
        await _end(bench, leased, report)
    except ParkedError as parked:
        let_go()
        await leases.park(bench.ledger, leased, parked.waiting_for, parked.reason, where)
        return Done("parked", parked.summary)
    except INTERRUPTIONS:
        raise
    except Exception as error:  # the outermost boundary of a task
        log.exception("%s failed", leased.task_id)
        summary = f"{type(error).__name__}: {error}"
        let_go()
        await _failed(bench, leased, where, summary)
        return Done("failed", summary)
    return Done(report.outcome, report.summary)


async def _end(bench: Workbench, leased: LeasedTask, report: RunReport) -> None:
    if report.person_needed is None:  # no table but the task's is touched: the commit is shared with others
        ended = (ending.run_ended(report),)
        await leases.finish(
            bench.ledger, leased, report.outcome, report.summary, where=report.where, before=ended
        )
        return
    async with bench.ledger.transaction() as transaction:
        await leases.hold_within(transaction, leased)
        await ending.record(bench.ledger, transaction, report)
        await leases.finish_within(transaction, leased, report.outcome, report.summary, where=report.where)
    with suppress(LedgerUnavailableError):  # the task has ended; its tokens expire by themselves
        await tokens.revoke(bench.ledger, str(report.where.run_id))


async def _run_of(
    bench: Workbench, team: DeployedTeam, leased: LeasedTask, flow_run_id: str | None
) -> tuple[str, bool]:
    """The run a former worker began, else a new one, and whether it was begun before."""
    manifest = team.manifest
    started = RunStarted(
        entry_agent=manifest.coordinator,
        team_version=team.version,
        attempt=leased.attempt,
        flow_run_id=flow_run_id,
        standard=(await bench.standard_in_force()).version,
        transaction_type=leased.transaction_type,
    )
    where = EventContext(
        actor="service:runner",
        task_id=leased.task_id,
        run_id=bench.ledger.ids.new("run"),
        team=manifest.team,
        model_source=bench.door.source,
    )
    run_id = await leases.attach_run(bench.ledger, leased, started, where)
    return run_id, run_id != where.run_id


async def _failed(bench: Workbench, leased: LeasedTask, where: EventContext, summary: str) -> None:
    ended = RunEnded(outcome="failed", summary=summary, model_calls=0, tool_calls=0, duration_ms=0)
    await leases.finish(bench.ledger, leased, "failed", summary, where=where, before=(ended,))


def _as_task(leased: LeasedTask, run_id: str | None) -> Task:
    return Task(
        task_id=leased.task_id,
        team=leased.team,
        channel=leased.channel,
        priority=leased.priority,
        title=leased.title,
        content=dict(leased.content),
        attempt=leased.attempt,
        run_id=run_id,
        transaction_type=leased.transaction_type,
    )
