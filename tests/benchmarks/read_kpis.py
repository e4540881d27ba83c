"""Reading the mirror into the KPI frame, against DuckDB on the same files.

Run: `.venv/bin/python -m tests.benchmarks.read_kpis [--events 10000000] [--rounds 3] [--folder F] [--json]`.

Both make the same frame, one row a task, and from it the same KPI table, of the company and of each team;
every n and every value is compared. Ours has intervals besides, which DuckDB does not make. Printed too: what
it takes DuckDB to merely decode the same columns (the largest value of each). Every run is a process of its
own; its time counts from after the imports. Cold means that the files, and nothing else, were put out of the
page cache.
"""

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.measure import Comparison, report

_READ = (
    *(
        "seq",
        "kind",
        "task_id",
        "run_id",
        "team",
        "agent",
        "model_source",
        "happened_at",
        "cost_usd",
        "status",
    ),
    *("reason", "subject", "priority", "title", "confidence", "input_tokens", "output_tokens"),
    *("cache_read_tokens", "cache_write_tokens", "attention_seconds", "context_rating"),
)
_NOW = datetime(2026, 3, 30, tzinfo=UTC)
"""Some events are old enough by then for results to have held, if there are enough of them."""
_Figures = dict[str, tuple[int, float | None]]
_TOTALS = (
    *("agent_ms", "total_ms", "human_wait_ms", "system_wait_ms", "attention_seconds"),
    *("unmeasured_approvals", "unmeasured_escalations", "approvals", "output_tokens"),
)
_MOST_MEGABYTES = 2048


def tasks(files: list[str]) -> Callable[[], dict[str, Any]]:
    """Our way to a row a task."""
    import polars as pl

    from muster.analysis.tasks import task_rows
    from muster.ledger.event_frame import EVENT_FRAME

    def run() -> dict[str, Any]:
        frame = task_rows(pl.scan_parquet(files).select(*EVENT_FRAME)).collect(engine="streaming")
        totals = frame.select(pl.len(), pl.col("model_cost_usd").sum().cast(pl.String), pl.col(_TOTALS).sum())
        return {"totals": list(totals.row(0))}

    return run


def kpis(files: list[str]) -> Callable[[], dict[str, Any]]:
    """Our way from files to KPIs, as the command line and the pages go it."""
    import polars as pl

    from muster.analysis.human import HumanCost
    from muster.analysis.kpis import overview
    from muster.analysis.tasks import task_rows
    from muster.ledger.event_frame import EVENT_FRAME

    def run() -> dict[str, Any]:
        tasks = task_rows(pl.scan_parquet(files).select(*EVENT_FRAME)).collect(engine="streaming")
        return {"kpis": _named(overview(tasks.lazy(), HumanCost(), _NOW).select(_COLUMNS).iter_rows())}

    return run


def duckdb_rows(files: list[str]) -> Callable[[], dict[str, Any]]:
    """DuckDB's way to a row a task."""
    import duckdb

    sql = Path(__file__).with_name("task_rows.duckdb.sql").read_text()
    connection = duckdb.connect()
    connection.execute("SET VARIABLE files = $1", [files])

    def run() -> dict[str, Any]:
        connection.execute(f"CREATE TABLE tasks AS {sql}")
        sums = ", ".join(f"sum({name})::bigint" for name in _TOTALS)
        totals = f"SELECT count(*), sum(model_cost_usd)::text, {sums} FROM tasks"  # noqa: S608 our own names
        return {"totals": list(connection.execute(totals).fetchone() or ())}

    return run


def duckdb_kpis(files: list[str]) -> Callable[[], dict[str, Any]]:
    """DuckDB's way from files to KPIs."""
    import duckdb

    here = Path(__file__)
    rows, table = (here.with_name(f"{name}.duckdb.sql").read_text() for name in ("task_rows", "kpi_table"))
    connection = duckdb.connect()
    connection.execute("SET VARIABLE files = $1", [files])
    connection.execute("SET VARIABLE now = $1", [_NOW])

    def run() -> dict[str, Any]:
        connection.execute(f"CREATE TABLE tasks AS {rows}")
        return {"kpis": _named(connection.execute(table).fetchall())}

    return run


def duckdb_scan(files: list[str]) -> Callable[[], dict[str, Any]]:
    """DuckDB decoding the same columns."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET VARIABLE files = $1", [files])
    statement = "SELECT {} FROM read_parquet(getvariable('files'))"

    def run() -> dict[str, Any]:
        connection.execute(statement.format(", ".join(f"max({name})" for name in _READ))).fetchall()
        return {}

    return run


_WAYS = {
    "tasks": tasks,
    "kpis": kpis,
    "duckdb_rows": duckdb_rows,
    "duckdb_kpis": duckdb_kpis,
    "duckdb_scan": duckdb_scan,
}
_COLUMNS = ["model_source", "team", "kpi", "n", "value"]


def _named(rows: Iterable[tuple[Any, ...]]) -> _Figures:
    return {f"{source}/{team}/{kpi}": (n, value) for source, team, kpi, n, value in rows}


def demand_same(ours: _Figures, theirs: _Figures) -> int:
    """How many figures agree: every n, and every value that ours does not call too few; all have to."""
    assert ours.keys() == theirs.keys(), ours.keys() ^ theirs.keys()
    for name, (n, value) in ours.items():
        their_n, their_value = theirs[name]
        same = value is None or math.isclose(value, their_value or 0.0, rel_tol=1e-9, abs_tol=1e-12)
        assert n == their_n, (name, ours[name], theirs[name])
        assert same, (name, ours[name], theirs[name])
    return len(ours)


def one_run(way: str, folder: Path) -> None:
    """What the measured process does."""
    run = _WAYS[way](sorted(map(str, folder.glob("*.parquet"))))
    began, began_cpu = time.perf_counter(), time.process_time()
    result = run()
    seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "megabytes": megabytes, **result}))


def measured(way: str, folder: Path, *, cold: bool) -> dict[str, Any]:
    """One run in a process of its own."""
    if cold:
        for path in folder.glob("*.parquet"):
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)  # pages that are not on disk yet cannot be put out
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)
    command = [sys.executable, "-m", "tests.benchmarks.read_kpis", "--way", way, "--folder", str(folder)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result: dict[str, Any] = json.loads(told)
    return result


def compare(folder: Path, rounds: int) -> tuple[list[Comparison], dict[str, list[float]], int]:
    """The comparisons, every way's peak memory, and how many figures were the same.

    Seconds of the processor are compared, too: on a machine that others use they say more than the clock.
    """
    comparisons = []
    peaks: dict[str, list[float]] = {way: [] for way in _WAYS}
    same = 0
    for cold in (True, False):
        state = "cold" if cold else "warm"
        rows = Comparison(f"events to a row a task, {state}", "DuckDB to the same rows", "s", "lower", 1.2)
        more = Comparison(f"and to every KPI, {state}", "DuckDB to the same values", "s", "lower", 1.2)
        scan = Comparison(f"events to a row a task, {state}", "DuckDB decoding columns", "s", "lower", 1.2)
        cpu = Comparison(f"and to every KPI, {state}, CPU", "DuckDB to the same values", "s", "lower", 1.2)
        for _ in range(rounds):
            results = {way: measured(way, folder, cold=cold) for way in _WAYS}
            same = demand_same(results["kpis"]["kpis"], results["duckdb_kpis"]["kpis"])
            assert results["tasks"]["totals"] == results["duckdb_rows"]["totals"], results
            for comparison, mine, way in (
                (rows, "tasks", "duckdb_rows"),
                (more, "kpis", "duckdb_kpis"),
                (scan, "tasks", "duckdb_scan"),
            ):
                comparison.ours.append(results[mine]["seconds"])
                comparison.theirs.append(results[way]["seconds"])
            cpu.ours.append(results["kpis"]["cpu"])
            cpu.theirs.append(results["duckdb_kpis"]["cpu"])
            for way, result in results.items():
                peaks[way].append(result["megabytes"])
        comparisons += [rows, more, cpu, scan]
    return comparisons, peaks, same


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="Keep the files there, or use those that are.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--way", choices=_WAYS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        one_run(given.way, given.folder)
        return
    with TemporaryDirectory() as name:
        folder = given.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.glob("*.parquet")):
            make = "import sys, pathlib; from tests.benchmarks.made_events import write_mirror; "
            make += "write_mirror(pathlib.Path(sys.argv[1]), int(sys.argv[2]))"
            subprocess.run([sys.executable, "-c", make, str(folder), str(given.events)], check=True)
        comparisons, peaks, same = compare(folder, given.rounds)
        files = list(folder.glob("*.parquet"))
        size = sum(path.stat().st_size for path in files) / 1e6
    within = "reached" if max(peaks["kpis"]) < _MOST_MEGABYTES else "NOT reached"
    memory = {way: round(statistics.median(each)) for way, each in peaks.items()}
    report(
        comparisons,
        as_json=given.json,
        events=given.events,
        files=f"{len(files)}, {size:,.0f} MB",
        cores=os.cpu_count(),
        figures_that_agree=same,
        peak_memory_megabytes=memory,
        peak_memory_wanted=f"ours under {_MOST_MEGABYTES}: {within}",
    )


if __name__ == "__main__":
    main()
