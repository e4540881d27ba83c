"""`muster task` as a person and as a program use it: confirmed, reopened, and what figures make of it."""

import json
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from muster.analysis.tasks import task_rows
from muster.cli.task import app
from muster.core.errors import CallerError
from muster.ledger.reader import LedgerReader
from muster.people.results import AlreadySaidError, NotCompletedError, UnknownTaskError

TASK = """
INSERT INTO state.tasks (task_id, source, external_id, team, channel, priority, title, content, status,
    created_at, updated_at, ended_at)
VALUES (%(id)s, 'test', %(id)s, 'support', 'mail', 1, %(title)s, '{}', %(status)s, now(), now(),
    CASE WHEN %(status)s = 'working' THEN NULL ELSE now() + %(later)s * interval '1 second' END)
"""


@pytest.fixture
def company(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a company with two completed tasks, an escalated one and one at work."""
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    tasks = {"tsk_1": "completed", "tsk_2": "completed", "tsk_3": "escalated", "tsk_4": "working"}
    with psycopg.connect(database_url) as connection:
        for later, (task_id, status) in enumerate(tasks.items()):
            title = f"Refund {task_id}"
            values = {"id": task_id, "status": status, "title": title, "later": later}
            connection.execute(TASK, values)
    return database_url


def task(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def refusal(*words: str) -> CallerError:
    error = task(*words).exception
    assert isinstance(error, CallerError), error
    return error


def standing() -> dict[str, str | None]:
    return {one["task_id"]: one["completion"] for one in json.loads(task("list", "--json").stdout)}


def test_a_result_is_assumed_until_somebody_says_so(company: str) -> None:
    assert standing() == {"tsk_3": None, "tsk_2": "assumed", "tsk_1": "assumed"}
    assert task("confirm", "tsk_1", "--by", "customer", "--note", "it works").stdout == "tsk_1 is confirmed\n"
    reopened = task("reopen", "tsk_2", "--reason", "came again", "--known-by", "follow_up",
                    "--follow-up", "tsk_4", "--json")  # fmt: skip
    assert json.loads(reopened.stdout) == {"task_id": "tsk_2", "completion": "reopened"}
    assert standing() == {"tsk_3": None, "tsk_2": "reopened", "tsk_1": "confirmed"}
    assert [
        one["task_id"] for one in json.loads(task("list", "--completion", "reopened", "--json").stdout)
    ] == ["tsk_2"]
    assert "confirmed" in task("list", "--team", "support").stdout
    assert "no task has ended so" in task("list", "--team", "finance").stdout


def test_what_was_said_is_in_the_record_and_in_the_figures(company: str) -> None:
    task("confirm", "tsk_1", "--by", "customer", "--note", "it works")
    task("reopen", "tsk_1", "--reason", "it broke again", "--known-by", "customer")
    reader = LedgerReader(company)

    said = [(event["kind"], event["payload"]) for event in reader.task_events("tsk_1")]
    rows = task_rows(reader.scan()).collect()

    assert said == [
        ("task.confirmed", {"said_by": "customer", "note": "it works"}),
        ("task.reopened", {"reason": "it broke again", "known_by": "customer", "follow_up": None}),
    ]
    assert rows["confirmed_at"][0] < rows["reopened_at"][0]


def test_a_word_that_cannot_be_is_refused_with_what_to_do(company: str) -> None:
    assert isinstance(refusal("confirm", "tsk_9"), UnknownTaskError)
    assert isinstance(refusal("confirm", "tsk_3"), NotCompletedError)
    assert isinstance(refusal("reopen", "tsk_4", "--reason", "x"), NotCompletedError)
    missing = refusal("reopen", "tsk_1", "--reason", "x", "--follow-up", "tsk_9")
    assert isinstance(missing, UnknownTaskError)
    assert missing.where == "follow-up of tsk_1"
    task("confirm", "tsk_1")
    again = refusal("confirm", "tsk_1")
    assert isinstance(again, AlreadySaidError)
    assert (str(again), again.exit_code) == ("tsk_1 is confirmed already", 2)
    assert task("reopen", "tsk_1").exit_code == 2
    assert LedgerReader(company).events().height == 1


def test_the_last_word_counts(company: str) -> None:
    task("reopen", "tsk_1", "--reason", "x")
    task("confirm", "tsk_1")
    assert standing()["tsk_1"] == "confirmed"
