"""Sets of versions that install and then quietly do not work: the locks avoid them, and a schedule is seen to
fire. With a SQLAlchemy that is too new the server starts and deployments register, yet nothing is ever
scheduled; a test that only starts the server would see nothing.
"""

import asyncio
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from packaging.version import Version
from prefect.client.orchestration import get_client
from prefect.states import Cancelling

from muster.core.settings import PROJECT_ROOT
from muster.services.deployments import Deployment
from muster.services.orchestration.deploying import deploy, run_now, wait
from tests.acceptance.prefect_at_work import PrefectServer, becomes_true
from tests.acceptance.runner_at_work import RunnerAtWork

BOUNDS = {"prefect": ("3.8.8", "3.8.9"), "fastapi": ("0", "0.151"), "sqlalchemy": ("2", "2.1")}
"""From this one up to, not including, that one."""
PATIENT = "flows/trial.py:patient"
WAITING = "flows/trial.py:until_told"
TICKING = "flows/trial.py:ticking"


@pytest.fixture(scope="module")
def runner(prefect_server: PrefectServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunnerAtWork]:
    """One runner for all tests of this module."""
    runner = RunnerAtWork(prefect_server.settings, tmp_path_factory.mktemp("runner"))
    runner.start()
    yield runner
    runner.stop()


@pytest.fixture
def marks(runner: RunnerAtWork, as_prefect_client: PrefectServer) -> Path:
    return runner.new_marks()


async def put_to_work(runner: RunnerAtWork, *deployments: Deployment) -> list[UUID]:
    return await deploy(deployments, retire_others=True, load=runner.load)


def lines(marks: Path) -> list[str]:
    return marks.read_text().splitlines()


async def sees(marks: Path, mark: str, times: int = 1) -> bool:
    return await asyncio.to_thread(becomes_true, lambda: marks.read_text().count(mark) >= times, 60)


@pytest.mark.parametrize("lock", ["run", "dev"])
@pytest.mark.parametrize("package", sorted(BOUNDS))
def test_the_locks_stay_below_the_versions_that_break_quietly(package: str, lock: str) -> None:
    text = (PROJECT_ROOT / "requirements" / f"{lock}.txt").read_text()
    locked = re.search(rf"^{package}==(\S+)", text, re.MULTILINE)
    assert locked is not None
    least, below = BOUNDS[package]
    assert Version(least) <= Version(locked[1]) < Version(below)


async def test_scheduled_runs_appear_and_the_warm_runner_executes_them(
    runner: RunnerAtWork, marks: Path, prefect_server: PrefectServer
) -> None:
    often = Deployment(TICKING, "often", {"marks": str(marks)}, every_seconds=2, concurrency_limit=1)
    await put_to_work(runner, often)
    assert await sees(marks, "tick", times=2), prefect_server.log.read_text()[-3000:] + runner.log[-3000:]


async def test_deploying_again_changes_nothing_and_a_changed_schedule_replaces_the_old_one(
    runner: RunnerAtWork, marks: Path
) -> None:
    given = {"marks": str(marks)}
    first = await put_to_work(runner, Deployment(TICKING, "some", given, every_seconds=600))
    assert await put_to_work(runner, Deployment(TICKING, "some", given, every_seconds=600)) == first
    assert await put_to_work(runner, Deployment(TICKING, "some", given, cron="0 3 * * *")) == first
    async with get_client() as client:
        known = await client.read_deployments()
    assert [deployment.name for deployment in known] == ["some"]
    assert [each.schedule.model_dump().get("cron") for each in known[0].schedules] == ["0 3 * * *"]


async def test_a_run_cancelled_in_the_pages_stops(runner: RunnerAtWork, marks: Path) -> None:
    await put_to_work(runner, Deployment(PATIENT, "asked", {"marks": str(marks)}))
    run_id = await run_now("patient/asked", {"seconds": 600})
    assert await sees(marks, "begins"), runner.log[-3000:]
    async with get_client() as client:
        await client.set_flow_run_state(run_id, Cancelling())
        assert (await wait(run_id, seconds=30)).is_cancelled()
        names = [state.name for state in await client.read_flow_run_states(run_id)]
    assert names == ["Scheduled", "Pending", "Running", "Cancelling", "Cancelled"]


async def test_a_deployments_concurrency_limit_holds(runner: RunnerAtWork, marks: Path) -> None:
    await put_to_work(runner, Deployment(PATIENT, "alone", {"marks": str(marks)}, concurrency_limit=1))
    both = [await run_now("patient/alone", {"seconds": 1}) for _ in range(2)]
    async with get_client() as client:
        for run_id in both:
            assert (await wait(run_id, seconds=60)).is_completed()
        runs = [await client.read_flow_run(run_id) for run_id in both]
    spans = sorted((str(run.start_time), str(run.end_time)) for run in runs)
    assert spans[1][0] >= spans[0][1]


async def test_a_run_whose_runner_was_killed_is_executed_by_the_next_one(
    runner: RunnerAtWork, marks: Path
) -> None:
    await put_to_work(runner, Deployment(PATIENT, "asked", {"marks": str(marks)}, concurrency_limit=1))
    run_id = await run_now("patient/asked", {"seconds": 2})
    assert await sees(marks, "begins"), runner.log[-3000:]
    assert runner.stop(signal.SIGKILL) == -signal.SIGKILL
    runner.start()
    assert (await wait(run_id, seconds=60)).is_completed(), runner.log[-3000:]
    assert lines(marks) == ["patient begins", "patient begins", "patient ends"]


async def test_the_runner_waits_out_a_server_that_goes_away_in_one_line(
    runner: RunnerAtWork, marks: Path, prefect_server: PrefectServer
) -> None:
    given = {"marks": str(marks)}
    waiting = Deployment(WAITING, "asked", given, concurrency_limit=1)
    await put_to_work(runner, waiting, Deployment(PATIENT, "asked", given))
    under_way = await run_now("until-told/asked")
    assert await sees(marks, "waiting begins"), runner.log[-3000:]
    said_before = runner.log
    await asyncio.to_thread(prefect_server.stop)
    await asyncio.to_thread(becomes_true, lambda: "is away" in runner.log)
    await asyncio.to_thread(prefect_server.start)
    afterwards = await run_now("patient/asked")
    assert (await wait(afterwards, seconds=60)).is_completed(), runner.log[-3000:]
    marks.write_text("go on")
    assert (await wait(under_way, seconds=60)).is_completed(), runner.log[-3000:]
    its_turn = await run_now("until-told/asked")
    assert (await wait(its_turn, seconds=60)).is_completed(), runner.log[-3000:]
    said = runner.log.removeprefix(said_before)
    assert len(re.findall("WARNING.*the Prefect server is away", said)) == 1, said
    assert "the Prefect server is back" in said
    assert "Traceback" not in said


async def test_told_to_stop_the_runner_lets_runs_under_way_end(runner: RunnerAtWork, marks: Path) -> None:
    await put_to_work(runner, Deployment(PATIENT, "asked", {"marks": str(marks)}))
    run_id = await run_now("patient/asked", {"seconds": 3})
    assert await sees(marks, "begins"), runner.log[-3000:]
    assert await asyncio.to_thread(runner.stop) == 0
    assert (await wait(run_id, seconds=1)).is_completed()
    assert lines(marks) == ["patient begins", "patient ends"]
