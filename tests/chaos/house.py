"""The installation a fault run kills parts of: each service a process of ours, started again when it ends."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from muster.core.settings import PROJECT_ROOT, Settings
from muster.services.catalogue import services_of
from muster.services.child import Child, launch
from muster.services.environment import service_environment
from muster.services.ports import free_port
from muster.services.preparing import bring_up_to_date, make_prefect_database
from muster.services.service import Service

LIGHT = ("postgres", "http", "company", "rehearsal", "smtp")
FULL = (*LIGHT, "prefect", "runner")
_POLL_SECONDS = 0.05
_SHORT_LIFE_SECONDS = 5.0
_BACK_OFF_SECONDS = 0.5
_HEALTHY_SECONDS = 180.0
_CHANGED = {
    r"\bconcurrency: \d+": "concurrency: 2",
    r"\busd_per_day: [\d.]+": "usd_per_day: 100000",
    r"\bbreach_(uncertain|denials): \d+": r"breach_\1: 100000",
}
"""A runner has few tasks in hand, so that few die with it; a week's work in an hour finds a budget; no agent
loses its phase over the side effects that the kills make uncertain."""


class HouseError(Exception):
    """A service does not come up."""


def settings_in(folder: Path, *, lease_seconds: float) -> Settings:
    """The settings of an installation in `folder`: own state, own ports, own copies of teams and policies."""
    ports = ("postgres", "prefect", "http", "rehearsal", "company", "smtp", "dashboard", "lab")
    for name in ("teams", "policies"):
        if not (folder / name).exists():
            shutil.copytree(PROJECT_ROOT / "data" / name, folder / name)
    for path in [*folder.glob("teams/*/team.yaml"), *folder.glob("policies/*.yaml")]:
        text = path.read_text()
        for pattern, value in _CHANGED.items():
            text = re.sub(pattern, value, text)
        path.write_text(text)
    home = folder / "home"
    home.mkdir(exist_ok=True)
    tools = PROJECT_ROOT / ".muster" / "tools"
    if tools.exists() and not (home / "tools").exists():
        (home / "tools").symlink_to(tools)
    numbers = {f"{name}_port": free_port() for name in ports}
    return Settings(
        home=home,
        lease_seconds=lease_seconds,
        demo_dir=folder / "day-1",  # the company's first day, whose master data its books begin with
        teams_dir=folder / "teams",
        policies_dir=folder / "policies",
        **numbers,  # type: ignore[arg-type]
    )


class Program:
    """A service that is started again whenever it ends."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.name = service.name
        self.service = service
        self._settings = settings
        self._child: Child | None = None
        self._born_at = 0.0
        self._asked_for = False
        self.ended_by_itself: list[int] = []
        """Return codes of ends that nobody asked for."""

    def start(self) -> None:
        """Returns when the process exists."""
        environment = {**service_environment(self._settings), **self.service.environment}
        log_dir = self._settings.log_dir
        log_dir.mkdir(parents=True, exist_ok=True)
        command = self.service.command(sys.executable)
        self._child = launch(
            command, env=environment, output=self.service.log_path(log_dir), cwd=self._settings.home_dir
        )
        self._born_at = time.monotonic()
        self._asked_for = False

    def answers(self) -> bool:
        """Whether it does what it is there for."""
        alive = self._child is not None and self._child.returncode is None
        return alive and self.service.answers(self._settings.host)

    @property
    def is_alive(self) -> bool:
        return self._child is not None and self._child.returncode is None

    @property
    def age_seconds(self) -> float:
        """Since it was started last."""
        return time.monotonic() - self._born_at if self.is_alive else 0.0

    def kill(self) -> list[int]:
        """The pids that were killed: the process and all it started; none when it is not there."""
        if self._child is None or self._child.returncode is not None:
            return []
        self._asked_for = True
        victims = [self._child.pid, *_descendants(self._child.pid)]
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._child.wait(10)
        return victims

    async def keep_alive(self) -> None:
        """Start it again at once whenever it ends; one that cannot live is given a moment between."""
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            if self._child is None or self._child.returncode is None:
                continue
            if not self._asked_for:
                self.ended_by_itself.append(self._child.returncode)
                if time.monotonic() - self._born_at < _SHORT_LIFE_SECONDS:
                    await asyncio.sleep(_BACK_OFF_SECONDS)
            self.start()

    def stop(self) -> None:
        """Returns when it has ended in good order."""
        if self._child is not None:
            self._asked_for = True
            self._child.stop((signal.SIGTERM, float(self.service.stop_seconds)))
            self._child = None


class House:
    """All services of the installation."""

    def __init__(
        self, settings: Settings, *, light: bool, answer_after_ms: str = "", answer_seed: int = 0
    ) -> None:
        """
        Args:
            answer_after_ms: how long the company's systems take to answer; empty for at once.
        """
        self.settings = settings
        services = services_of(settings, LIGHT if light else FULL)
        if answer_after_ms:
            words = ("--answer-after-ms", answer_after_ms, "--answer-seed", str(answer_seed))
            services = [
                replace(each, arguments=(*each.arguments, *words)) if each.name == "company" else each
                for each in services
            ]
        self.programs: Mapping[str, Program] = {each.name: Program(each, settings) for each in services}
        self._keepers: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator["House"]:
        """The house with everything but the runner running; stopped at the end of the block.

        Raises:
            HouseError: a service does not come up.
        """
        try:
            self.programs["postgres"].start()
            await self.wait_for("postgres")
            if "prefect" in self.programs:
                await asyncio.to_thread(make_prefect_database, self.settings)
                self.programs["prefect"].start()
            for name in ("company", "rehearsal", "smtp"):
                self.programs[name].start()
            await asyncio.to_thread(bring_up_to_date, self.settings)
            self.programs["http"].start()
            await self.wait_for(*(name for name in self.programs if name != "runner"))
            yield self
        finally:
            self.give_up()
            for program in reversed(list(self.programs.values())):
                await asyncio.to_thread(program.stop)

    def watch(self) -> None:
        """From now on what ends is started again."""
        self._keepers = [asyncio.create_task(program.keep_alive()) for program in self.programs.values()]

    def give_up(self) -> None:
        """From now on what ends stays down."""
        for keeper in self._keepers:
            keeper.cancel()
        self._keepers = []

    async def wait_for(self, *names: str, seconds: float = _HEALTHY_SECONDS) -> None:
        """Returns when these services answer.

        Raises:
            HouseError: one does not.
        """
        deadline = time.monotonic() + seconds
        for name in names:
            while not await asyncio.to_thread(self.programs[name].answers):
                if time.monotonic() > deadline:
                    log = self.programs[name].service.log_path(self.settings.log_dir)
                    raise HouseError(f"{name} does not answer after {seconds:.0f} s: see {log}")
                await asyncio.sleep(_POLL_SECONDS)


def _descendants(pid: int) -> list[int]:
    """Every process below `pid`."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found, below = [], [pid]
    while below:
        below = [child for parent in below for child in children.get(parent, [])]
        found.extend(below)
    return found
