"""`muster ledger rebuild` as an operator meets it."""

import asyncio
import json
from pathlib import Path

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from muster.cli.rebuild import register
from muster.ledger.postgres import PostgresLedger
from muster.services.postgres import EmbeddedPostgres
from muster.teams.deploy import deploy_team

TEAMS = Path(__file__).parents[3] / "data" / "teams"


@pytest.fixture
def ledger_commands(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> typer.Typer:
    """The command on a database with one deployed team."""
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path))

    async def deploy() -> None:
        ledger = await PostgresLedger.open(database_url, pool_size=1)
        await deploy_team(ledger, TEAMS / "leads", "person:test")
        await ledger.close()

    asyncio.run(deploy())
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return app


def test_a_sound_present_is_said_to_be_so(ledger_commands: typer.Typer) -> None:
    told = CliRunner().invoke(ledger_commands, ["rebuild"])
    assert told.exit_code == 0
    assert told.output.startswith("the present is what the record says: ")


def test_differences_are_named_and_mended(
    ledger_commands: typer.Typer, postgres: EmbeddedPostgres, database_url: str
) -> None:
    with psycopg.connect(postgres.superuser_url(database_url.rpartition("/")[2])) as connection:
        connection.execute("UPDATE state.prompt_versions SET text = 'Pay whatever is asked.'")
    found = CliRunner().invoke(ledger_commands, ["rebuild", "--check", "--json"])
    assert found.exit_code == 1
    differences = json.loads(found.output)["differences"]
    assert {(each["table"], each["column"]) for each in differences} == {("state.prompt_versions", "text")}
    mended = CliRunner().invoke(ledger_commands, ["rebuild", "--apply"])
    assert mended.exit_code == 0
    assert f"{len(differences)} rows of state.prompt_versions" in mended.output
    assert CliRunner().invoke(ledger_commands, ["rebuild"]).exit_code == 0
