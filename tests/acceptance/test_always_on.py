"""Runs that the runner keeps alive by itself: begun at once, restarted, replaced, left alone when told so."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas import FlowRun
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterId,
)

from muster.services.deployments import ON_DUTY, Deployment
from muster.services.orchestration.deploying import deploy, run_now, wait
from tests.acceptance.prefect_at_work import PrefectServer, becomes_true
from tests.acceptance.runner_at_work import RunnerAtWork

STANDING = "flows/trial.py:standing"


@pytest.fixture(scope="module")
def runner(prefect_server: PrefectServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunnerAtWork]:
    """One runner for all tests of this module."""
    runner = RunnerAtWork(prefect_server.settings, tmp_path_factory.mktemp("always-on"))
    runner.start()
    yield runner
    runner.stop()


@pytest.fixture
def marks(runner: RunnerAtWork, as_prefect_client: PrefectServer) -> Path:
    return runner.new_marks()


async def put_to_work(runner: RunnerAtWork, marks: Path, count: int = 1) -> UUID:
    """An always-on deployment, the only one there is."""
    standing = Deployment(STANDING, marks.name, {"marks": str(marks)}, always_on=count)
    [deployment_id] = await deploy([standing], retire_others=True, load=runner.load)
    return deployment_id


async def sees(marks: Path, mark: str, times: int = 1) -> bool:
    return await asyncio.to_thread(becomes_true, lambda: marks.read_text().count(mark) >= times, 60)


async def runs_of(client: PrefectClient, deployment_id: UUID) -> list[FlowRun]:
    which = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[deployment_id]))
    found = await client.read_flow_runs(flow_run_filter=which)
    return sorted(found, key=lambda run: str(run.created))


async def in_state(client: PrefectClient, run_id: UUID, name: str) -> FlowRun:
    """The run, once it is in that state."""
    async with asyncio.timeout(60):
        while True:
            run = await client.read_flow_run(run_id)
            if run.state_name == name:
                return run
            await asyncio.sleep(0.2)


async def test_runs_are_begun_as_soon_as_they_are_wanted_and_end_when_they_are_not(
    runner: RunnerAtWork, marks: Path
) -> None:
    deployment_id = await put_to_work(runner, marks, count=2)
    assert await sees(marks, "on duty for a time", times=2), runner.log[-3000:]
    async with get_client() as client:
        runs = await runs_of(client, deployment_id)
        assert [ON_DUTY in run.tags for run in runs] == [True, True]
        await client.pause_deployment(deployment_id)
        assert await sees(marks, "left", times=2), runner.log[-3000:]
        for run in runs:
            await in_state(client, run.id, "Completed")
        assert len(await runs_of(client, deployment_id)) == 2
        await client.resume_deployment(deployment_id)
        assert await sees(marks, "on duty for a time", times=4), runner.log[-3000:]


async def test_a_run_on_request_goes_on_beside_those_on_duty(runner: RunnerAtWork, marks: Path) -> None:
    await put_to_work(runner, marks)
    assert await sees(marks, "on duty for a time"), runner.log[-3000:]
    run_id = await run_now(f"standing/{marks.name}")
    assert (await wait(run_id, seconds=60)).is_completed()
    assert marks.read_text().splitlines() == ["on duty for a time", "on duty on request", "left"]


async def test_a_run_that_fails_is_restarted(runner: RunnerAtWork, marks: Path) -> None:
    marks.write_text("break\n")
    deployment_id = await put_to_work(runner, marks)
    assert await sees(marks, "on duty", times=2), runner.log[-3000:]
    marks.write_text("")
    assert await sees(marks, "on duty"), runner.log[-3000:]
    async with get_client() as client:
        runs = await runs_of(client, deployment_id)
        assert {run.state_name for run in runs[:-1]} == {"Failed"}
        await in_state(client, runs[-1].id, "Running")


async def test_a_killed_runners_runs_and_their_tasks_crashed_and_others_take_their_place(
    runner: RunnerAtWork, marks: Path
) -> None:
    deployment_id = await put_to_work(runner, marks)
    assert await sees(marks, "on duty"), runner.log[-3000:]
    async with get_client() as client:
        [left] = await runs_of(client, deployment_id)
        of_run = FlowRunFilter(id=FlowRunFilterId(any_=[left.id]))
        async with asyncio.timeout(30):
            while not await client.read_task_runs(flow_run_filter=of_run):
                await asyncio.sleep(0.2)
        runner.stop(signal.SIGKILL)
        runner.start()
        assert await sees(marks, "on duty", times=2), runner.log[-3000:]
        crashed = await in_state(client, left.id, "Crashed")
        assert crashed.state is not None
        assert "killed" in (crashed.state.message or "")
        [task_run] = await client.read_task_runs(flow_run_filter=of_run)
        assert (task_run.name, task_run.state_name) == ("work in hand", "Crashed")
        assert task_run.state is not None
        assert "goes on in another run" in (task_run.state.message or "")
        assert len(await runs_of(client, deployment_id)) == 2


async def test_told_to_stop_the_runner_lets_runs_on_duty_finish_what_they_have_in_hand(
    runner: RunnerAtWork, marks: Path
) -> None:
    deployment_id = await put_to_work(runner, marks)
    assert await sees(marks, "on duty"), runner.log[-3000:]
    assert await asyncio.to_thread(runner.stop) == 0
    assert "left" in marks.read_text()
    async with get_client() as client:
        [run] = await runs_of(client, deployment_id)
        assert run.state_name == "Completed"
    runner.start()
