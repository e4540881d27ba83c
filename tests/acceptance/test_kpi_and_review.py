"""`muster kpi` and `muster review`, as they are typed."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from muster.analysis.ready import frames_of
from muster.core.clock import SystemClock
from muster.core.settings import Settings
from muster.exports.asking import questions
from muster.exports.asking.record import Record
from muster.ledger.reader import LedgerReader
from muster.reports.assumptions.people import load_human_cost
from tests.acceptance.worked import work_done
from tests.integration.reports.post_office import PostOffice

MUSTER = [sys.executable, "-c", "from muster.cli import main; main()"]


def muster(*words: str, url: str, home: Path) -> subprocess.CompletedProcess[str]:
    settings = {"MUSTER_DATABASE_URL": url, "MUSTER_HOME": str(home)}
    return subprocess.run(
        [*MUSTER, *words],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_review_and_the_kpi_table_say_the_same_to_the_last_digit(
    database_url: str, tmp_path: Path
) -> None:
    asyncio.run(work_done(database_url, until=datetime(2026, 11, 18, 12, 0, tzinfo=UTC)))

    kpi = muster("kpi", "--json", url=database_url, home=tmp_path)
    review = muster("review", "--week", "2026-W47", "--json", url=database_url, home=tmp_path)

    (counted,) = json.loads(kpi.stdout)
    written = json.loads(review.stdout)
    (source,) = written["figures"]["sources"]
    assert counted["tasks"]["completed"] > 0
    assert {name: source[name] for name in counted if name != "attention"} == without(counted, "attention")
    assert Path(written["html"]) == tmp_path / "reports" / "weekly-2026-W47.html"
    assert Path(written["html"]).exists()
    (published,) = LedgerReader(database_url).events(kinds=["report.published"])["subject"]
    assert published == "weekly-review"


def test_a_model_that_asks_is_told_what_the_command_prints(database_url: str, tmp_path: Path) -> None:
    asyncio.run(work_done(database_url))
    reader = LedgerReader(database_url)
    folder = Settings().assumptions_dir
    record = Record(lambda: frames_of(reader.scan()), reader, SystemClock(), lambda: load_human_cost(folder))

    (printed,) = json.loads(muster("kpi", "--json", url=database_url, home=tmp_path).stdout)
    asked = questions.kpis(record, None, None, None, by_team=True)
    spent = questions.costs(record, None, None, None)

    (told,) = asked["sources"]
    by_place = {(row["team"], row["kpi"]): row for row in told["rows"]}
    assert told["tasks_ended"] == printed["tasks"]
    assert told["people"] == printed["people"]
    for team, kpis in {None: printed["company"], **printed["teams"]}.items():
        for kpi, row in kpis.items():
            assert {name: by_place[team, kpi][name] for name in row} == row
    assert spent["sources"][0]["rows"] == printed["costs"]


def test_the_exported_costs_are_those_of_the_ended_tasks(database_url: str, tmp_path: Path) -> None:
    asyncio.run(work_done(database_url))

    (counted,) = json.loads(muster("kpi", "--json", url=database_url, home=tmp_path).stdout)
    out = str(tmp_path / "costs.csv")
    export = muster("export", "focus", "--rehearsal", "--out", out, "--json", url=database_url, home=tmp_path)

    company = next(row for row in counted["costs"] if row["team"] is None)
    machines = Decimal(company["model_cost_usd"]) + Decimal(company["tool_cost_usd"])
    assert machines > 0
    assert Decimal(str(json.loads(export.stdout)["recorded_usd"])) == machines


def test_one_team_is_shown_alone(database_url: str, tmp_path: Path) -> None:
    asyncio.run(work_done(database_url))

    shown = muster("kpi", "--team", "finance", "--since", "24h", url=database_url, home=tmp_path)

    assert shown.returncode == 0
    assert "finance" in shown.stdout
    assert "support" not in shown.stdout
    assert "Rehearsal" in shown.stdout

    empty = muster("kpi", "--since", "2036-01-01", url=database_url, home=tmp_path)

    assert empty.stdout == "No task ended in this period: there is nothing to count.\n"

    unknown = muster("kpi", "--team", "finanse", url=database_url, home=tmp_path)

    assert unknown.returncode == 2
    assert "the record knows no team 'finanse'" in unknown.stderr
    assert "finance, leads, support, vendors" in unknown.stderr


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("kpi", "--since", "yesterday"), "error: 'yesterday' is not a moment (--since)"),
        (("review", "--week", "47"), "error: '47' is not a week"),
        (("review", "--month", "2026-13"), "error: '2026-13' is not a month"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_what_to_write(
    words: tuple[str, ...], line: str, tmp_path: Path
) -> None:
    refused = muster(*words, url="postgresql://nobody@127.0.0.1:1/none", home=tmp_path)

    assert refused.returncode == 2
    assert refused.stderr.splitlines()[0] == line
    assert refused.stderr.splitlines()[1].startswith("  do: write ")


def test_a_review_is_of_a_week_or_of_a_month(tmp_path: Path) -> None:
    both = muster(
        *("review", "--week", "2026-W47", "--month", "2026-11"),
        url="postgresql://nobody@127.0.0.1:1/none",
        home=tmp_path,
    )

    assert both.returncode == 2
    assert both.stderr.startswith("error: a review is of a week or of a month")


def test_a_months_review_has_return_and_payback_and_is_mailed(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(work_done(database_url, until=datetime(2026, 11, 18, 12, 0, tzinfo=UTC)))
    office = PostOffice()
    for name, value in {"HOST": "127.0.0.1", "PORT": str(office.port), "SECURITY": "none"}.items():
        monkeypatch.setenv(f"MUSTER_MAIL_{name}", value)
    monkeypatch.setenv("MUSTER_REVIEW_RECIPIENTS", "cfo@example.com")

    with office.open():
        written = muster("review", "--month", "2026-11", "--mail", "--json", url=database_url, home=tmp_path)
    away = muster("review", "--month", "2026-11", "--mail", url=database_url, home=tmp_path)

    told = json.loads(written.stdout)
    assert {one["team"] for one in told["figures"]["sources"][0]["roi"]} == {
        *("finance", "leads", "support", "vendors")
    }
    assert "Return and payback" in Path(told["html"]).read_text()
    assert Path(told["pdf"]).read_bytes().startswith(b"%PDF")
    assert told["mail"]["to"] == ["cfo@example.com"]
    assert [mail["Subject"] for _, mail in office.arrived] == ["Agent review, November 2026"]
    assert away.returncode == 5
    assert away.stderr.startswith("error: the review was not mailed: ")
    sent = LedgerReader(database_url).events(kinds=["report.sent"])["status"]
    assert sent.to_list() == ["sent", "failed"]


def test_without_a_database_there_is_one_line(tmp_path: Path) -> None:
    refused = muster("kpi", url="postgresql://nobody@127.0.0.1:1/none", home=tmp_path)

    assert refused.returncode == 5
    assert refused.stderr.startswith("error: the ledger's database is not available")
    assert "Traceback" not in refused.stderr


def without(figures: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in figures.items() if key != name}
