"""The commands about seals and proofs, as a person and as a program use them."""

import asyncio
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from muster.cli.seals import ProofFileError, register
from muster.ledger.home import LedgerKeyError
from muster.ledger.postgres import PostgresLedger
from muster.ledger.proof_text import ProofFormatError
from muster.ledger.proofs import NotSealedYetError, UnknownEventError
from tests.integration.ledger.sealing import record


class Company:
    """A database, a home and the commands."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self.app = typer.Typer()
        register(self.app)

    def record(self, count: int) -> list[str]:
        async def append() -> list[str]:
            ledger = await PostgresLedger.open(self.database_url, pool_size=1)
            try:
                return await record(ledger, count)
            finally:
                await ledger.close()

        return asyncio.run(append())

    def run(self, *arguments: object) -> Result:
        return CliRunner().invoke(self.app, [str(one) for one in arguments])


@pytest.fixture
def company(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    return Company(database_url)


def test_sealing_says_what_was_sealed(company: Company) -> None:
    company.record(3)
    assert "3 events sealed (seq 1 to 3), 3 in all: root " in company.run("seal").stdout
    assert company.run("seal").stdout == "nothing new to seal\n"
    company.record(1)
    told = json.loads(company.run("seal", "--json").stdout)
    assert [(one["tree_size"], one["events"]) for one in told["seals"]] == [(4, 1)]
    assert (told["stamped"], told["failures"], len(told["mirrored"])) == ([], [], 1)


def test_a_dead_time_stamping_authority_is_told_of_and_does_no_harm(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSTER_TIMESTAMP_URL", "http://127.0.0.1:9/")
    company.record(1)
    done = company.run("seal")
    assert done.exit_code == 0
    assert "made up for later: the time stamping authority does not answer" in done.stderr


def test_a_proof_is_checked_without_database_by_its_public_key(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = company.record(5)
    company.run("seal")
    file = tmp_path / "event.tlog-proof"
    assert "leaf 2 of 5" in company.run("prove", ids[2], "--out", file).stdout
    assert company.run("prove", ids[2]).stdout == file.read_text()
    [key] = json.loads(company.run("keys", "--json").stdout)
    assert (key["pinned"], key["in_use"], key["endorsement"]) == (True, True, None)

    monkeypatch.setenv("MUSTER_DATABASE_URL", "postgresql://nowhere.invalid/none")
    told = json.loads(company.run("check-proof", file, "--json").stdout)
    assert (told["holds"], told["tree_size"], told["event"]["event_id"]) == (True, 5, ids[2])
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path / "elsewhere"))
    done = company.run("check-proof", file, "--key", key["vkey"])
    assert done.exit_code == 0
    assert f"the proof holds: {ids[2]} (agent.paused) was recorded at" in done.stdout
    keys_file = tmp_path / "keys"
    keys_file.write_text(key["vkey"] + "\n")
    assert company.run("check-proof", file, "--key", keys_file).exit_code == 0
    assert isinstance(company.run("check-proof", file).exception, LedgerKeyError)


def test_a_proof_that_does_not_hold_has_an_exit_code_of_its_own(company: Company, tmp_path: Path) -> None:
    ids = company.record(2)
    company.run("seal")
    file = tmp_path / "event.tlog-proof"
    company.run("prove", ids[0], "--out", file)
    file.write_text(file.read_text().replace("index 0", "index 1"))
    done = company.run("check-proof", file)
    assert (done.exit_code, done.stdout[:24]) == (1, "the proof does not hold:")
    assert json.loads(company.run("check-proof", file, "--json").stdout)["holds"] is False
    file.write_text("nonsense")
    assert isinstance(company.run("check-proof", file).exception, ProofFormatError)
    assert isinstance(company.run("check-proof", tmp_path / "none").exception, ProofFileError)


def test_an_event_that_cannot_be_proved_is_answered_with_the_reason(company: Company) -> None:
    company.record(1)
    company.run("seal")
    [late] = company.record(1)
    assert isinstance(company.run("prove", late).exception, NotSealedYetError)
    assert isinstance(company.run("prove", "evt_none").exception, UnknownEventError)


def test_two_seals_and_a_checkpoint_somebody_kept_are_one_history(company: Company, tmp_path: Path) -> None:
    company.record(3)
    company.run("seal")
    kept = tmp_path / "kept"
    kept.write_bytes((tmp_path / "home" / "ledger" / "checkpoint").read_bytes())
    company.record(4)
    company.run("seal")
    proof = tmp_path / "proof"
    assert company.run("consistency", 3, 7).stdout == "the record of 7 events begins with the one of 3\n"
    assert company.run("consistency", kept, 7, "--out", proof).exit_code == 0
    assert json.loads(company.run("consistency", kept, 7, "--json").stdout)["consistent"] is True
    assert company.run("check-proof", proof, "--old", kept).exit_code == 0
    assert isinstance(company.run("check-proof", proof).exception, ProofFileError)
    assert isinstance(company.run("consistency", 2, 7).exception, NotSealedYetError)


def test_after_a_rotation_both_keys_are_listed_and_old_proofs_hold(company: Company, tmp_path: Path) -> None:
    ids = company.record(2)
    company.run("seal")
    file = tmp_path / "proof"
    company.run("prove", ids[0], "--out", file)
    new = json.loads(company.run("rotate-key", "--json").stdout)
    assert "key.rotated" not in company.run("seal").stdout
    listed = company.run("keys").stdout.splitlines()
    assert listed[1] == f"{new['vkey']}  (in use)"
    assert company.run("check-proof", file).exit_code == 0
    assert company.run("check-proof", file, "--key", new["vkey"]).exit_code == 1
    assert json.loads(company.run("prove", ids[0], "--json").stdout)["key_id"] == new["key_id"]
