"""The roster as a leader meets it: in the terminal, on its page, and on a telephone."""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from muster.ledger.events import EventContext, ModelCallIntended, ModelCallSettled
from muster.ledger.intents import BudgetLimit
from muster.ledger.pauses import pause
from muster.ledger.postgres import PostgresLedger
from muster.services.ports import free_port
from muster.teams.deploy import deploy_team
from tests.acceptance.worked import work_done

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
MUSTER = [sys.executable, "-c", "from muster.cli import main; main()"]
JO = "person:jo@example.com"


@pytest.fixture
def company(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two teams at work, one of them paused, with a rehearsed day behind them and one real call."""
    asyncio.run(_prepare(database_url))
    asyncio.run(work_done(database_url, tasks=60))
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    monkeypatch.delenv("MUSTER_OWNER_PASSWORD", raising=False)
    return database_url


async def _prepare(url: str) -> None:
    ledger = await PostgresLedger.open(url, pool_size=1)
    try:
        for team in ("support", "finance"):
            await deploy_team(ledger, ROOT / "data" / "teams" / team, JO)
        await pause(ledger, "finance", "month end", JO)
        await _one_real_call(ledger)
    finally:
        await ledger.close()


async def _one_real_call(ledger: PostgresLedger) -> None:
    where = EventContext(
        actor="agent:support/order_tracker",
        task_id="tsk_real",
        run_id="run_real",
        team="support",
        agent="order_tracker",
        model_source="claude",
    )
    asked = ModelCallIntended(
        call_id="mcl_1",
        role="classifier",
        model="claude-haiku-5-5",
        prompt_version=1,
        request_sha256="0" * 64,
        estimated_cost_usd="0.5",
    )
    budgets = [BudgetLimit("agent:support/order_tracker", Decimal(3))]
    intent = await ledger.intend(asked, where, reserve_usd=Decimal("0.5"), budgets=budgets)
    settled = ModelCallSettled(
        call_id="mcl_1",
        model="claude-haiku-5-5",
        status="ok",
        stop_reason="tool_use",
        input_tokens=1,
        output_tokens=1,
        latency_ms=1,
    )
    await ledger.settle(intent, settled, cost_usd=Decimal("0.25"))


def muster(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MUSTER, *words], env=os.environ, capture_output=True, text=True, timeout=120, check=False
    )


def page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.switch_page("views/roster.py").run()


def said(app: AppTest) -> str:
    assert not app.exception, app.exception[0].value
    parts = [*app.title, *app.subheader, *app.markdown, *app.caption, *app.info, *app.error]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def rows(app: AppTest) -> dict[str, dict[str, Any]]:
    """The tables' rows by agent."""
    found = [row for table in app.table for row in table.value.to_dict("records")]
    return {str(row["agent"]).replace("\\", "").split(" ")[0]: row for row in found}


def test_the_command_lists_every_agent_with_what_it_did(company: str) -> None:
    told = json.loads(muster("roster", "--json").stdout)

    agents = {row["agent"]: row for row in told["agents"]}
    assert len(agents) == 10
    tracker, clerk = agents["order_tracker"], agents["payment_clerk"]
    assert (tracker["owner"], tracker["tier"], tracker["phase"], tracker["manifest_phase"]) == (
        "head.of.support@brightloom.example",
        "ingestion",
        "co-pilot",
        "core",
    )
    assert (tracker["model_role"], tracker["model"]) == ("classifier", "claude-haiku-5-5")
    assert tracker["prompts"] == {"": 1}
    assert "shop__get_order" in tracker["tools"]
    assert tracker["budget"]["left_usd"] == "2.750000"
    [lately] = tracker["last_24_hours"]
    assert (lately["model_source"], lately["tasks"], lately["model_cost_usd"]) == ("claude", 1, "0.250000")
    assert clerk["halts"] == [{"who": "finance", "status": "paused", "reason": "month end"}]
    [rehearsed] = clerk["last_24_hours"]
    assert rehearsed["model_source"] == "rehearsal"
    assert rehearsed["tasks"] == rehearsed["completed"] + rehearsed["escalated"] > 0


def test_the_command_in_words_and_for_one_team(company: str) -> None:
    told = muster("roster", "finance").stdout

    assert "finance version 1, head.of.finance@brightloom.example: $20.00 of $20.00 left today" in told
    assert "payment_clerk: team paused, reconciliation, co-pilot (may become core)" in told
    assert "last 24 h, rehearsal: " in told
    assert "order_tracker" not in told
    assert "no team sales is at work" in muster("roster", "sales").stdout


def test_the_page_shows_the_same_and_never_mixes_sources(company: str) -> None:
    real, rehearsal = page(), page(source="rehearsal")

    assert "Real model (claude)." in said(real)
    assert "Rehearsal: a scripted stand-in answered" in said(rehearsal)
    assert "finance is paused: month end" in said(real)
    assert rows(real)["order_tracker"]["24 h: tasks"] == "1"
    assert rows(real)["payment_clerk"]["24 h: tasks"] == "0"
    assert rows(rehearsal)["order_tracker"]["24 h: tasks"] == "0"
    assert int(rows(rehearsal)["payment_clerk"]["24 h: tasks"]) > 0
    assert "team paused" in rows(real)["payment_clerk"]["status"]


def test_the_address_chooses_the_team(company: str) -> None:
    shown = page(team="support")

    assert set(rows(shown)) == {
        "support_desk",
        "account_keeper",
        "complaint_listener",
        "order_tracker",
        "refund_specialist",
    }


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")
def test_on_a_telephone_only_the_tables_scroll_sideways(company: str) -> None:
    from playwright.sync_api import sync_playwright

    asked: set[str | None] = set()
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 400, "height": 900})
        tab.on("request", lambda request: asked.add(urlsplit(request.url).hostname))
        tab.goto(f"{address}/roster")
        tab.get_by_text("refund_specialist").first.wait_for(timeout=60_000)
        page_width = tab.evaluate("document.documentElement.scrollWidth")
        tables = tab.locator("[data-testid=stTable]").count()
        browser.close()

    assert page_width == 400
    assert tables == 2
    assert asked <= {"127.0.0.1", None}


@contextmanager
def served() -> Iterator[str]:
    """The dashboard's address, served as it is in production."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.address=127.0.0.1"]
    process = subprocess.Popen(
        [*command, f"--server.port={port}"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while not _answers(f"{address}/_stcore/health"):
            assert time.monotonic() < deadline, "the dashboard does not answer"
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):  # noqa: S310 our own address
            return True
    except OSError:
        return False


def test_without_teams_the_page_says_so(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    monkeypatch.delenv("MUSTER_OWNER_PASSWORD", raising=False)

    assert "No team is at work yet" in said(page())
    assert "no team is at work" in muster("roster").stdout


def test_a_database_that_is_away_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_DATABASE_URL", f"postgresql://nobody:x@127.0.0.1:{free_port()}/none")
    monkeypatch.delenv("MUSTER_OWNER_PASSWORD", raising=False)

    shown = page()

    assert "database is not available" in said(shown)
    assert not shown.table
