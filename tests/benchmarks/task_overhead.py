"""What a task of 4 model and 4 tool calls costs when model and tools answer at once: ours against two others.

Run: `python -m tests.benchmarks.task_overhead [--tasks 96] [--rounds 3] [--only NAMES] [--json]`;
`make bench-setup` makes the environment of the others. One Postgres (durable, all databases on it) and one
Prefect server, tuned as muster tunes it, serve everybody in turns. CPU-ms are of every process that was
started for it, what it still does after the last task included; a service's idle use is taken off.

- muster: a shift in one process, everything recorded; no orchestrator beside it, like LangGraph
- muster, Prefect: the same, each task one Prefect task run: as it is shipped
- muster, gateway: a shift whose model server and tools are other processes, the tools behind the real
  gateway; model server and tools themselves are not counted
- LangGraph: its agent graph and AsyncPostgresSaver on a connection pool; `async` is its default durability
  (a step's checkpoint is written while the next one runs), `sync` writes it before: as the ledger does
- Pydantic AI: PrefectDurability, a flow run a task, a task run each model and tool call
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from muster.core.settings import PROJECT_ROOT, Settings
from muster.ledger.schema import migrate
from muster.services.environment import home_environment
from muster.services.ports import free_port
from muster.services.postgres import EmbeddedPostgres
from muster.services.prefect_server import client_environment, server_command, server_environment
from tests.benchmarks.task_overhead_processes import Meter, Worker, service

OURS = PROJECT_ROOT / ".venv" / "bin" / "python"
THEIRS = PROJECT_ROOT / ".venv-bench" / "bin" / "python"
IN_FLIGHT = (1, 8, 64)
REACH = 1 / 3
_IDLE_SECONDS = 6.0


@dataclass(frozen=True)
class System:
    """One way to work on tasks."""

    name: str
    module: str
    python: Path
    ours: bool
    environment: dict[str, str] = field(default_factory=dict)
    prefect: bool = False
    """Whether a Prefect server is part of it."""
    share: float = 1.0
    """Of the tasks that are run; slow ones do fewer."""
    over_http: bool = False
    """Whether the gateway is part of it, with a model server and a shop beside it."""


SYSTEMS = (
    System("muster", "task_overhead_muster", OURS, True, {"WAY": "shift"}),
    System("muster, Prefect", "task_overhead_muster", OURS, True, {"WAY": "prefect"}, True),
    System("muster, gateway", "task_overhead_muster", OURS, True, {"WAY": "gateway"}, over_http=True),
    System("LangGraph, async", "task_overhead_langgraph", THEIRS, False, {"DURABILITY": "async"}),
    System("LangGraph, sync", "task_overhead_langgraph", THEIRS, False, {"DURABILITY": "sync"}),
    System("Pydantic AI", "task_overhead_pydantic_ai", THEIRS, False, {}, True, 0.25),
)


@dataclass
class Cost:
    """A task's cost, on average of one round."""

    tasks_per_second: float
    cpu_ms: dict[str, float]
    """By process: client, postgres, prefect, gateway."""

    @property
    def sum_ms(self) -> float:
        return sum(self.cpu_ms.values())


Costs = dict[tuple[str, int], list[Cost]]
"""Rounds by system and tasks in flight."""


class Hall:
    """Postgres, Prefect and the workers of every system, ready to be told to work."""

    def __init__(self, stack: ExitStack, folder: Path, systems: list[System]) -> None:
        self._stack = stack
        self._folder = folder
        self._postgres = EmbeddedPostgres(folder / "pg", free_port())
        stack.enter_context(self._postgres.running())
        self._services = {
            "postgres": int((folder / "pg" / "postmaster.pid").read_text().splitlines()[0]),
        }
        self._settings = Settings(home=folder / "home", prefect_port=free_port())
        if any(system.prefect for system in systems):
            self._services["prefect"] = self._prefect()
        self.workers = {system.name: self._worker(system) for system in systems}
        for worker in self.workers.values():
            worker.hear()
        self.idle = self._idle()

    def _prefect(self) -> int:
        self._postgres.create_database("prefect")
        environment = {
            **os.environ,
            **home_environment(self._settings.home_dir),
            **server_environment(self._settings, self._postgres.url("prefect")),
        }
        command = [str(OURS), "-m", *server_command(self._settings)]
        health = f"http://127.0.0.1:{self._settings.prefect_port}/api/health"
        running = service(command, environment, self._folder / "prefect.log", health)
        return self._stack.enter_context(running)

    def _worker(self, system: System) -> Worker:
        database = "".join(letter for letter in system.name.lower() if letter.isalnum())
        self._postgres.create_database(database)
        url = self._postgres.url(database)
        if system.ours:
            migrate(url)
        environment = {
            **os.environ,
            **home_environment(self._folder / database),
            "DATABASE_URL": url,
            "MUSTER_DATABASE_URL": url,
            "MUSTER_HOME": str(self._folder / database),
            **(client_environment(self._settings) if system.prefect else {}),
            **system.environment,
        }
        if system.over_http:
            environment |= self._behind(environment)
        command = [str(system.python), "-m", f"tests.benchmarks.{system.module}"]
        worker = Worker(command, environment, PROJECT_ROOT, self._folder / f"{database}.log")
        self._stack.callback(worker.end)
        return worker

    def _behind(self, environment: dict[str, str]) -> dict[str, str]:
        """The servers behind muster's HTTP line, started; gives what the worker must know of them."""
        ports = {name: free_port() for name in ("shop", "model", "gateway")}
        shop = {"url": f"http://127.0.0.1:{ports['shop']}/mcp"}
        (self._folder / "mcp.json").write_text(json.dumps({"mcpServers": {"shop": shop}}))
        (self._folder / "tools.yaml").write_text("servers: {shop: {'*': {effect: read}}}")
        known = {
            "MUSTER_MCP_SERVERS": str(self._folder / "mcp.json"),
            "MUSTER_TOOLS_REGISTRATION": str(self._folder / "tools.yaml"),
            "MUSTER_HTTP_PORT": str(ports["gateway"]),
            "MUSTER_REHEARSAL_PORT": str(ports["model"]),
            "ANTHROPIC_API_KEY": "",
        }
        for name, port in ports.items():
            command = [str(OURS), "-m", "tests.benchmarks.task_overhead_servers", name, str(port)]
            health = None if name == "shop" else f"http://127.0.0.1:{port}/healthz"
            log = self._folder / f"{name}.log"
            pid = self._stack.enter_context(service(command, {**environment, **known}, log, health))
            if name == "gateway":
                self._services[name] = pid
        return known

    def _idle(self) -> dict[str, float]:
        """CPU seconds a second that each service uses when nobody asks it for anything."""
        sleep(3)
        meter = Meter(self._services)
        sleep(_IDLE_SECONDS)
        return {name: used / _IDLE_SECONDS for name, used in meter.used().items()}

    def round(self, system: System, tasks: int, in_flight: int) -> Cost:
        """One round of one system."""
        worker = self.workers[system.name]
        worker.tell(f"fill {tasks}")
        roots = {"client": worker.pid, "postgres": self._services["postgres"]}
        if system.prefect:
            roots["prefect"] = self._services["prefect"]
        if system.over_http:
            roots["gateway"] = self._services["gateway"]
        meter = Meter(roots)
        began = monotonic()
        said = worker.tell(f"run {tasks} {in_flight}")
        if system.prefect:
            meter.settle("prefect", self.idle["prefect"])
        took = monotonic() - began
        used = {
            name: max(0.0, seconds - self.idle.get(name, 0.0) * took)
            for name, seconds in meter.used().items()
        }
        return Cost(
            tasks / said["seconds"], {name: seconds * 1_000 / tasks for name, seconds in used.items()}
        )


@contextmanager
def hall(systems: list[System]) -> Iterator[Hall]:
    """Everything started, and ended with the block."""
    with tempfile.TemporaryDirectory(prefix="overhead") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        yield Hall(stack, folder, systems)


def measured(systems: list[System], tasks: int, rounds: int) -> Costs:
    """Every system at every number in flight, in turns."""
    costs: Costs = {}
    with hall(systems) as ready:
        for system in systems:
            ready.round(system, 8, 8)  # the cold one
        for _ in range(rounds):
            for in_flight in IN_FLIGHT:
                for system in systems:
                    few = max(in_flight if in_flight > 8 else 8, round(tasks * system.share))
                    cost = ready.round(system, few, in_flight)
                    costs.setdefault((system.name, in_flight), []).append(cost)
                    print(line(system.name, in_flight, [cost]), file=sys.stderr, flush=True)
    return costs


def line(name: str, in_flight: int, rounds: list[Cost]) -> str:
    """Medians of the rounds, for people."""
    parts = "  ".join(
        f"{process} {statistics.median(cost.cpu_ms[process] for cost in rounds):7.2f}"
        for process in rounds[0].cpu_ms
    )
    total = _median_ms(rounds)
    speed = statistics.median(cost.tasks_per_second for cost in rounds)
    return f"{name:<18} {in_flight:>3} in flight  {speed:8.1f} tasks/s  CPU-ms a task {total:8.2f}:  {parts}"


def verdicts(systems: list[System], costs: Costs) -> list[dict[str, Any]]:
    """Ours against each of the others and against the cheapest, by tasks in flight: ratios of CPU a task."""
    found: list[dict[str, Any]] = []
    others = [system.name for system in systems if not system.ours]
    for system in (one for one in systems if one.ours and others):
        for in_flight in IN_FLIGHT:
            mine = _median_ms(costs[system.name, in_flight])
            theirs = {name: _median_ms(costs[name, in_flight]) for name in others}
            best = min(others, key=theirs.__getitem__)
            found.append(
                {
                    "ours": system.name,
                    "in_flight": in_flight,
                    "cpu_ms": mine,
                    "ratios": {name: mine / other for name, other in theirs.items()},
                    "best_other": best,
                    "reached": mine / theirs[best] <= REACH,
                }
            )
    return found


def _median_ms(rounds: list[Cost]) -> float:
    return statistics.median(cost.sum_ms for cost in rounds)


def verdict_line(one: dict[str, Any]) -> str:
    """A comparison for people."""
    ratios = ", ".join(f"{ratio:.2f} of {name}" for name, ratio in one["ratios"].items())
    mark = "reached" if one["reached"] else "NOT reached"
    return (
        f"{one['ours']}, {one['in_flight']} in flight: {one['cpu_ms']:.2f} CPU-ms a task: {ratios}; "
        f"at most {REACH:.2f} of {one['best_other']} wanted: {mark}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tasks", type=int, default=96, help="a round; slow systems do a quarter")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="beginnings of systems' names, with ; between them")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    wanted = [name.strip().lower() for name in given.only.split(";") if name.strip()]
    systems = [
        one for one in SYSTEMS if not wanted or any(one.name.lower().startswith(each) for each in wanted)
    ]
    if any(not one.ours for one in systems) and not THEIRS.exists():
        sys.exit(f"error: {THEIRS} is not there\n  do: make bench-setup")
    costs = measured(systems, given.tasks, given.rounds)
    found = verdicts(systems, costs)
    if given.json:
        rows = [
            {"system": name, "in_flight": in_flight, "rounds": [asdict(cost) for cost in rounds]}
            for (name, in_flight), rounds in costs.items()
        ]
        print(json.dumps({"reach": REACH, "costs": rows, "comparisons": found}, indent=2))
        return
    for in_flight in IN_FLIGHT:
        for system in systems:
            print(line(system.name, in_flight, costs[system.name, in_flight]))
    for one in found:
        print(verdict_line(one))


if __name__ == "__main__":
    main()
