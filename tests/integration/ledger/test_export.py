"""What is exported is the record as it is, and can be checked without the database."""

import json
import subprocess
import sys
import zipfile
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from muster.ledger.events import EventContext, MonthDetached
from muster.ledger.export.archive import ExportFailedError
from muster.ledger.export.write import export_ledger
from muster.ledger.home import LedgerHome, read_pinned
from muster.ledger.keys import rotate_key
from muster.ledger.postgres import PostgresLedger
from muster.ledger.seal import seal_ledger
from muster.ledger.timestamps import stamp_seals
from muster.ledger.verify import Verdict, verify_export, verify_ledger
from muster.services.postgres import EmbeddedPostgres
from tests.integration.ledger.authority import Authority
from tests.integration.ledger.sealing import as_superuser, record

ALONE = EventContext(actor="service:test")


async def recorded(ledger: PostgresLedger, home: LedgerHome) -> None:
    """Three seals over 23 events, the last of them by another key, and 3 events of a run not sealed."""
    await record(ledger, 9)
    await seal_ledger(ledger, home)
    await record(ledger, 5, ALONE)
    await rotate_key(ledger, home, "person:test")
    await seal_ledger(ledger, home)
    await record(ledger, 8)
    await seal_ledger(ledger, home)
    await record(ledger, 3)


def said(verdict: Verdict) -> str:
    return "\n".join(f"{one.kind} seq={one.seq} index={one.index}: {one}" for one in verdict.problems)


def checked_alone(path: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the archive's own program says, run without any package."""
    with zipfile.ZipFile(path) as archive:
        archive.extract("check.py", folder)
    command = [sys.executable, "-I", "-S", str(folder / "check.py"), str(path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("chunk_leaves", [1, 4, 16, 65_536])
async def test_an_export_is_whole_and_says_the_same_as_the_database(
    ledger: PostgresLedger, ledger_home: LedgerHome, tmp_path: Path, chunk_leaves: int
) -> None:
    await recorded(ledger, ledger_home)
    path = tmp_path / "export.zip"
    told: list[tuple[str, int, int]] = []
    written = await export_ledger(
        ledger, path, chunk_leaves=chunk_leaves, told=lambda *step: told.append(step)
    )
    root = read_pinned(ledger_home)[0]
    verdict = verify_export(path, trusted_key=root, parse=True, workers=1)
    assert verdict.whole, said(verdict)
    assert (verdict.events, verdict.unsealed, verdict.sealed, verdict.seals) == (26, 3, 23, 3)
    assert (written.events, written.unsealed, written.tree_size, written.seals) == (26, 3, 23, 3)
    assert written.root_sha256 == verdict.root_sha256
    assert written.sha256 == sha256(path.read_bytes()).hexdigest()
    assert told[-1] == ("events", 26, 26)
    assert list(tmp_path.glob("*.part")) == []
    outcome = checked_alone(path, tmp_path, root.vkey)
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert "whole: 26 events, 23 sealed under 3 seals, 1 chained runs" in outcome.stdout


async def test_the_newest_checkpoint_of_an_export_is_the_one_kept_outside(
    ledger: PostgresLedger, ledger_home: LedgerHome, tmp_path: Path
) -> None:
    await recorded(ledger, ledger_home)
    path = tmp_path / "export.zip"
    await export_ledger(ledger, path)
    with zipfile.ZipFile(path) as archive:
        assert archive.read("checkpoint").decode() == ledger_home.witness.read_text()
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
        keys = json.loads(archive.read("keys.json"))
    assert [key["endorsement"] is None for key in keys] == [True, False]
    assert verify_export(path, seen=ledger_home.witness.read_text()).whole


async def test_an_empty_ledger_can_be_exported(ledger: PostgresLedger, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    written = await export_ledger(ledger, path)
    assert (written.events, written.seals, written.root_sha256) == (0, 0, None)
    assert verify_export(path).whole
    assert checked_alone(path, tmp_path).returncode == 0


async def test_an_export_of_a_record_that_is_not_whole_shows_it(
    ledger: PostgresLedger,
    ledger_home: LedgerHome,
    postgres: EmbeddedPostgres,
    database_url: str,
    tmp_path: Path,
) -> None:
    await recorded(ledger, ledger_home)
    as_superuser(
        postgres,
        database_url,
        "UPDATE ledger.events SET body = E'not\\tJSON\\n' WHERE seq = 3",
        "DELETE FROM ledger.events WHERE seq = 12",
    )
    path = tmp_path / "export.zip"
    await export_ledger(ledger, path, chunk_leaves=4)
    verdict = verify_export(path)
    assert {("body_edited", 3, 2), ("event_deleted", 11, 11)} <= {
        (one.kind, one.seq, one.index) for one in verdict.problems
    }, said(verdict)
    assert checked_alone(path, tmp_path).returncode == 1


async def test_a_stored_tree_that_is_gone_does_not_keep_the_export_from_being_made(
    ledger: PostgresLedger,
    ledger_home: LedgerHome,
    postgres: EmbeddedPostgres,
    database_url: str,
    tmp_path: Path,
) -> None:
    await recorded(ledger, ledger_home)
    as_superuser(postgres, database_url, "DELETE FROM ledger.tree")
    path = tmp_path / "export.zip"
    await export_ledger(ledger, path)
    assert not verify_export(path).whole


async def test_events_of_a_detached_month_are_absent_and_their_leaves_are_not(
    ledger: PostgresLedger,
    ledger_home: LedgerHome,
    postgres: EmbeddedPostgres,
    database_url: str,
    tmp_path: Path,
) -> None:
    await recorded(ledger, ledger_home)
    as_superuser(
        postgres,
        database_url,
        "INSERT INTO ledger.detached_months VALUES ('2025-01-01', 'events_2025_01', 1, 11, 10, now())",
        "DELETE FROM ledger.events WHERE seq < 12 AND seq <> 10",
    )
    path = tmp_path / "export.zip"
    gone = MonthDetached(
        month=date(2025, 1, 1), partition="events_2025_01", events=10, first_seq=1, last_seq=11
    )
    await ledger.append(gone, ALONE)
    await export_ledger(ledger, path, chunk_leaves=4)
    assert "no sealed event of the record says" in said(verify_export(path))
    assert checked_alone(path, tmp_path).returncode == 1
    await seal_ledger(ledger, ledger_home)
    await export_ledger(ledger, path, chunk_leaves=4)
    verdict = verify_export(path)
    assert verdict.whole, said(verdict)
    assert (verdict.detached, verdict.unsealed) == (10, 0)
    assert checked_alone(path, tmp_path).returncode == 0


async def test_a_stamp_goes_with_its_seal_and_a_wrong_one_is_found(
    ledger: PostgresLedger,
    ledger_home: LedgerHome,
    postgres: EmbeddedPostgres,
    database_url: str,
    tmp_path: Path,
) -> None:
    await recorded(ledger, ledger_home)
    with Authority(tmp_path / "authority").serving() as url:
        await stamp_seals(ledger, url)
    path = tmp_path / "export.zip"
    await export_ledger(ledger, path)
    verdict = verify_export(path)
    assert (verdict.whole, verdict.stamps) == (True, 1), said(verdict)
    assert "who made the time stamps was not checked" in verdict.notes[-1]
    as_superuser(postgres, database_url, "UPDATE ledger.timestamps SET tree_size = 15")
    await export_ledger(ledger, path)
    for verdict in (verify_export(path), await verify_ledger(ledger, ledger_home)):
        assert [one.kind for one in verdict.problems] == ["stamp_wrong"], said(verdict)
        assert "the time stamp of the seal at 15 leaves is wrong: it is over something else" in said(verdict)


async def test_a_place_that_cannot_be_written_is_refused(ledger: PostgresLedger, tmp_path: Path) -> None:
    with pytest.raises(ExportFailedError):
        await export_ledger(ledger, tmp_path / "missing" / "export.zip")
