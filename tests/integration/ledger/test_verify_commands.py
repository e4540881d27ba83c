"""The commands that check and export the record, as a person and as a program use them."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from muster.cli import seals, verify
from muster.cli.verify import CheckpointUnreadableError
from muster.ledger.home import LedgerHome, LedgerKeyError, read_pinned
from muster.ledger.notes import NoteError
from muster.ledger.postgres import PostgresLedger
from muster.ledger.verify import NotAnExportError
from muster.services.postgres import EmbeddedPostgres
from tests.integration.ledger.sealing import as_superuser, record


class Company:
    """A database with five events, four of them sealed, a home and the commands."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.app = typer.Typer()
        verify.register(self.app)
        seals.register(self.app)

    @property
    def ledger_home(self) -> LedgerHome:
        return LedgerHome("muster.local/ledger", self.home / "secrets" / "ledger_key", self.home / "ledger")

    def run(self, *arguments: object) -> Result:
        return CliRunner().invoke(self.app, [str(one) for one in arguments])


@pytest.fixture
def company(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    monkeypatch.chdir(tmp_path)
    company = Company(tmp_path / "home")
    recorded(database_url, 4)
    assert company.run("seal").exit_code == 0
    recorded(database_url, 1)
    return company


def recorded(database_url: str, count: int) -> None:
    async def append() -> None:
        ledger = await PostgresLedger.open(database_url, pool_size=1)
        await record(ledger, count)
        await ledger.close()

    asyncio.run(append())


def test_a_whole_record_is_told_in_a_line_with_its_key(company: Company) -> None:
    done = company.run("verify")
    [key] = read_pinned(company.ledger_home)
    assert done.exit_code == 0, done.output
    assert "the record is whole: 5 events (1 not yet sealed), 1 chained run, 1 seal" in done.stdout
    assert f"first key: {key.vkey}" in done.stdout
    told = json.loads(company.run("verify", "--json").stdout)
    assert (told["whole"], told["events"], told["problems"]) == (True, 5, [])


def test_an_export_is_checked_by_its_file_alone(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = company.run("export", "--out", "for-the-auditor.zip")
    assert "for-the-auditor.zip: 5 events (1 not yet sealed), 1 seals" in done.stdout
    assert "sha256 " in done.stdout
    witness = company.ledger_home.witness.rename(tmp_path / "checkpoint")
    [key] = read_pinned(company.ledger_home)
    monkeypatch.setenv("MUSTER_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path / "auditor"))

    checked = company.run("verify", "for-the-auditor.zip")
    assert checked.exit_code == 0, checked.output
    assert "note: the first key was taken from the record itself" in checked.stdout
    checked = company.run(
        "verify", "for-the-auditor.zip", "--key", key.vkey, "--checkpoint", witness, "--parse"
    )
    assert checked.exit_code == 0, checked.output
    assert "note:" not in checked.stdout
    assert not (tmp_path / "auditor").exists()


def test_what_is_wrong_is_told_line_by_line_and_by_the_exit_code(
    company: Company, postgres: EmbeddedPostgres, database_url: str
) -> None:
    as_superuser(postgres, database_url, "UPDATE ledger.events SET body = body || ' ' WHERE seq = 2")
    command = [str(Path(sys.executable).with_name("muster")), "ledger"]
    done = subprocess.run([*command, "verify"], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "THE RECORD IS NOT WHOLE" in done.stdout
    assert "  event 2 (evt_" in done.stdout
    subprocess.run([*command, "export", "--out", "x.zip", "--json"], capture_output=True, check=True)
    done = subprocess.run(
        [*command, "verify", "x.zip", "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert [one["seq"] for one in json.loads(done.stdout)["problems"]] == [2]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["verify", "missing.zip"], NotAnExportError),
        (["verify", "--key", "nonsense"], NoteError),
        (["verify", "missing.zip", "--checkpoint", "missing"], CheckpointUnreadableError),
    ],
)
def test_what_cannot_be_read_is_an_error_of_the_caller(
    company: Company, arguments: list[str], error: type[Exception]
) -> None:
    assert isinstance(company.run(*arguments).exception, error)


def test_a_sealed_record_without_a_pinned_key_is_not_called_whole(company: Company) -> None:
    [key] = read_pinned(company.ledger_home)
    company.ledger_home.pinned_keys.unlink()
    assert isinstance(company.run("verify").exception, LedgerKeyError)
    assert company.run("verify", "--key", key.vkey).exit_code == 0
