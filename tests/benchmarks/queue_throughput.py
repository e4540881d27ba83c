"""Lease, work and finish empty tasks: muster with its ledger on, against procrastinate and pgqueuer.

Run: `make bench-setup`, then
`python -m tests.benchmarks.queue_throughput [--tasks 3000] [--rounds 3] [--processes 1] [--json]`.
All three work on the same Postgres, which keeps every commit, in a database each, with as many worker
processes and tasks in flight; the workers say what settings they have. A round fills a queue and lets it be
emptied, one library after the other; a first short one warms everything up and does not count. Processor time
is that of the workers (client) and of all processes of Postgres.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Self

import psycopg

from muster.ledger.schema import migrate
from muster.services.postgres import EmbeddedPostgres
from tests.benchmarks.measure import Comparison, durable_server, report

IN_FLIGHT = (1, 8, 64)
ROOT = Path(__file__).resolve().parents[2]
BENCH_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
_TICKS = os.sysconf("SC_CLK_TCK")


class Team:
    """Worker processes of one library on one database."""

    def __init__(self, library: str, url: str, in_flight: int, processes: int) -> None:
        python = sys.executable if library == "muster" else str(BENCH_PYTHON)
        command = [python, "-m", f"tests.benchmarks.queue_worker_{library}"]
        self._workers = [
            subprocess.Popen(
                [*command, url, str(in_flight)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(processes)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            assert worker.stdin is not None
            worker.stdin.close()
            worker.wait(timeout=30)

    def one(self, order: str) -> dict[str, float]:
        """Have the first worker do it."""
        return self._answers(order, self._workers[:1])[0]

    def all(self, order: str) -> list[dict[str, float]]:
        """Have every worker do it at the same time."""
        return self._answers(order, self._workers)

    @staticmethod
    def _answers(order: str, workers: list[subprocess.Popen[str]]) -> list[dict[str, float]]:
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write(order + "\n")
            worker.stdin.flush()
        answers: list[dict[str, float]] = []
        for worker in workers:
            assert worker.stdout is not None
            answers.append(json.loads(worker.stdout.readline() or "{}"))
        return answers


@dataclass
class Measured:
    """One library with so many tasks in flight, a figure a round."""

    tasks_per_second: list[float] = field(default_factory=list)
    client_cpu_ms: list[float] = field(default_factory=list)
    """A task."""
    postgres_cpu_ms: list[float] = field(default_factory=list)
    """A task."""


def postgres_cpu_seconds(postmaster: int) -> float:
    """What a server's processes have used so far, those that ended included."""
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(folder.name) == postmaster:
            ticks += sum(int(used) for used in fields[11:15])
        elif int(fields[1]) == postmaster:
            ticks += sum(int(used) for used in fields[11:13])
    return ticks / _TICKS


def postmaster_of(server: EmbeddedPostgres) -> int:
    return int((server.data_dir / "postmaster.pid").read_text().split()[0])


def measure(
    server: EmbeddedPostgres, library: str, in_flight: int, given: argparse.Namespace, into: Measured
) -> None:
    """One round of one library."""
    postmaster = postmaster_of(server)
    with Team(library, server.url(f"bench_{library}"), in_flight, given.processes) as team:
        team.one(f"fill {max(given.tasks // 10, 50)}")
        team.all("drain")
        team.one(f"fill {given.tasks}")
        with psycopg.connect(server.superuser_url(f"bench_{library}"), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")
        before = postgres_cpu_seconds(postmaster)
        answers = team.all("drain")
        used = postgres_cpu_seconds(postmaster) - before
    into.tasks_per_second.append(given.tasks / max(answer["seconds"] for answer in answers))
    into.client_cpu_ms.append(sum(answer["cpu_seconds"] for answer in answers) / given.tasks * 1_000)
    into.postgres_cpu_ms.append(used / given.tasks * 1_000)


def install(server: EmbeddedPostgres, libraries: list[str]) -> None:
    """A database a library, with its tables."""
    for library in libraries:
        server.create_database(f"bench_{library}")
        url = server.url(f"bench_{library}")
        if library == "muster":
            migrate(url)
            continue
        with Team(library, url, 1, 1) as team:
            team.one("install")


def compared(measured: dict[tuple[str, int], Measured], libraries: list[str]) -> list[Comparison]:
    lines = []
    for in_flight in IN_FLIGHT:
        for library in libraries[1:]:
            line = Comparison(f"tasks, {in_flight} in flight", library, "tasks/s", "higher", 1.0)
            line.ours = measured["muster", in_flight].tasks_per_second
            line.theirs = measured[library, in_flight].tasks_per_second
            lines.append(line)
    return lines


def table(measured: dict[tuple[str, int], Measured]) -> list[dict[str, Any]]:
    """Medians."""
    return [
        {
            "library": library,
            "in_flight": in_flight,
            "tasks_per_second": round(median(one.tasks_per_second), 1),
            "client_cpu_ms_per_task": round(median(one.client_cpu_ms), 3),
            "postgres_cpu_ms_per_task": round(median(one.postgres_cpu_ms), 3),
        }
        for (library, in_flight), one in measured.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not BENCH_PYTHON.exists():
        sys.exit("error: the libraries to compare with are not installed\n  do: make bench-setup")
    libraries = ["muster", "procrastinate", "pgqueuer"]
    measured = {(library, in_flight): Measured() for in_flight in IN_FLIGHT for library in libraries}
    with durable_server() as server:
        install(server, libraries)
        for _ in range(given.rounds):
            for (library, in_flight), into in measured.items():
                measure(server, library, in_flight, given, into)
    rows = table(measured)
    if not given.json:
        for row in rows:
            print(
                f"{row['library']:>14} {row['in_flight']:>3} in flight: "
                f"{row['tasks_per_second']:>9,.1f} tasks/s, CPU a task: "
                f"client {row['client_cpu_ms_per_task']:.3f} ms, "
                f"Postgres {row['postgres_cpu_ms_per_task']:.3f} ms"
            )
    about = {"tasks": given.tasks, "rounds": given.rounds, "processes": given.processes}
    report(
        compared(measured, libraries),
        as_json=given.json,
        **about,
        **({"table": rows} if given.json else {}),
    )


if __name__ == "__main__":
    main()
