"""A team's shift: it takes work from its queue until there is none."""

from typing import Any

from prefect import flow, get_run_logger, runtime, task
from prefect.cache_policies import NO_CACHE

from muster.core.errors import PlatformError
from muster.core.settings import load_settings
from muster.intake.leases import LeasedTask
from muster.teams.roster import deployed_team
from muster.teams.shift import Shift
from muster.wiring import workbench


class ShiftInterruptedError(PlatformError):
    """The shift ended before its queue was empty; the tasks it held are back in the queue."""


@task(task_run_name="{leased.task_id} {leased.title}", persist_result=False, cache_policy=NO_CACHE)
async def work_on(leased: LeasedTask, shift: Shift) -> str:
    """One task of the queue; its retries are the platform's own, inside the run."""
    return await shift.do(leased)


@flow(name="team-shift", flow_run_name="{team}", retries=0)
async def team_shift(team: str) -> dict[str, Any]:
    """Work until the team's queue is empty; gives how many tasks ended how."""
    async with workbench(load_settings()) as bench:
        deployed = await deployed_team(bench.ledger, team)
        flow_run_id = str(runtime.flow_run.id) if runtime.flow_run.id else None
        shift = Shift(bench, deployed, f"shift-{flow_run_id or team}", flow_run_id)
        report = await shift.work(lambda leased: work_on(leased, shift))
    counts = {
        "completed": report.completed,
        "escalated": report.escalated,
        "failed": report.failed,
        "interrupted": report.interrupted,
    }
    get_run_logger().info("%s: %s", team, counts)
    if report.problems:
        raise ShiftInterruptedError("; ".join(report.problems))
    return counts
