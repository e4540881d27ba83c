"""What gateway_overhead.py measures: the system, the gateway, fastmcp's proxies; each its own process."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg

from muster.core.settings import PROJECT_ROOT, Settings
from muster.services import http_app
from muster.services.ports import free_port
from tests.benchmarks.gateway_overhead_server import TOOLS

BENCH_PYTHON = PROJECT_ROOT / ".venv-bench" / "bin" / "python"
REGISTRATION = """
servers:
  system:
    get_order: {effect: read}
    set_note: {effect: write, free_text: [note], idempotency_key: idempotency_key}
    add_note: {effect: write, free_text: [note]}
"""
MANIFEST = {
    "team": "bench",
    "agents": [
        {
            "name": "clerk",
            "tier": "reconciliation",
            "phase": "core",
            "tools": [f"system__{tool}" for tool in TOOLS],
        }
    ],
}
_STARTED_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Sample:
    """What one call costs."""

    name: str
    at_once: int
    p50_ms: float
    calls_per_second: float
    cpu_ms: dict[str, float]
    """CPU-ms a call by process, user and system."""

    def line(self) -> str:
        cpu = "  ".join(f"{process} {value:.2f}" for process, value in self.cpu_ms.items())
        return (
            f"{self.name:<26} {self.at_once:>2} at once   p50 {self.p50_ms:7.2f} ms   "
            f"{self.calls_per_second:7.0f} calls/s   CPU-ms a call: {cpu}"
        )


@dataclass(frozen=True, slots=True)
class Processes:
    """Where everyone listens, and their process ids."""

    system: int
    gateway: int
    fastmcp: dict[str, int]
    """Port by name; empty where the environment of the rivals is not made."""
    pids: dict[str, int]
    postgres_data: Path

    def of(self, *names: str) -> dict[str, list[int]]:
        """The process ids of those, by name; Postgres is its server and every backend there is now."""
        return {
            name: _postgres(self.postgres_data) if name == "postgres" else [self.pids[name]] for name in names
        }


async def sampled(
    name: str,
    callers: list[Callable[[], Awaitable[object]]],
    calls: int,
    processes: Callable[[], dict[str, list[int]]],
) -> Sample:
    """The cost of `calls` calls, made by all callers side by side, each one after the other."""
    await asyncio.gather(*(call() for call in callers))
    pids, walls = processes(), []
    before = {who: sum(map(_cpu_seconds, each)) for who, each in pids.items()}
    own, began = time.process_time(), time.perf_counter()

    async def work(call: Callable[[], Awaitable[object]]) -> None:
        for _ in range(max(calls // len(callers), 1)):
            start = time.perf_counter()
            await call()
            walls.append(time.perf_counter() - start)

    await asyncio.gather(*map(work, callers))
    seconds = time.perf_counter() - began
    cpu = {
        who: (sum(map(_cpu_seconds, each)) - before[who]) * 1000 / len(walls) for who, each in pids.items()
    }
    cpu["client"] = (time.process_time() - own) * 1000 / len(walls)
    return Sample(name, len(callers), median(walls) * 1000, len(walls) / seconds, cpu)


def commit_ms(database_url: str, times: int = 40) -> float:
    """What one synchronous commit of one row takes on this machine, from a client of its own."""
    walls = []
    with psycopg.connect(database_url) as connection:
        for _ in range(times):
            began = time.perf_counter()
            connection.execute("INSERT INTO state.rate_marks VALUES ('nobody', 'nothing', now())")
            connection.commit()
            walls.append(time.perf_counter() - began)
    return median(walls) * 1000


def settings_for(folder: Path, database_url: str, port: int) -> Settings:
    """The gateway's settings; its files are in `folder`."""
    return Settings(
        home=folder / "home",
        database_url=database_url,
        http_port=port,
        mcp_servers=folder / "mcp.json",
        tools_registration=folder / "tools.yaml",
        policies_dir=folder / "own_policies",
    )


@contextmanager
def running(folder: Path, database_url: str, data: Path, system: int) -> Iterator[Processes]:
    """Everyone, listening, while the block lasts; the system listens on the port `system`."""
    gateway, rivals = free_port(), {}
    url = f"http://127.0.0.1:{system}/mcp"
    module = [sys.executable, "-m"]
    commands = {
        "system": [*module, "tests.benchmarks.gateway_overhead_server", str(system)],
        "gateway": [*module, __spec__.name, str(folder), database_url, str(gateway)],
    }
    if BENCH_PYTHON.exists():
        for name, options in (("fastmcp", []), ("fastmcp, held", ["--held"])):
            rivals[name] = free_port()
            rival = [str(BENCH_PYTHON), "-m", "tests.benchmarks.gateway_overhead_fastmcp"]
            commands[name] = [*rival, url, str(rivals[name]), *options]
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            started[name] = subprocess.Popen(command, cwd=PROJECT_ROOT)
            if name == "system":
                asyncio.run(_listening(system))  # fastmcp's held client must find it
        for port in (gateway, *rivals.values()):
            asyncio.run(_listening(port))
        pids = {name: process.pid for name, process in started.items()}
        yield Processes(system, gateway, rivals, pids, data)
    finally:
        for process in started.values():
            process.kill()
            process.wait()


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _postgres(data: Path) -> list[int]:
    parent = int((data / "postmaster.pid").read_text().splitlines()[0])
    return [parent, *map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())]


async def _listening(port: int) -> None:
    deadline = time.monotonic() + _STARTED_SECONDS
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


if __name__ == "__main__":
    own_folder, own_url, own_port = sys.argv[1:]
    asyncio.run(http_app.serve(settings_for(Path(own_folder), own_url, int(own_port))))
