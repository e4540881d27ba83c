"""What a leader meets: the pages on a real ledger, in Streamlit's own test run and in a browser."""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from app.parts import show
from muster.analysis.figures import figure
from muster.analysis.human import HumanCost
from muster.analysis.kpis import overview
from muster.analysis.tasks import task_rows
from muster.ledger.reader import LedgerReader
from muster.services.ports import free_port
from tests.acceptance.worked import work_done
from tests.screenshots import settle, too_wide, wait_for

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture
def company_url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A ledger with 120 rehearsed tasks of four teams."""
    asyncio.run(work_done(database_url))
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    return database_url


@pytest.fixture(autouse=True)
def _no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUSTER_OWNER_PASSWORD", raising=False)


def page(name: str = "", **query: str) -> AppTest:
    """The dashboard at one of its pages, run once."""
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    if name:
        app = app.switch_page(f"views/{name}.py")
    return app.run()


def said(app: AppTest) -> str:
    """Every text on the page."""
    assert not app.exception, app.exception[0].value
    parts = [*app.title, *app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.text]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def test_the_home_page_shows_the_kpi_tables_figures(company_url: str) -> None:
    table = overview(task_rows(LedgerReader(company_url).events().lazy()), HumanCost())
    company = {row["kpi"]: row for row in table.filter(pl.col("team").is_null()).iter_rows(named=True)}

    home = page()

    assert {tile.label: tile.value for tile in home.metric} == {
        "Completion rate": figure(company["completion_rate"]["value"], "share"),
        "Escalation rate": figure(company["escalation_rate"]["value"], "share"),
        "Time to completion, p50": figure(company["time_to_completion_p50"]["value"], "seconds"),
        "Total cost per completed task": figure(company["total_cost_per_completed_task"]["value"], "usd"),
    }
    assert "120 tasks ended" in said(home)
    assert "12 minutes at 42 USD/h" in said(home)


def test_the_address_chooses_team_and_period(company_url: str) -> None:
    tasks = task_rows(LedgerReader(company_url).events().lazy()).collect()

    home = page(team="finance", period="24 hours")

    assert f"{tasks.filter(team='finance').height} tasks ended" in said(home)
    assert home.selectbox(key="team").value == "finance"


def test_real_and_rehearsal_work_are_chosen_between_never_mixed(company_url: str) -> None:
    asyncio.run(work_done(company_url, tasks=30, source="claude", seed=8))

    real, rehearsal = page(), page(source="rehearsal")

    assert "30 tasks ended" in said(real)
    assert "Real model (claude)." in said(real)
    assert "120 tasks ended" in said(rehearsal)
    assert "Rehearsal: a scripted stand-in answered" in said(rehearsal)


def test_the_escalations_page_lists_every_escalation(company_url: str) -> None:
    escalated = task_rows(LedgerReader(company_url).events().lazy()).filter(status="escalated").collect()

    shown = page("escalations")

    assert "Rehearsal" in said(shown)
    assert len(shown.dataframe[-1].value) == escalated.height


def test_a_long_table_shows_its_first_rows_and_says_so(
    company_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = task_rows(LedgerReader(company_url).events().lazy()).collect()
    monkeypatch.setattr(show, "MOST_ROWS", 30)

    shown = page("tasks", order="slowest")

    slowest = tasks.filter(pl.col("status") != "cancelled")["total_ms"].drop_nulls().sort(descending=True)
    assert list(shown.dataframe[0].value["seconds"]) == (slowest.head(30) / 1000).to_list()
    assert "The first 30 of 120 are shown; the download has all." in said(shown)


def test_a_task_is_shown_step_by_step(company_url: str) -> None:
    task_id = (
        task_rows(LedgerReader(company_url).events().lazy())
        .filter(status="escalated")
        .collect()["task_id"][0]
    )

    shown = page("tasks", task=task_id)

    kinds = list(shown.dataframe[0].value["kind"])
    assert kinds[0] == "arrival"
    assert "model call" in kinds
    assert "escalation" in kinds
    assert {tile.label: tile.value for tile in shown.metric}["State"] == "escalated"


def test_a_task_nobody_knows_is_said(company_url: str) -> None:
    assert "The ledger knows no task tsk_gone." in said(page("tasks", task="tsk_gone"))


@pytest.mark.parametrize(
    ("name", "tasks"), [("", 0), ("", 1), ("escalations", 0), ("tasks", 0), ("tasks", 1)]
)
def test_an_empty_ledger_and_a_single_task_break_no_page(
    name: str, tasks: int, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(work_done(database_url, tasks=tasks))
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)

    shown = page(name)

    if tasks == 0:
        assert "No task has ended here yet" in said(shown)
    elif name == "":
        assert {tile.value for tile in shown.metric} == {"too few"}
    else:
        assert "Rehearsal" in said(shown)


def test_a_database_that_is_away_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_DATABASE_URL", f"postgresql://nobody:x@127.0.0.1:{free_port()}/none")

    home = page()

    (sentence,) = home.error
    assert "database is not available" in sentence.value
    assert not home.exception
    assert not home.metric


def test_with_a_password_nothing_is_shown_before_it_is_given(
    company_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSTER_OWNER_PASSWORD", "korrekt-pferd")
    asked = page()
    assert not asked.metric

    asked.text_input[0].set_value("wrong")
    refused = asked.button[0].click().run()
    assert refused.error[0].value == "That is not the password."
    assert not refused.metric

    refused.text_input[0].set_value("korrekt-pferd")
    assert refused.button[0].click().run().metric


@pytest.mark.parametrize("name", ["home", "escalations", "tasks"])
def test_a_page_run_by_itself_asks_for_the_password_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("MUSTER_OWNER_PASSWORD", "korrekt-pferd")

    alone = AppTest.from_file(str(ROOT / "app" / "views" / f"{name}.py"), default_timeout=60).run()

    assert [field.label for field in alone.text_input] == ["Owner's password"]
    assert not alone.error


@pytest.fixture
def dashboard(company_url: str) -> Iterator[str]:
    """The address of the dashboard, served as it is in production."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.address=127.0.0.1"]
    served = subprocess.Popen(
        [*command, f"--server.port={port}"],
        cwd=ROOT,
        env={**os.environ, "MUSTER_DATABASE_URL": company_url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/_stcore/health")
        yield address
    finally:
        served.terminate()
        served.wait(20)


def test_small_answers_do_not_wait_for_an_acknowledgement(dashboard: str) -> None:
    """With Nagle's algorithm on each takes 40 ms, which is how long a reader's system keeps back its word."""
    connection = HTTPConnection(urlsplit(dashboard).netloc)
    took = []
    for _ in range(40):
        began = time.perf_counter()
        connection.request("GET", "/favicon.png")
        connection.getresponse().read()
        took.append(time.perf_counter() - began)
    connection.close()

    assert statistics.median(took) < 0.03


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")
def test_a_browser_draws_the_pages_and_asks_no_outside_address(dashboard: str, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    asked: set[str | None] = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 1400})
        tab.on("request", lambda request: asked.add(urlsplit(request.url).hostname))
        tab.goto(dashboard)
        tab.wait_for_selector("[data-testid=stMetricValue]", timeout=60_000)
        tab.wait_for_selector(".js-plotly-plot .bars", timeout=60_000)
        tab.screenshot(path=tmp_path / "home.png")
        tab.get_by_test_id("stTopNav").get_by_text("Work", exact=True).click()
        tab.get_by_test_id("stTopNavDropdownLink").filter(has_text="Escalations").click()
        tab.wait_for_selector("[data-testid=stDataFrame]", timeout=60_000)
        heading = tab.get_by_role("heading", name="Every escalation").count()
        browser.close()

    assert heading == 1
    assert asked <= {"127.0.0.1", None}
    assert (tmp_path / "home.png").stat().st_size > 30_000


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")
def test_on_a_telephone_no_page_is_wider_than_its_window(dashboard: str) -> None:
    from playwright.sync_api import sync_playwright

    wide = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 400, "height": 900})
        for name in ("", "teams", "tasks", "cost", "reliability", "ledger"):
            tab.goto(f"{dashboard}/{name}")
            tab.wait_for_selector("h1", timeout=60_000)
            settle(tab)
            wide[name] = too_wide(tab)
        tab.get_by_test_id("stExpandSidebarButton").click()
        links = tab.get_by_test_id("stSidebarNavLink").all_inner_texts()
        browser.close()

    assert set(wide.values()) == {0}, wide
    assert {"Overview", "Teams", "Cost", "Ledger"} <= set(links)
