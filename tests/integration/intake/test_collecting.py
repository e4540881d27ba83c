"""Mail and files are collected once, and what cannot be read is kept."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from muster.intake import folder, maildir
from muster.intake.collecting import Collected
from muster.intake.quarantine import waiting
from muster.intake.requeue import NotInQuarantineError, StillQuarantinedError, requeue
from muster.intake.spool import Maildir
from muster.intake.status import standing
from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.postgres import PostgresLedger
from muster.services.postgres import EmbeddedPostgres

from .desk import away, deploy, kinds, letter, one


async def test_mails_are_queued_by_address_and_the_broken_ones_block_nobody(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    await deploy(ledger)
    box = Maildir(tmp_path).make()
    for mail in (
        letter(1),
        b"\x00 garbage",
        letter(2, "Invoices@Brightloom.example"),
        letter(3, "ceo@x.example"),
        letter(1),
    ):
        box.deliver(mail)
    assert await maildir.collect(ledger, tmp_path) == Collected(queued=2, duplicates=1, quarantined=2)
    rows = await ledger.fetch("SELECT source, team FROM state.tasks ORDER BY task_id")
    assert [tuple(row.values()) for row in rows] == [
        ("mail:support@brightloom.example", "support"),
        ("mail:invoices@brightloom.example", "finance"),
    ]
    reasons = {kept.source: kept.reason for kept in await waiting(ledger)}
    assert reasons == {
        "mail:unknown": "the mail does not say who sent it (no From address)",
        "mail:ceo@x.example": "no team takes mail for ceo@x.example",
    }
    assert box.waiting() == 0
    assert len(list((tmp_path / "cur").iterdir())) == 5


async def test_a_crash_before_the_mail_is_moved_changes_nothing(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    await deploy(ledger)
    box = Maildir(tmp_path).make()
    paths = [box.deliver(letter(1)), box.deliver(b"garbage")]
    copies = [shutil.copy(path, tmp_path / "tmp") for path in paths]
    await maildir.collect(ledger, tmp_path)
    for path, copy in zip(paths, copies, strict=True):
        os.rename(copy, path)
    assert await maildir.collect(ledger, tmp_path) == Collected(duplicates=2)
    assert await kinds(ledger) == ["task.queued", "message.quarantined", "task.duplicated"]


async def test_dropped_files_are_known_by_what_is_in_them(ledger: PostgresLedger, tmp_path: Path) -> None:
    await deploy(ledger)
    drop = tmp_path / "finance"
    drop.mkdir()
    (drop / "a.txt").write_text("Invoice 1")
    (drop / "b.txt").write_text("Invoice 1")
    (drop / "c.pdf").write_bytes(b"%PDF-1.7 cut off")
    (drop / "d.txt.part").write_text("still coming")
    (drop / "e.txt").symlink_to("/etc/hostname")
    collected = await folder.collect(ledger, tmp_path, settle_seconds=-1)
    assert collected == Collected(queued=1, duplicates=1, quarantined=1)
    assert sorted(path.name for path in drop.iterdir()) == [".taken", "d.txt.part", "e.txt"]
    assert sorted(path.name for path in (drop / ".taken").iterdir()) == ["a.txt", "b.txt", "c.pdf"]
    content = await one(ledger, "SELECT content FROM state.tasks")
    assert content["attachments"] == [{"name": "a.txt", "media_type": "text/plain", "text": "Invoice 1"}]


async def test_a_file_still_being_written_is_left_for_the_next_time(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    await deploy(ledger)
    (tmp_path / "finance").mkdir()
    (tmp_path / "finance" / "a.txt").write_text("half")
    assert await folder.collect(ledger, tmp_path, settle_seconds=3600) == Collected()
    assert folder.waiting(tmp_path) == 1


async def test_mail_stays_where_it_is_while_the_database_is_away(
    postgres: EmbeddedPostgres, database_url: str, tmp_path: Path
) -> None:
    box = Maildir(tmp_path).make()
    box.deliver(letter(1))
    ledger = await PostgresLedger.open(database_url, pool_size=1, patience_seconds=0.5)
    await deploy(ledger)
    with away(postgres, database_url), pytest.raises(LedgerUnavailableError):
        await maildir.collect(ledger, tmp_path)
    assert box.waiting() == 1
    await ledger.close()
    ledger = await PostgresLedger.open(database_url, pool_size=1)
    assert await maildir.collect(ledger, tmp_path) == Collected(queued=1)
    await ledger.close()


async def test_a_quarantined_message_is_sent_on_when_somebody_takes_it(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    Maildir(tmp_path).make().deliver(letter(1))
    await maildir.collect(ledger, tmp_path)
    (kept,) = await waiting(ledger)
    await deploy(ledger)
    enqueued = await requeue(ledger, kept.quarantine_id, actor="person:jo")
    assert (enqueued.team, enqueued.duplicate) == ("support", False)
    assert await waiting(ledger) == []
    assert await kinds(ledger) == ["message.quarantined", "task.queued", "message.requeued"]
    with pytest.raises(NotInQuarantineError, match="sent on before"):
        await requeue(ledger, kept.quarantine_id, actor="person:jo")


async def test_what_waits_is_counted_at_the_doors_in_the_queues_and_in_quarantine(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    await deploy(ledger)
    box, drop = Maildir(tmp_path / "mail").make(), tmp_path / "drop"
    for mail in (letter(1), letter(2), b"garbage"):
        box.deliver(mail)
    await maildir.collect(ledger, box.path)
    box.deliver(letter(3))
    (drop / "finance").mkdir(parents=True)
    (drop / "finance" / "a.txt").write_text("Invoice 1")
    now = await standing(ledger, box.path, drop, recent=1)
    assert (now.mails, now.files, now.quarantined) == (1, 1, 1)
    assert [(count.team, count.status, count.tasks) for count in now.queues] == [("support", "queued", 2)]
    assert [task.external_id for task in now.recent] == ["2@customer.example"]


async def test_a_second_failure_keeps_the_message_with_the_new_reason(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    Maildir(tmp_path).make().deliver(letter(1).replace(b"From:", b"Frm:"))
    await maildir.collect(ledger, tmp_path)
    (kept,) = await waiting(ledger)
    with pytest.raises(StillQuarantinedError, match="no team takes mail"):
        await requeue(ledger, kept.quarantine_id, actor="person:jo", as_text=True)
    (kept,) = await waiting(ledger)
    assert kept.reason == "no team takes mail for support@brightloom.example"
    assert await kinds(ledger) == ["message.quarantined"] * 2
    await deploy(ledger)
    enqueued = await requeue(ledger, kept.quarantine_id, actor="person:jo", as_text=True, team="finance")
    assert enqueued.team == "finance"
    assert "BL-10432" in (await one(ledger, "SELECT content FROM state.tasks"))["text"]


async def test_two_collectors_at_once_take_a_file_once(ledger: PostgresLedger, tmp_path: Path) -> None:
    """Also when a file of that name was taken before, so that it gets another name."""
    await deploy(ledger)
    taken = tmp_path / "finance" / ".taken"
    taken.mkdir(parents=True)
    (taken / "order.txt").write_text("an older one")
    (tmp_path / "finance" / "order.txt").write_text("three lamps, please")
    both = await asyncio.gather(*(folder.collect(ledger, tmp_path, settle_seconds=-60) for _ in range(2)))
    assert sorted(one.queued for one in both) == [0, 1]
    assert len(list(taken.iterdir())) == 2
