"""The processes of a comparison: what each used of the processor, children and ended children included."""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(root: int) -> float:
    """User and system time of a process and of everything below it so far, those that ended included."""
    total, pids = 0, [root]
    while pids:
        pid = pids.pop()
        try:
            stat = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            for thread in Path(f"/proc/{pid}/task").iterdir():
                pids.extend(map(int, (thread / "children").read_text().split()))
        except FileNotFoundError:
            continue
        total += sum(map(int, stat[11:15]))
    return total / _TICKS


class Meter:
    """Processor time of named processes since it was last set to zero."""

    def __init__(self, roots: Mapping[str, int]) -> None:
        self._roots = dict(roots)
        self._before: dict[str, float] = {}
        self.reset()

    def reset(self) -> None:
        self._before = {name: cpu_seconds(root) for name, root in self._roots.items()}

    def used(self) -> dict[str, float]:
        """Seconds by name."""
        return {name: cpu_seconds(root) - self._before[name] for name, root in self._roots.items()}

    def settle(self, name: str, idle_share: float, patience_seconds: float = 120.0) -> None:
        """Returns when a process works no more than when idle: what a run leaves behind is its cost too."""
        deadline = time.monotonic() + patience_seconds
        while time.monotonic() < deadline:
            before = cpu_seconds(self._roots[name])
            time.sleep(2)
            if (cpu_seconds(self._roots[name]) - before) / 2 <= idle_share * 1.5 + 0.02:
                return
        raise TimeoutError(f"{name} was still busy after {patience_seconds:g} s")


class Worker:
    """A worker process that is told what to do on its standard input."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], cwd: Path, log: Path) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=cwd,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._log = log
        self.pid = self._process.pid

    def hear(self) -> dict[str, Any]:
        """The next thing it says.

        Raises:
            RuntimeError: it ended.
        """
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            if line.startswith("{"):
                said: dict[str, Any] = json.loads(line)
                return said
        self.end()
        end = self._log.read_text(errors="replace")[-3_000:]
        raise RuntimeError(f"the worker ended with {self._process.returncode}:\n{end}")

    def tell(self, command: str) -> dict[str, Any]:
        """What it answers to a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self.hear()

    def end(self) -> None:
        """Has it leave; it is killed when it does not."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


@contextmanager
def service(
    command: Sequence[str], environment: Mapping[str, str], log: Path, health: str | None
) -> Iterator[int]:
    """The pid of a running service, ended with the block.

    Args:
        health: an address that answers 200 when it is up.
    """
    with log.open("ab") as out:
        process = subprocess.Popen(command, env=dict(environment), stdout=out, stderr=out)
    try:
        if health is not None:
            _wait_for(health, process, log)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(health: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(health, timeout=2) as answer:  # noqa: S310 our own loopback address
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"{health} does not answer:\n{log.read_text(errors='replace')[-3_000:]}")
