"""The light runners at work: started at once when one was killed, known by name and pid."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from muster.core.settings import PROJECT_ROOT, Settings
from muster.services.environment import service_environment


class CrewError(Exception):
    """The light runners cannot be started."""


class Crew:
    """A number of light runners, kept at that number."""

    def __init__(self, settings: Settings, size: int, *, lease_seconds: float, first: int = 1) -> None:
        """
        Args:
            first: the number in the first runner's name; names are never used twice.
        """
        self._settings = settings
        self._size = size
        self._lease_seconds = lease_seconds
        self._numbers = count(first)
        self._names: set[str] = set()
        self._process: asyncio.subprocess.Process | None = None
        self.pids: dict[str, int] = {}
        """Of the living, by name."""
        self.ended_by_itself: list[str] = []
        """Who ended without being killed."""
        self._killed: set[int] = set()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator["Crew"]:
        """The crew, killed at the end of the block."""
        log_path = self._settings.log_dir / "workers.log"
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with (self._settings.log_dir / "nursery.log").open("ab") as complaints:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.chaos.worker", str(self._lease_seconds), str(log_path)),
                env=service_environment(self._settings),
                cwd=PROJECT_ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=complaints,
            )
        hearing = asyncio.create_task(self._hear(self._process))
        try:
            yield self
        finally:
            self._size = 0
            if self._process.stdin is not None:
                self._process.stdin.close()
            await self._process.wait()
            hearing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await hearing

    def kill(self, name: str) -> int | None:
        """The pid that was killed; None when that runner is gone already."""
        pid = self.pids.pop(name, None)
        if pid is None:
            return None
        self._killed.add(pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return pid

    async def watch(self) -> None:
        """Ends only with an error.

        Raises:
            CrewError: no runner can be started any more.
        """
        assert self._process is not None
        await self._process.wait()
        raise CrewError(f"light runners cannot be started: see {self._settings.log_dir / 'nursery.log'}")

    async def _hear(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            match line.decode().split():
                case ["ready"]:
                    self._fill()
                case ["started", name, pid]:
                    self.pids[name] = int(pid)
                case ["ended", name, pid, _]:
                    self._names.discard(name)
                    self.pids.pop(name, None)
                    if int(pid) not in self._killed and self._size:
                        self.ended_by_itself.append(name)
                    self._fill()

    def _fill(self) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        while len(self._names) < self._size:
            name = f"chaos-{next(self._numbers)}"
            self._names.add(name)
            self._process.stdin.write(f"{name}\n".encode())
