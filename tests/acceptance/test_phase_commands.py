"""`muster phase`, and the flow that reviews, as they are used."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from muster.ledger.postgres import PostgresLedger
from muster.teams.deploy import deploy_team
from tests.integration.teams import worked_tasks as happened
from tests.integration.teams.desk_folder import desk_folder
from tests.integration.teams.worked_tasks import worked

MUSTER = [sys.executable, "-c", "from muster.cli import main; main()"]
CLERK = "support/clerk"


@pytest.fixture
def company(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a database where the support team is deployed, under a lenient standard."""
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "standard.yaml").write_text("autonomy: {tasks_for_promotion: 40}\n")
    (policies / "budgets.yaml").write_text("usd_per_day: 100\n")
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    monkeypatch.setenv("MUSTER_POLICIES_DIR", str(policies))
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path / "home"))
    within(database_url, lambda ledger: deploy_team(ledger, desk_folder(tmp_path), "person:jo@example.com"))
    return database_url


def within(url: str, work: Callable[[PostgresLedger], Awaitable[object]]) -> None:
    async def run() -> None:
        ledger = await PostgresLedger.open(url, pool_size=1)
        try:
            await work(ledger)
        finally:
            await ledger.close()

    asyncio.run(run())


def muster(*words: str, code: int = 0) -> str:
    done = subprocess.run(
        [*MUSTER, "phase", *words], capture_output=True, text=True, timeout=60, check=False, env=os.environ
    )
    assert done.returncode == code, done.stderr
    return done.stderr if code else done.stdout


def values(*words: str) -> Any:
    return json.loads(muster(*words, "--json"))


async def shown_enough(ledger: PostgresLedger) -> None:
    await worked(ledger, 30)
    await worked(ledger, 5, happened.TOOL_FAILED)
    await worked(ledger, 5, happened.HELD)


def test_an_agent_is_promoted_when_it_has_shown_enough_and_demoted_for_a_breach(company: str) -> None:
    assert "nobody decided yet" in muster("list")
    refused = muster("promote", CLERK, code=2)
    assert "40 more real tasks in this phase" in refused
    assert "muster phase evidence support/clerk" in refused
    assert "missing: outcomes held against the truth: none was scored" in muster("evidence", CLERK)

    within(company, shown_enough)
    told = muster("evidence", CLERK)
    assert "40 of 40 scored right, 100.0% (91.2% to 100.0%)" in told
    assert "nothing is missing: muster phase promote support/clerk" in told
    [change] = values("promote", CLERK)
    assert (change["previous"], change["phase"], change["cause"]) == ("co-pilot", "edge", "evidence")

    within(company, lambda ledger: worked(ledger, 1, happened.UNCERTAIN))
    assert "side effects of unknown outcome" in "; ".join(values("evidence", CLERK)["breaches"])
    assert muster("review").startswith("support/clerk is now co-pilot, was edge (breach: 1 side effects")
    assert muster("review") == "nobody is demoted\n"
    [clerk] = [one for one in values("list") if one["who"] == CLERK]
    assert (clerk["effective"], clerk["cause"]) == ("co-pilot", "breach")


def test_a_person_may_decide_and_must_say_why(company: str) -> None:
    assert "Missing option '--reason'" in muster("set", CLERK, "core", code=2)
    said = muster("set", CLERK, "core", "--reason", "audited")
    assert said == "support/clerk is now core, was co-pilot (person: audited)\n"
    assert muster("set", CLERK, "core", "--reason", "again") == "support/clerk was granted core already\n"
    nobody = muster("set", "support/nobody", "edge", "--reason", "?", code=2)
    assert "there is no agent support/nobody" in nobody
    assert "boss" in muster("set", CLERK, "boss", "--reason", "?", code=2)


@pytest.mark.usefixtures("as_prefect_client")
def test_the_flow_demotes_and_counts(company: str) -> None:
    from flows.review_autonomy import review_autonomy

    muster("set", CLERK, "core", "--reason", "audited")
    within(company, lambda ledger: worked(ledger, 3, happened.DENIED))
    assert asyncio.run(review_autonomy()) == 1
    assert muster("review") == "nobody is demoted\n"
