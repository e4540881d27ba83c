"""`muster export focus` on a real ledger: files as a FinOps tool gets them."""

import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import psycopg
import pytest
from typer.testing import CliRunner, Result

from muster.analysis.focus import FOCUS
from muster.cli.export import app
from muster.core.moments import SinceError
from muster.exports.errors import ExportFileError, ExportRequestError

LEDGER_SUM = """
    SELECT sum(cost_usd) FROM ledger.events
    WHERE kind IN ('model_call.settled', 'tool_call.settled') AND model_source = %s
"""


@pytest.fixture
def company(worked: str, tmp_path: Path) -> Path:
    """A folder to write to; the installation has a ledger."""
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["focus", *(str(one) for one in arguments)])


def recorded(url: str, source: str) -> Decimal:
    with psycopg.connect(url) as connection:
        row = connection.execute(LEDGER_SUM, (source,)).fetchone()
    assert row is not None
    return Decimal(row[0])


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_the_files_sum_is_the_ledgers_to_the_micro_dollar(
    company: Path, worked: str, file_format: str
) -> None:
    out = company / f"costs.{file_format}"

    told = json.loads(run("--out", out, "--format", file_format, "--json").stdout)

    rows = pl.read_csv(out, schema_overrides=FOCUS.schema) if file_format == "csv" else pl.read_parquet(out)
    assert rows.columns == list(FOCUS.schema)
    assert rows["BilledCost"].sum() == rows["x_RecordedCost"].sum() == recorded(worked, "claude") > 0
    assert Decimal(told["billed_usd"]) == recorded(worked, "claude")
    assert Decimal(told["left_out_usd"]) == recorded(worked, "rehearsal") > 0
    assert set(rows["x_ModelSource"]) == {"claude"}
    assert rows["x_TaskStatus"].null_count() == 0


def test_a_rehearsal_has_a_file_of_its_own_that_bills_nothing(company: Path, worked: str) -> None:
    out = company / "rehearsal.parquet"

    told = run("--out", out, "--format", "parquet", "--rehearsal").stdout

    rows = pl.read_parquet(out)
    assert set(rows["x_ModelSource"]) == {"rehearsal"}
    assert rows["BilledCost"].sum() == 0
    assert rows["x_RecordedCost"].sum() == recorded(worked, "rehearsal")
    assert "(real work)" in told


def test_times_in_a_csv_are_as_the_specification_writes_them(company: Path) -> None:
    out = company / "costs.csv"
    run("--out", out)

    first = pl.read_csv(out, infer_schema=False).row(0, named=True)

    assert first["ChargePeriodStart"].endswith("T00:00:00Z")
    assert first["BillingPeriodStart"][8:] == "01T00:00:00Z"
    assert (first["BillingCurrency"], first["BillingAccountId"]) == ("USD", "muster.local/ledger")


def test_what_is_to_be_known_of_a_file_stands_beside_it(company: Path) -> None:
    out = company / "costs.csv"
    run("--out", out, "--people")

    told = json.loads((company / "costs.csv.metadata.json").read_text())

    assert (told["FocusVersion"], told["Rehearsal"]) == ("1.3", False)
    assert [column["ColumnName"] for column in told["ColumnDefinition"]] == list(FOCUS.schema)
    assert "assum" in told["People"]


def test_peoples_time_is_added_when_asked_for_and_changes_no_bill(company: Path) -> None:
    without, with_people = company / "a.parquet", company / "b.parquet"
    run("--out", without, "--format", "parquet")
    run("--out", with_people, "--format", "parquet", "--people")

    before, after = pl.read_parquet(without), pl.read_parquet(with_people)

    assert before["BilledCost"].sum() == after["BilledCost"].sum()
    assert before["x_PeopleCost"].sum() == 0 < after["x_PeopleCost"].sum()
    assert set(after.filter(pl.col("x_PeopleCost") > 0)["BilledCost"]) == {Decimal(0)}


def test_a_period_without_work_gives_a_file_with_columns_and_no_rows(company: Path) -> None:
    out = company / "none.csv"

    told = run("--out", out, "--since", "2020-01-01", "--until", "2020-02-01").stdout

    assert "0 rows, 0.000000 USD" in told
    assert out.read_text().count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (["--since", "yesterday-ish"], SinceError, "not a moment"),
        (["--since", "2026-02-01", "--until", "2026-01-01"], ExportRequestError, "before it begins"),
    ],
)
def test_a_period_that_cannot_be_is_refused(
    company: Path, arguments: list[str], error: type[Exception], says: str
) -> None:
    result = run("--out", company / "x.csv", *arguments)

    assert isinstance(result.exception, error)
    assert says in str(result.exception)
    assert not (company / "x.csv").exists()


def test_a_file_that_cannot_be_written_is_said_and_what_was_there_stays(company: Path) -> None:
    (company / "file").write_text("in the way")

    result = run("--out", company / "file" / "x.csv")

    assert isinstance(result.exception, ExportFileError)
    assert (company / "file").read_text() == "in the way"
    assert isinstance(run("--out", company).exception, ExportRequestError)
