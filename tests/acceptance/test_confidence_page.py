"""The confidence page on a real ledger: what agents said against what came true."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest
from streamlit.testing.v1 import AppTest

from muster.ledger.events import (
    ConfidenceMethod,
    EventContext,
    OutcomeScored,
    RunEnded,
    RunStarted,
    TaskEnded,
)
from muster.ledger.postgres import PostgresLedger

ROOT = Path(__file__).parents[2]
Answer = tuple[str, ConfidenceMethod, float, bool]
"""Model source, method, stated confidence, whether it was right."""


async def answered(url: str, answers: Iterable[Answer]) -> None:
    """Append a completed, scored task for each answer."""
    ledger = await PostgresLedger.open(url, pool_size=1)
    try:
        async with ledger.transaction() as transaction, transaction.connection.pipeline():
            for source, method, stated, right in answers:
                where = EventContext(
                    actor="service:runner",
                    task_id=ledger.ids.new("tsk"),
                    run_id=ledger.ids.new("run"),
                    team="support",
                    agent="desk",
                    model_source=source,
                )
                ended = RunEnded(
                    outcome="completed",
                    summary="done",
                    confidence=stated,
                    confidence_method=method,
                    model_calls=1,
                    tool_calls=0,
                    duration_ms=1,
                )
                scored = OutcomeScored(
                    scorer="truth", correct=right, expected="completed", actual="completed"
                )
                started = RunStarted(entry_agent="desk", team_version=1, attempt=1, flow_run_id=None)
                for event in (started, ended, TaskEnded(status="completed", summary="done"), scored):
                    await transaction.append(event, where)
    finally:
        await ledger.close()


def day(source: str = "rehearsal") -> list[Answer]:
    """Agents that overrate themselves, and samples that do not."""
    chance = Random(3)
    said = [0.75, 0.85, 0.95]
    answers: list[Answer] = []
    for _ in range(80):
        for stated in said:
            answers.append((source, "self_report", stated, chance.random() < stated - 0.2))
            answers.append((source, "samples", stated, chance.random() < stated))
    return answers


@pytest.fixture
def answers_url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    monkeypatch.delenv("MUSTER_OWNER_PASSWORD", raising=False)
    return database_url


def page() -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    return app.switch_page("views/confidence.py").run()


def test_a_method_that_overrates_itself_is_told_from_one_that_does_not(answers_url: str) -> None:
    asyncio.run(answered(answers_url, day()))

    shown = page()

    assert not shown.exception
    rows = {row["method"]: row for row in shown.table[0].value.to_dict("records")}
    assert "overconfident" in rows["self report"]["verdict"]
    assert "fits" in rows["samples"]["verdict"]
    assert [row["answers"] for row in rows.values()] == ["240", "240"]
    assert len(shown.table[1].value) == 6
    assert shown.get("plotly_chart")


def test_real_and_rehearsed_answers_are_chosen_between_never_mixed(answers_url: str) -> None:
    asyncio.run(answered(answers_url, [*day(), *day("claude")[:200]]))

    shown = page()

    assert not shown.exception
    assert sorted(shown.selectbox(key="source").options) == ["claude", "rehearsal"]
    assert sorted(row["answers"] for row in shown.table[0].value.to_dict("records")) == ["100", "100"]


def test_few_answers_are_called_too_few(answers_url: str) -> None:
    asyncio.run(answered(answers_url, day()[:12]))

    shown = page()

    assert not shown.exception
    assert "too few" in shown.table[0].value.to_dict("records")[0]["verdict"]
    assert not shown.get("plotly_chart")


def test_without_answers_the_page_says_so(answers_url: str) -> None:
    shown = page()

    assert not shown.exception
    assert "No completed task" in shown.info[0].value
