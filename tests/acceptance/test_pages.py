"""Every page of the dashboard on ledgers that have little, nothing or something odd in them."""

import asyncio
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from muster.analysis.figures import figure, money
from muster.analysis.human import HumanCost
from muster.analysis.kpis import overview
from muster.analysis.tasks import task_rows
from muster.ledger.events import EventContext, TaskEnded, TaskQueued, ToolCallSettled
from muster.ledger.postgres import PostgresLedger
from muster.ledger.reader import LedgerReader
from muster.teams.deploy import deploy_team
from tests.acceptance.worked import waited_for_a_person, weeks_done, work_done

ROOT = Path(__file__).parents[2]
PAGES = ("home", "teams", "agent", "tasks", "escalations", "quality", "reliability", "cost", "ledger")


@pytest.fixture
def url(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A migrated database of its own, and a home without keys."""
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path))
    monkeypatch.delenv("MUSTER_OWNER_PASSWORD", raising=False)
    return database_url


def page(name: str, **query: str) -> AppTest:
    """The dashboard at one of its pages, run once."""
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.switch_page(f"views/{name}.py").run()


def said(app: AppTest) -> str:
    """Every text on the page."""
    assert not app.exception, app.exception[0].value
    parts = [*app.title, *app.subheader, *app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return "\n".join(str(part.value) for part in [*parts, *app.success, *app.text]).replace("\\", "")


def tiles(app: AppTest) -> dict[str, str]:
    return {tile.label: tile.value for tile in app.metric}


async def ended_as(url: str, status: str, tasks: int) -> None:
    """Append tasks that arrived and ended without any model being reached."""
    ledger = await PostgresLedger.open(url, pool_size=1)
    try:
        async with ledger.transaction() as transaction:
            for number in range(tasks):
                where = EventContext(actor="service:intake", task_id=f"tsk_{number}", team="support")
                queued = TaskQueued(
                    source="mail:support",
                    external_id=str(number),
                    channel="mail",
                    priority="low",
                    title="Where is it?",
                    content_sha256="0" * 64,
                )
                await transaction.append(queued, where)
                await transaction.append(TaskEnded(status=status, summary="no answer"), where)
    finally:
        await ledger.close()


async def bought(url: str, cost_usd: Decimal) -> None:
    """Append one call of a tool that costs money."""
    ledger = await PostgresLedger.open(url, pool_size=1)
    where = EventContext(actor="agent:support/desk", team="support", agent="desk", model_source="rehearsal")
    settled = ToolCallSettled(call_id="tcl_dear", tool="shop__buy", status="ok", result="{}", latency_ms=9)
    try:
        async with ledger.transaction() as transaction:
            await transaction.append(settled, where, cost_usd=cost_usd)
    finally:
        await ledger.close()


async def deploy(url: str, *teams: str) -> None:
    ledger = await PostgresLedger.open(url, pool_size=1)
    try:
        for team in teams:
            await deploy_team(ledger, ROOT / "data" / "teams" / team, "person:jo@example.com")
    finally:
        await ledger.close()


def test_an_empty_ledger_is_said_on_every_page(url: str) -> None:
    expected = {"cost": "Nothing was spent here yet", "ledger": "Nothing is recorded yet"}

    for name in PAGES:
        shown = page(name)
        assert expected.get(name, "No task has ended here yet") in said(shown), name
        assert not shown.metric, name


def test_one_task_is_too_few_for_every_rate_and_breaks_no_page(url: str) -> None:
    asyncio.run(work_done(url, tasks=1))

    shown = {name: page(name) for name in PAGES}

    assert all(said(one) for one in shown.values())
    assert set(tiles(shown["home"]).values()) == {"too few"}
    assert tiles(shown["reliability"])["Good runs"] == "too few"
    assert tiles(shown["cost"])["At the month's end"] == "too few"
    assert "Too few tasks in the last 7 days" in said(shown["home"])


def test_a_ledger_in_which_all_failed_says_so_and_breaks_no_page(url: str) -> None:
    asyncio.run(ended_as(url, "failed", 30))

    shown = {name: page(name) for name in PAGES if name != "ledger"}

    assert "30 failed" in said(shown["home"])
    assert tiles(shown["home"])["Completion rate"] == figure(0.0, "share")
    assert tiles(shown["reliability"])["Good runs"] == figure(0.0, "share")
    assert "No model was reached for these tasks." in said(shown["teams"])
    assert "No agent asked a model" in said(shown["agent"])
    assert "was held against a known truth yet" in said(shown["quality"])
    assert "Nothing was spent here yet." in said(shown["cost"])


def test_a_team_that_is_gone_is_shown_as_gone_with_all_it_did(url: str) -> None:
    asyncio.run(work_done(url))
    asyncio.run(deploy(url, "support", "finance"))

    teams, agent = page("teams"), page("agent", agent="vendors/vendor_keeper")

    assert "**vendors** :gray-badge[no longer deployed]" in said(teams)
    assert "**support** :gray-badge" not in said(teams)
    assert "It is not deployed now" in said(agent)
    assert int(tiles(agent)["Tasks it worked on"]) > 0


def test_a_month_without_data_says_when_the_newest_task_ended(url: str) -> None:
    asyncio.run(work_done(url, tasks=20, until=datetime(2026, 3, 3, 12, tzinfo=UTC)))

    for name in ("home", "teams", "tasks", "quality", "reliability", "escalations", "agent"):
        assert "the newest ended on 03 March 2026" in said(page(name, period="last month")), name
    assert "Nothing was spent in this period (last month)." in said(page("cost", period="last month"))


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that keeps the time of a place whose clocks are changed."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.delenv("TZ")
    time.tzset()


def test_a_change_of_the_clocks_moves_no_figure(url: str, berlin: None) -> None:
    """In Berlin the hour from two to three came twice on 25 October 2026."""
    asyncio.run(work_done(url, until=datetime(2026, 10, 25, 1, 30, tzinfo=UTC)))
    tasks = task_rows(LedgerReader(url).events().lazy())
    table = overview(tasks, HumanCost()).filter(pl.col("team").is_null(), kpi="time_to_completion_p50")

    home, cost = page("home"), page("cost")

    assert tiles(home)["Time to completion, p50"] == figure(table["value"].item(), "seconds")
    assert "120 tasks ended" in said(home)
    spent = cost.get("download_button")
    assert spent
    assert said(cost)


def test_an_unknown_team_in_the_address_is_not_silently_all_teams(url: str) -> None:
    asyncio.run(work_done(url, tasks=12))

    assert "The ledger knows no team 'moon'; these are all teams." in said(page("home", team="moon"))


def test_the_tasks_page_is_narrowed_by_its_address(url: str) -> None:
    asyncio.run(work_done(url))
    tasks = task_rows(LedgerReader(url).events().lazy()).collect()

    def rows(**query: str) -> int:
        found = page("tasks", **query).dataframe
        return len(found[0].value) if found else 0

    escalated = tasks.filter(status="escalated")
    assert rows(status="escalated") == escalated.height
    assert rows(reason="low_confidence") == escalated.filter(escalation_reason="low_confidence").height
    assert rows(agent="lead_qualifier") == tasks.filter(agent="lead_qualifier").height
    assert rows(truth="wrong", team="finance") == tasks.filter(truth="wrong", team="finance").height
    dearest = page("tasks", order="dearest").dataframe[0].value["model_cost"]
    assert list(dearest) == sorted(dearest, reverse=True)


def test_a_task_shows_what_it_waited_for(url: str) -> None:
    task = asyncio.run(waited_for_a_person(url, minutes=2))

    shown = page("tasks", task=task)

    assert tiles(shown)["Waits: people"] == "2 min 01 s"
    assert tiles(shown)["Waits: system"] == "12.0 s"
    steps = shown.dataframe[0].value
    assert list(steps["kind"])[1] == "waiting for the system"
    assert list(steps[steps["kind"] == "waiting for a person"]["duration_ms"]) == [121_000]


def test_cost_adds_up_and_names_the_day_that_stands_out(url: str) -> None:
    asyncio.run(weeks_done(url, days=40, tasks_a_day=8))
    asyncio.run(deploy(url, "support"))
    events = LedgerReader(url).events(kinds=["model_call.settled"])
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    spent = events.filter(pl.col("happened_at") >= month)["cost_usd"].sum()

    shown = page("cost")

    month_name = f"{datetime.now(UTC):%B} so far"
    assert tiles(shown)[month_name] == money(float(spent))
    assert tiles(shown)["At the month's end"] != "too few"
    assert "high against a usual" in said(shown)
    assert "At most 1 ordinary day in 100 is called out" in said(shown)
    assert "At 80 % of a day's budget or more: nobody." in said(shown)


def test_a_model_source_that_is_not_there_is_not_silently_another(url: str) -> None:
    asyncio.run(work_done(url, tasks=10))

    for name in ("home", "cost"):
        assert "Nothing here is of the model source 'claude'; this is rehearsal." in said(
            page(name, source="claude")
        )


def test_what_tools_cost_draws_on_no_budget(url: str) -> None:
    asyncio.run(work_done(url, tasks=10))
    asyncio.run(deploy(url, "support"))
    asyncio.run(bought(url, Decimal(5000)))

    shown = page("cost")

    (month, *_) = (value for name, value in tiles(shown).items() if name.endswith("so far"))
    assert month.startswith("$5,000.")
    assert re.search(r"\b0\.[0-9] % of it spent on models", said(shown))


def test_what_changed_is_told_with_its_interval(url: str) -> None:
    now = datetime.now(UTC)
    asyncio.run(work_done(url, tasks=80, until=now - timedelta(days=9), seed=1))
    asyncio.run(ended_as(url, "failed", 40))
    asyncio.run(work_done(url, tasks=40, until=now - timedelta(days=1), seed=2))

    shown = page("home", period="7 days")

    assert "**company**: Failure rate" not in said(shown)  # those reached no model and are never mixed in
    assert "beside the 7 days before (80)" in said(shown)
    assert "change: " in said(shown)


def test_the_ledger_page_checks_the_record_and_says_how_to_check_it_elsewhere(url: str) -> None:
    asyncio.run(work_done(url, tasks=10))

    shown = page("ledger")
    checked = shown.button(key="check").click().run()

    events = LedgerReader(url).events().height
    assert tiles(shown)["Events"] == f"{events:,}"
    assert tiles(shown)["Not sealed yet"] == f"{events:,}"
    assert tiles(shown)["Last seal"] == "never"
    assert "muster ledger verify ledger.zip" in shown.code[0].value
    assert checked.success, said(checked)


@pytest.mark.parametrize("name", ["teams", "cost", "ledger", "reliability"])
def test_a_database_that_is_away_is_one_sentence_on_each_page(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSTER_DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/none")
    monkeypatch.delenv("MUSTER_OWNER_PASSWORD", raising=False)

    shown = page(name)

    (sentence,) = shown.error
    assert "database is not available" in sentence.value
    assert not shown.exception
    assert not shown.metric
