"""A task of the queue in Prefect's pages: named for people, and in the state it really is in."""

import asyncio
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import TaskRun

from flows.team_shift import _Job, team_shift, work_on
from muster.intake.leases import LeasedTask
from muster.services.orchestration.deploying import load_flow
from muster.teams.leased_work import Done
from muster.teams.shift import Shift
from tests.acceptance.prefect_at_work import PrefectServer

OUTCOMES: dict[str, Done | BaseException] = {
    "tsk_1": Done("completed", "answered"),
    "tsk_2": Done("escalated", "a person decides"),
    "tsk_3": Done("parked", "waits until support may act again: holiday"),
    "tsk_4": Done("failed", "ZeroDivisionError: a fault of ours"),
    "tsk_5": Done("interrupted", "the model server is away"),
    "tsk_6": asyncio.CancelledError(),
}


def leased(task_id: str, attempt: int = 1) -> LeasedTask:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    return LeasedTask(
        task_id=task_id,
        source="s",
        external_id=task_id,
        team="support",
        channel="mail",
        priority="medium",
        title="Where is {my} parcel?",
        content={"text": "a long letter"},
        attempt=attempt,
        worker="w1",
        lease_until=at,
        run_id=None,
        created_at=at,
    )


class ScriptedShift:
    async def do(self, leased: LeasedTask) -> Done:
        await asyncio.sleep(0.2)  # so that a duration can be seen
        done = OUTCOMES[leased.task_id]
        if isinstance(done, BaseException):
            raise done
        return done


@pytest.fixture
async def task_runs(as_prefect_client: PrefectServer) -> dict[str, TaskRun]:
    """The task runs of a flow that did one task of each outcome, by the tasks' ids."""
    run_ids = []

    @flow
    async def one_of_each() -> None:
        from prefect import runtime

        run_ids.append(runtime.flow_run.id)
        for number, task_id in enumerate(OUTCOMES, start=1):
            job = _Job(leased(task_id, attempt=number), cast("Shift", ScriptedShift()))
            state: Any = work_on(job, return_state=True)
            try:
                await state
            except asyncio.CancelledError:
                continue

    await one_of_each()
    which = FlowRunFilter(id=FlowRunFilterId(any_=run_ids))
    async with get_client() as client, asyncio.timeout(60):
        while True:
            found = await client.read_task_runs(flow_run_filter=which)
            if len(found) == len(OUTCOMES) and all(run.state and run.state.is_final() for run in found):
                return {task_id: run for task_id in OUTCOMES for run in found if task_id in run.name}
            await asyncio.sleep(0.2)


async def test_names_states_reasons_and_times_are_the_true_ones(task_runs: dict[str, TaskRun]) -> None:
    said = {
        task_id: (run.name, run.state_name, run.state.type.value if run.state else None)
        for task_id, run in task_runs.items()
    }
    assert said == {
        "tsk_1": ("Where is {my} parcel? (tsk_1)", "Completed", "COMPLETED"),
        "tsk_2": ("Where is {my} parcel? (tsk_2, attempt 2)", "Escalated", "COMPLETED"),
        "tsk_3": ("Where is {my} parcel? (tsk_3, attempt 3)", "Parked", "COMPLETED"),
        "tsk_4": ("Where is {my} parcel? (tsk_4, attempt 4)", "Failed", "FAILED"),
        "tsk_5": ("Where is {my} parcel? (tsk_5, attempt 5)", "Crashed", "CRASHED"),
        "tsk_6": ("Where is {my} parcel? (tsk_6, attempt 6)", "Crashed", "CRASHED"),
    }
    for task_id, outcome in OUTCOMES.items():
        run = task_runs[task_id]
        assert run.state is not None
        if isinstance(outcome, Done):
            assert run.state.message == outcome.summary
        else:
            assert "cancelled" in (run.state.message or "")
        assert run.total_run_time.total_seconds() >= 0.2


def test_the_flow_can_be_deployed_and_stays_only_when_told() -> None:
    assert load_flow("flows/team_shift.py:team_shift").name == "team-shift"
    assert team_shift.parameters.properties["stay_seconds"]["default"] == 0
