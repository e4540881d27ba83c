"""A runner as `make up` runs it, with trial flows in the place of ours."""

import importlib.util
import os
import signal
import sys
from pathlib import Path
from typing import Any

from prefect import Flow

from muster.core.settings import PROJECT_ROOT, Settings
from muster.services.child import Child, launch
from muster.services.environment import service_environment

TRIAL = """
import asyncio
from pathlib import Path
from prefect import flow, get_run_logger, task
from muster.services.orchestration.leaving import on_leaving

@flow
async def ticking(marks: str, mark: str = "tick") -> None:
    get_run_logger().info("at work: %s", mark)
    with Path(marks).open("a") as file:
        file.write(mark + "\\n")

@flow
async def until_told(marks: str) -> None:
    with Path(marks).open("a") as file:
        file.write("waiting begins\\n")
    while "go on" not in Path(marks).read_text():
        await asyncio.sleep(0.1)

@flow
async def patient(marks: str, seconds: float = 0, mark: str = "patient") -> None:
    with Path(marks).open("a") as file:
        file.write(f"{mark} begins\\n")
    await asyncio.sleep(seconds)
    with Path(marks).open("a") as file:
        file.write(f"{mark} ends\\n")

@task(task_run_name="work in hand")
async def in_hand(left: asyncio.Event) -> None:
    await left.wait()

@flow
async def standing(marks: str, stay_seconds: float = 0) -> None:
    with Path(marks).open("a") as file:
        file.write(f"on duty {'for a time' if stay_seconds else 'on request'}\\n")
    if "break" in Path(marks).read_text():
        raise ValueError("broken at its start")
    left = asyncio.Event()
    on_leaving(left.set)
    if stay_seconds:
        await in_hand(left)
    with Path(marks).open("a") as file:
        file.write("left\\n")
"""


class RunnerAtWork:
    """The runner's process, its log, and the marks its flows leave."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self._folder = folder
        self._process: Child | None = None
        self._marks = 0
        (folder / "flows").mkdir()
        (folder / "flows" / "__init__.py").touch()
        (folder / "flows" / "trial.py").write_text(TRIAL)

    def load(self, entrypoint: str) -> Flow[..., Any]:
        """The trial flow, for deploying it from this process."""
        spec = importlib.util.spec_from_file_location("trial", self._folder / "flows" / "trial.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        trial = getattr(module, entrypoint.partition(":")[2])
        assert isinstance(trial, Flow)
        return trial

    def start(self) -> None:
        paths = os.pathsep.join([str(self._folder), str(PROJECT_ROOT)])
        self._process = launch(
            [sys.executable, "-m", "muster.services.runner"],
            env=service_environment(self.settings) | {"PYTHONPATH": paths},
            output=self._folder / "runner.log",
            cwd=self._folder,
        )

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int | None:
        """The return code after the signal."""
        assert self._process is not None
        self._process.stop((with_signal, 40))
        return self._process.returncode

    def new_marks(self) -> Path:
        """A file of its own for a test's flows."""
        self._marks += 1
        path = self._folder / f"marks-{self._marks}"
        path.touch()
        return path

    @property
    def log(self) -> str:
        return (self._folder / "runner.log").read_text()
