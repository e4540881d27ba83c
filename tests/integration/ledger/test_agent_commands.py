"""`muster agent` as a person and as a program use it."""

import json
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb
from typer.testing import CliRunner, Result

from muster.cli.agent import app
from muster.ledger.errors import NothingPausedError


@pytest.fixture
def company(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a company with one team."""
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO state.teams (team, active_version) VALUES ('support', 1)")
        connection.execute(
            "INSERT INTO state.team_versions VALUES ('support', 1, %s, '', now())",
            (Jsonb({"coordinator": "desk", "agents": [{"name": "desk"}]}),),
        )
    return database_url


def agent(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def hold_a_task(url: str, lease: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            """INSERT INTO state.tasks (task_id, source, external_id, team, channel, priority, title, content,
            status, lease_owner, lease_until, created_at, updated_at)
            VALUES ('tsk_1', 's', '1', 'support', 'mail', 1, 't', '{}', 'working', 'w', now() + %s::interval,
            now(), now())""",
            (lease,),
        )


def test_pausing_listing_and_resuming(company: str) -> None:
    assert agent("pause", "support/desk", "--reason", "odd answers").stdout.startswith(
        "support/desk is paused"
    )
    assert agent("pause", "fleet", "--reason", "audit").exit_code == 0
    listed = {one["who"]: one for one in json.loads(agent("list", "--json").stdout)}
    assert {who: one["status"] for who, one in listed.items()} == {
        "fleet": "paused",
        "support": "active",
        "support/desk": "paused",
    }
    assert listed["support/desk"]["reason"] == "odd answers"
    said = agent("list").stdout
    assert "support/desk: paused, 0 in hand, odd answers, until a person resumes it" in said
    assert json.loads(agent("resume", "fleet", "--reason", "done", "--json").stdout) == {
        "who": "fleet",
        "status": "active",
        "woken": 0,
    }


def test_who_does_not_exist_is_not_paused(company: str) -> None:
    said = agent("pause", "support/nobody", "--reason", "?")
    assert isinstance(said.exception, NothingPausedError)
    assert "there is no agent support/nobody" in str(said.exception)


def test_draining_returns_at_once_or_waits_until_nothing_is_in_hand(company: str) -> None:
    hold_a_task(company, "1.5 seconds")  # it runs out while the command waits
    at_once = json.loads(agent("drain", "support", "--reason", "maintenance", "--json").stdout)
    assert (at_once["status"], at_once["in_hand"]) == ("draining", 1)
    waited = agent("drain", "support", "--reason", "maintenance", "--wait")
    assert waited.stdout.startswith("support: drained, 0 in hand, maintenance"), waited.output
