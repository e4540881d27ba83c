"""`muster standard` as an operator meets it."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from muster.cli.standard import app
from muster.ledger.policies import PolicyRegister
from muster.ledger.postgres import PostgresLedger
from muster.services.ports import free_port
from muster.teams.standard_file import StandardFile, recorded_label
from muster.teams.standard_wording import StandardError


@pytest.fixture
def policies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of policies without any, and no database."""
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path))
    monkeypatch.setenv("MUSTER_POLICIES_DIR", str(tmp_path))
    monkeypatch.setenv("MUSTER_DATABASE_URL", f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    return tmp_path


@pytest.fixture
def recorded(policies: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> StandardFile:
    """The same with a ledger."""
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    return StandardFile(policies / "standard.yaml", policies / "budgets.yaml")


def label(database_url: str, text: str, *, record: bool) -> str | None:
    """The text's label; recorded first when asked to."""

    async def ask() -> str | None:
        ledger = await PostgresLedger.open(database_url, pool_size=1)
        try:
            if record:
                return await PolicyRegister(ledger).label("standard", text)
            return await recorded_label(ledger, text)
        finally:
            await ledger.close()

    return asyncio.run(ask())


def shown() -> dict[str, object]:
    told = CliRunner().invoke(app, ["show", "--json"])
    assert told.exit_code == 0, told.output
    value: dict[str, object] = json.loads(told.output)
    return value


def test_what_is_in_force_is_shown_while_the_ledger_is_away(policies: Path) -> None:
    (policies / "standard.yaml").write_text("limits: {facts: 7}\nretry: {overload: {attempts: 2}}\n")
    told = CliRunner().invoke(app, ["show"])
    assert told.exit_code == 0
    assert "its version is not known while the ledger is away" in told.output
    assert "limits.facts                           7   (default 50)" in told.output
    assert "retry.overload.attempts is not as by default (5)" in told.output
    assert "limits.handoffs                        4\n" in told.output


def test_the_version_is_shown_once_work_was_done_by_it(recorded: StandardFile, database_url: str) -> None:
    before = shown()
    assert (before["version"], before["note"]) == (None, "it gets its version with the next task")
    assert label(database_url, recorded.text, record=True) == "standard@1"
    assert (shown()["version"], shown()["changed"]) == ("standard@1", [])


def test_other_words_are_another_version_and_old_words_the_old_one(
    recorded: StandardFile, policies: Path, database_url: str
) -> None:
    first = recorded.text
    (policies / "standard.yaml").write_text("loop: {same_call: 4}\n")
    second = recorded.text
    assert [label(database_url, text, record=True) for text in (first, second, first)] == [
        "standard@1",
        "standard@2",
        "standard@1",
    ]
    assert label(database_url, second, record=False) == "standard@2"
    assert (shown()["version"], shown()["changed"]) == ("standard@2", ["loop.same_call"])


def test_a_wrong_file_is_refused_with_its_line(policies: Path) -> None:
    (policies / "standard.yaml").write_text("limits:\n  hand_offs: 3\n")
    told = CliRunner().invoke(app, ["show"])
    assert isinstance(told.exception, StandardError)
    assert told.exception.exit_code == 3
    assert told.exception.where == f"{policies / 'standard.yaml'}:2"
    assert told.exception.do == "did you mean `handoffs`?"


def test_the_loop_breakers_figures_are_printed_with_what_it_got_wrong(policies: Path) -> None:
    told = CliRunner().invoke(app, ["loops"])
    assert told.exit_code == 0
    lines = told.output.splitlines()
    assert lines[1].startswith("held out, all")
    assert [line for line in lines if line.startswith("tuned on, written")]
    assert [line for line in lines if line.startswith("missed ")]
    assert [line for line in lines if line.startswith("false_alarm ")]


def test_the_figures_go_by_the_rules_in_force_and_by_the_given_traces(policies: Path) -> None:
    traces = policies / "traces"
    traces.mkdir()
    calls = "\n    get(o1) -> same" * 3
    (traces / "written_tuning.yaml").write_text(f"- name: thrice\n  calls: |{calls}\n")

    def false_alarms() -> list[str]:
        told = CliRunner().invoke(app, ["loops", "--json", "--traces", str(traces)])
        return [one["verdict"] for one in json.loads(told.output)["misjudged"]]

    assert false_alarms() == ["false_alarm"]
    (policies / "standard.yaml").write_text("loop: {same_call: 4}\n")
    assert false_alarms() == []
