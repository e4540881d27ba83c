"""How long after its time a run begins: asked for through Prefect's API (as the UI does) and by a schedule.

Run: `python -m tests.benchmarks.run_start [--runs 20] [--schedule-runs 10] [--json]`. A Postgres, a Prefect
server and a warm runner of its own, as `make up` starts them; what is measured is the first line of the flow,
against the time the run was asked or planned for. The baseline is Prefect's own `serve`, a process a run, on
the same server.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from muster.core.settings import PROJECT_ROOT, Settings
from muster.services.deployments import Deployment
from muster.services.environment import service_environment
from muster.services.ports import free_port
from muster.services.prefect_server import DATABASE, client_environment, point_client_at
from tests.acceptance.prefect_at_work import PrefectServer
from tests.acceptance.runner_at_work import RunnerAtWork
from tests.benchmarks.measure import durable_server

REACH_SECONDS = 1.0
FLOW = "flows/trial.py:on_time"
TRIAL = """
import time
from pathlib import Path
from prefect import flow, runtime

@flow
async def on_time(marks: str) -> None:
    run = runtime.flow_run
    with Path(marks).open("a") as file:
        file.write(f"{run.id} {time.time()} {run.scheduled_start_time.timestamp()}\\n")
"""
SERVED = """
import sys
from trial import on_time
on_time.serve("served", parameters={"marks": sys.argv[1]}, pause_on_shutdown=False)
"""


@dataclass(frozen=True)
class Delays:
    """Seconds between a run's time and its first line."""

    what: str
    seconds: list[float]

    @property
    def p50(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.seconds, n=20, method="inclusive")[-1]

    def line(self) -> str:
        reached = "reached" if self.p95 <= REACH_SECONDS else "NOT reached"
        return (
            f"{self.what}: p50 {self.p50:.2f} s, p95 {self.p95:.2f} s, worst {max(self.seconds):.2f} s "
            f"of {len(self.seconds)} ({REACH_SECONDS:g} s wanted: {reached})"
        )


class Marks:
    """What runs wrote at their first line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def read(self) -> dict[str, tuple[float, float]]:
        """By run: when its first line ran, and when it was planned for."""
        rows = [line.split() for line in self.path.read_text().splitlines()]
        return {row[0]: (float(row[1]), float(row[2])) for row in rows if len(row) == 3}

    async def of(self, run_id: UUID, seconds: float = 120) -> float:
        """When the run's first line ran."""
        async with asyncio.timeout(seconds):
            while str(run_id) not in (marks := self.read()):
                await asyncio.sleep(0.01)
        return marks[str(run_id)][0]


async def asked_for(name: str, marks: Marks, runs: int, what: str) -> Delays:
    """Runs asked for one after another, at moments that bear no relation to the runner's."""
    from muster.services.orchestration.deploying import run_now

    delays = []
    for number in range(runs):
        await asyncio.sleep(0.3 + 0.137 * (number % 7))
        asked_at = time.time()
        run_id = await run_now(name, {"marks": str(marks.path)})
        delays.append(await marks.of(run_id) - asked_at)
    return Delays(what, delays)


async def scheduled(marks: Marks, runs: int, every_seconds: float) -> Delays:
    """Runs of a schedule, against the times it planned."""
    async with asyncio.timeout(60 + 2 * runs * every_seconds):
        while len(marks.read()) < runs + 1:
            await asyncio.sleep(0.2)
    planned = sorted(marks.read().values(), key=lambda mark: mark[1])
    return Delays("by a schedule", [began - at for began, at in planned[1:]])  # its first may be made late


@contextmanager
def served(settings: Settings, folder: Path, marks: Marks) -> Iterator[None]:
    """Prefect's own runner of served flows: a process a run."""
    (folder / "served.py").write_text(SERVED)
    environment = service_environment(settings) | client_environment(settings)
    environment["PREFECT_RUNNER_POLL_FREQUENCY"] = "1"
    environment["PYTHONPATH"] = os.pathsep.join([str(folder / "flows"), str(PROJECT_ROOT)])
    process = subprocess.Popen(
        [sys.executable, "served.py", str(marks.path)],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


async def measure(
    settings: Settings, runner: RunnerAtWork, folder: Path, options: argparse.Namespace
) -> list[Delays]:
    """Both ways of ours, and the baseline's."""
    from muster.services.orchestration.deploying import deploy, run_now

    asked, planned, theirs = (Marks(folder / name) for name in ("asked", "planned", "served"))
    standing = Deployment(FLOW, "asked", {"marks": str(asked.path)})
    await deploy([standing], load=runner.load)
    await asked.of(await run_now("on-time/asked"))  # the runner has seen the deployment
    results = [await asked_for("on-time/asked", asked, options.runs, "asked for, warm runner")]
    every = Deployment(FLOW, "planned", {"marks": str(planned.path)}, every_seconds=options.every)
    await deploy([standing, every], load=runner.load)
    results.append(await scheduled(planned, options.schedule_runs, options.every))
    await deploy([standing], retire_others=True, load=runner.load)
    if options.baseline_runs:
        with served(settings, folder, theirs):
            await _served_is_known()
            what = "asked for, Prefect's serve (baseline)"
            results.append(await asked_for("on-time/served", theirs, options.baseline_runs, what))
    return results


async def _served_is_known() -> None:
    from muster.services.errors import UnknownDeploymentError
    from muster.services.orchestration.deploying import run_now, wait

    give_up_at = datetime.now(UTC) + timedelta(seconds=60)
    while True:
        try:
            await wait(await run_now("on-time/served"), seconds=60)
        except UnknownDeploymentError:
            if datetime.now(UTC) > give_up_at:
                raise
            await asyncio.sleep(0.5)
        else:
            return


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--schedule-runs", type=int, default=10)
    parser.add_argument("--every", type=float, default=3.0, help="seconds between two runs of the schedule")
    parser.add_argument("--baseline-runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(durable_server())
        settings = Settings(home=folder / "home", prefect_port=free_port())
        point_client_at(settings)
        postgres.create_database(DATABASE)
        server = PrefectServer(settings, postgres.url(DATABASE))
        stack.callback(server.stop)
        server.start()
        runner = RunnerAtWork(settings, folder)
        (folder / "flows" / "trial.py").write_text(TRIAL)
        stack.callback(runner.stop)
        runner.start()
        results = asyncio.run(measure(settings, runner, folder, options))
    if options.json:
        rows = [{"what": one.what, "p50": one.p50, "p95": one.p95, "seconds": one.seconds} for one in results]
        print(json.dumps(rows, indent=2))
        return
    for one in results:
        print(one.line())


if __name__ == "__main__":
    main()
