"""What DuckDB makes of the same files is what we make: every column of every task, and every figure."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from muster.analysis.definitions import KPIS
from muster.analysis.tasks import TASKS, task_rows
from muster.ledger.event_frame import EVENT_FRAME
from tests.benchmarks import read_kpis
from tests.benchmarks.made_events import write_mirror


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return [str(path) for path in write_mirror(tmp_path_factory.mktemp("mirror"), 120_000)]


def test_the_task_rows_are_the_same(files: list[str]) -> None:
    ours = task_rows(pl.scan_parquet(files).select(*EVENT_FRAME)).collect(engine="streaming")
    sql = Path(read_kpis.__file__).with_name("task_rows.duckdb.sql").read_text()
    connection = duckdb.connect()
    connection.execute("SET VARIABLE files = $1", [files])
    theirs = pl.DataFrame(connection.sql(sql).to_arrow_table())

    different = {
        name: int(ours[name].ne_missing(theirs[name].cast(dtype)).sum())
        for name, dtype in TASKS.schema.items()
    }

    assert {name: count for name, count in different.items() if count} == {}
    assert ours.height > 1_000
    assert {"waiting", "completed", "escalated"} <= set(ours["status"])
    assert {"assumed", "confirmed", "reopened"} <= set(ours["completion"])


def test_the_figures_are_the_same(files: list[str]) -> None:
    ours, theirs = (way(files)()["kpis"] for way in (read_kpis.kpis, read_kpis.duckdb_kpis))

    assert read_kpis.demand_same(ours, theirs) == 5 * len(KPIS)
    assert sum(value is not None for _, value in ours.values()) > 4 * len(KPIS)
