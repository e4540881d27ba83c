"""Whatever is done to the record under the server is found, and the first wrong place is named."""

import asyncio
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import LiteralString

import pytest

from muster.ledger.events import AgentPaused, EventContext, MonthDetached
from muster.ledger.home import LedgerHome, LedgerKeyError, read_private
from muster.ledger.keys import rotate_key
from muster.ledger.mirror import mirror_sealed
from muster.ledger.mirror_file import MirrorFile
from muster.ledger.mirror_store import MirrorStore
from muster.ledger.postgres import PostgresLedger
from muster.ledger.seal import seal_ledger
from muster.ledger.verify import Verdict, verify_ledger
from muster.services.postgres import EmbeddedPostgres
from tests.integration.ledger.sealing import WHERE, as_superuser, record

ALONE = EventContext(actor="service:test")


@dataclass(frozen=True)
class Attack:
    """What is done, and what has to be said about it."""

    statements: tuple[LiteralString, ...]
    kind: str
    seq: int | None
    index: int | None
    says: str


ATTACKS = {
    "a column edited": Attack(
        ("UPDATE ledger.events SET team = 'finance' WHERE seq = 2",),
        "columns_differ",
        2,
        None,
        "team differ from its body",
    ),
    "a body edited, of a run": Attack(
        ("UPDATE ledger.events SET body = replace(body, 'reason 1', 'reason 9') WHERE seq = 2",),
        "body_edited",
        2,
        1,
        "leaf 1: it was edited after it was sealed",
    ),
    "a body edited, of no run": Attack(
        ("UPDATE ledger.events SET body = replace(body, 'reason 1', 'reason 9') WHERE seq = 6",),
        "body_edited",
        6,
        5,
        "leaf 5: it was edited after it was sealed",
    ),
    "a body edited that is not sealed yet": Attack(
        ("UPDATE ledger.events SET body = replace(body, 'reason 1', 'reason 9') WHERE seq = 10",),
        "body_edited",
        10,
        None,
        "body and chain of run_2 do not fit",
    ),
    "a body that is no JSON any more": Attack(
        ("UPDATE ledger.events SET body = 'nothing' WHERE seq = 6",),
        "not_canonical",
        6,
        None,
        "its body is not JSON",
    ),
    "a body that says the same in other words": Attack(
        ("UPDATE ledger.events SET body = replace(body, ',', ', ') WHERE seq = 6",),
        "not_canonical",
        6,
        None,
        "not in canonical JSON",
    ),
    "a time of recording edited": Attack(
        ("UPDATE ledger.events SET recorded_at = recorded_at + interval '1 microsecond' WHERE seq = 7",),
        "body_edited",
        7,
        6,
        "leaf 6: it was edited",
    ),
    "an event deleted": Attack(
        ("DELETE FROM ledger.events WHERE seq = 6",),
        "event_deleted",
        5,
        5,
        "leaf 5: 1 sealed event is gone, deleted between event 5",
    ),
    "several events deleted": Attack(
        ("DELETE FROM ledger.events WHERE seq BETWEEN 2 AND 3",),
        "event_deleted",
        1,
        1,
        "leaves 1 to 2: 2 sealed events are gone, deleted between event 1",
    ),
    "the first event deleted": Attack(
        ("DELETE FROM ledger.events WHERE seq = 1",),
        "event_deleted",
        0,
        0,
        "leaf 0: 1 sealed event is gone, deleted between the beginning and event 2",
    ),
    "an event deleted and its chain mended": Attack(
        (
            "DELETE FROM ledger.events WHERE seq = 4",
            "UPDATE ledger.run_heads SET run_seq = 3, chain_sha256 = "
            "(SELECT chain_sha256 FROM ledger.events WHERE seq = 3) WHERE run_id = 'run_1'",
        ),
        "event_deleted",
        3,
        3,
        "leaf 3: 1 sealed event is gone, deleted between event 3",
    ),
    "an event inserted": Attack(
        (
            "INSERT INTO ledger.events OVERRIDING SYSTEM VALUE SELECT 0, event_id || 'x', kind, task_id, "
            "run_id, run_seq, team, agent, actor, model_source, happened_at, recorded_at, cost_usd, "
            "replace(body, event_id, event_id || 'x'), chain_sha256 FROM ledger.events WHERE seq = 6",
        ),
        "event_inserted",
        0,
        0,
        "it was never sealed and was inserted between the beginning and event 1",
    ),
    "two events that changed places": Attack(
        (
            "UPDATE ledger.events AS one SET event_id = other.event_id, body = other.body, "
            "happened_at = other.happened_at, recorded_at = other.recorded_at FROM ledger.events AS other "
            "WHERE (one.seq, other.seq) IN ((6, 7), (7, 6))",
        ),
        "event_moved",
        6,
        5,
        "it was moved here from leaf 6",
    ),
    "the end cut off": Attack(
        ("DELETE FROM ledger.events WHERE seq >= 7",),
        "end_cut_off",
        6,
        6,
        "leaves 6 to 7: the end was cut off after event 6",
    ),
    "the end of a run cut off before it was sealed": Attack(
        ("DELETE FROM ledger.events WHERE seq = 10",),
        "end_cut_off",
        9,
        None,
        "run_2: ends at place 1 (event 9) where 2 events were recorded",
    ),
    "a root edited": Attack(
        ("UPDATE ledger.seals SET root_sha256 = sha256('x') WHERE tree_size = 4",),
        "seal_forged",
        1,
        0,
        "the seal over leaves 0 to 3 (events 1 to 4) is forged: its row does not say what its checkpoint",
    ),
    "a checkpoint edited": Attack(
        (
            "UPDATE ledger.seals SET checkpoint = replace(checkpoint, E'\\n4\\n', E'\\n3\\n') "
            "WHERE tree_size = 4",
        ),
        "seal_forged",
        1,
        0,
        "is forged: the signature of",
    ),
    "a seal deleted": Attack(
        ("DELETE FROM ledger.seals WHERE tree_size = 4",),
        "seal_missing",
        5,
        4,
        "leaf 0: a seal is missing",
    ),
    "the newest seal deleted": Attack(
        ("DELETE FROM ledger.seals WHERE tree_size = 8",),
        "rolled_back",
        None,
        4,
        "8 sealed events were seen",
    ),
    "a stored leaf edited": Attack(
        ("UPDATE ledger.tree SET hashes = overlay(hashes PLACING sha256('x') FROM 33) WHERE first_node = 0",),
        "tree_edited",
        2,
        1,
        "leaf 1 of the stored tree was changed",
    ),
    "stored leaves deleted": Attack(
        ("DELETE FROM ledger.tree WHERE first_node = 4",),
        "tree_edited",
        5,
        4,
        "leaf 4 of the stored tree was changed",
    ),
    "a node of the stored tree added": Attack(
        ("INSERT INTO ledger.tree VALUES (8, 0, sha256('x'))",),
        "tree_edited",
        None,
        8,
        "more nodes of level 8 than were sealed",
    ),
    "an event and its leaf edited together": Attack(
        (
            "UPDATE ledger.events SET body = replace(body, 'reason 0', 'reason 9') WHERE seq = 5",
            "UPDATE ledger.tree SET hashes = overlay(hashes PLACING (SELECT sha256('\\x00'::bytea "
            "|| int8send(seq) || int8send((extract(epoch FROM recorded_at) * 1000000)::bigint) "
            "|| sha256(convert_to(body, 'UTF8')) || decode(repeat('00', 32), 'hex')) "
            "FROM ledger.events WHERE seq = 5) FROM 1) WHERE first_node = 4",
        ),
        "root_differs",
        5,
        4,
        "the seal over leaves 4 to 7 (events 5 to 8): neither the events nor the stored leaves",
    ),
    "the keys deleted": Attack(
        ("DELETE FROM ledger.seals", "DELETE FROM ledger.tree", "DELETE FROM ledger.keys"),
        "rolled_back",
        None,
        0,
        "8 sealed events were seen",
    ),
}


async def sealed_twice(ledger: PostgresLedger, home: LedgerHome) -> None:
    """Events 1 to 4 of a run under one seal, 5 to 8 of no run under another, 9 and 10 of a run not sealed."""
    await record(ledger, 4)
    await seal_ledger(ledger, home)
    await record(ledger, 4, ALONE)
    await seal_ledger(ledger, home)
    await record(ledger, 2, EventContext(actor="service:test", run_id="run_2"))


def detached(first_seq: int, last_seq: int, events: int) -> MonthDetached:
    return MonthDetached(
        month=date(2025, 1, 1),
        partition="events_2025_01",
        events=events,
        first_seq=first_seq,
        last_seq=last_seq,
    )


def said(verdict: Verdict) -> str:
    return "\n".join(f"{one.kind} seq={one.seq} index={one.index}: {one}" for one in verdict.problems)


async def test_an_honest_record_is_whole(ledger: PostgresLedger, ledger_home: LedgerHome) -> None:
    await sealed_twice(ledger, ledger_home)
    verdict = await verify_ledger(ledger, ledger_home)
    assert verdict.whole, said(verdict)
    assert (verdict.events, verdict.sealed, verdict.unsealed) == (10, 8, 2)
    assert (verdict.runs, verdict.seals, verdict.notes) == (2, 2, [])
    assert verdict.sentence() == (
        "the record is whole: 10 events (2 not yet sealed), 2 chained runs, 2 seals, 0 open intents"
    )


async def test_an_empty_record_is_whole(ledger: PostgresLedger, ledger_home: LedgerHome) -> None:
    assert (await verify_ledger(ledger, ledger_home)).whole
    await seal_ledger(ledger, ledger_home)
    assert (await verify_ledger(ledger, ledger_home)).whole


async def test_an_unknown_kind_of_event_is_preserved_and_fine(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    await record(ledger, 1, ALONE)
    renamed = "UPDATE ledger.events SET kind = 'some.thing', body = replace(body, kind, 'some.thing')"
    as_superuser(postgres, database_url, renamed)
    await seal_ledger(ledger, ledger_home)
    assert (await verify_ledger(ledger, ledger_home)).whole


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_under_the_server_is_found_and_its_place_named(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str, name: str
) -> None:
    attack = ATTACKS[name]
    await sealed_twice(ledger, ledger_home)
    as_superuser(postgres, database_url, *attack.statements)
    verdict = await verify_ledger(ledger, ledger_home)
    found = [one for one in verdict.problems if (one.kind, one.seq) == (attack.kind, attack.seq)]
    assert [one.index for one in found] == [attack.index], said(verdict)
    assert attack.says in found[0].sentence
    assert "THE RECORD IS NOT WHOLE" in verdict.sentence()


async def test_seals_signed_by_a_key_of_the_attackers_own_are_found(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    await sealed_twice(ledger, ledger_home)
    other = ledger_home.folder.parent / "other"
    forged = LedgerHome(ledger_home.origin, other / "key", other / "ledger")
    as_superuser(postgres, database_url, *ATTACKS["the keys deleted"].statements)
    await seal_ledger(ledger, forged)
    assert (await verify_ledger(ledger, forged)).whole
    verdict = await verify_ledger(ledger, ledger_home)
    assert [one.kind for one in verdict.problems] == ["key_replaced", "seal_forged"], said(verdict)
    assert "not in the line of keys that are trusted" in said(verdict)


async def test_keys_that_were_rotated_are_a_line_and_a_broken_line_is_found(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    await record(ledger, 2)
    await seal_ledger(ledger, ledger_home)
    await rotate_key(ledger, ledger_home, "person:test")
    await record(ledger, 2)
    await seal_ledger(ledger, ledger_home)
    verdict = await verify_ledger(ledger, ledger_home)
    assert verdict.whole, said(verdict)
    [first] = await ledger.fetch("SELECT vkey FROM ledger.keys WHERE endorsement IS NULL")
    as_superuser(
        postgres,
        database_url,
        "UPDATE ledger.keys SET endorsement = replace(endorsement, 'time 2', 'time 1') "
        "WHERE endorsement IS NOT NULL",
    )
    verdict = await verify_ledger(ledger, ledger_home)
    assert verdict.problems[0].kind == "key_replaced", said(verdict)
    assert verdict.first_key == first["vkey"]


async def test_a_database_that_was_rolled_back_and_went_on_is_found(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    await sealed_twice(ledger, ledger_home)
    kept = ledger_home.witness.read_text()
    as_superuser(
        postgres,
        database_url,
        "DELETE FROM ledger.events WHERE seq > 4",
        "DELETE FROM ledger.run_heads WHERE run_id = 'run_2'",
        "DELETE FROM ledger.seals WHERE tree_size > 4",
        "DELETE FROM ledger.tree WHERE first_node >= 4",
    )
    verdict = await verify_ledger(ledger, ledger_home)
    assert [one.kind for one in verdict.problems] == ["rolled_back"], said(verdict)
    assert "leaf 4 is the first that is gone, after event 4" in said(verdict)

    old = LedgerHome(ledger_home.origin, ledger_home.key_file, ledger_home.folder.with_name("older"))
    old.folder.mkdir()
    old.pinned_keys.write_text(ledger_home.pinned_keys.read_text())
    [first] = await ledger.fetch("SELECT checkpoint FROM ledger.seals")
    old.witness.write_text(first["checkpoint"])
    await record(ledger, 6, ALONE)
    await seal_ledger(ledger, old)
    ledger_home.witness.write_text(kept)
    verdict = await verify_ledger(ledger, ledger_home)
    assert [one.kind for one in verdict.problems] == ["forked"], said(verdict)


async def test_a_missing_witness_is_a_problem_once_there_are_seals(
    ledger: PostgresLedger, ledger_home: LedgerHome
) -> None:
    await sealed_twice(ledger, ledger_home)
    ledger_home.witness.unlink()
    [problem] = (await verify_ledger(ledger, ledger_home)).problems
    assert "whether the database was rolled back cannot be told" in problem.sentence


async def test_without_a_pinned_key_nothing_is_trusted(
    ledger: PostgresLedger, ledger_home: LedgerHome
) -> None:
    await sealed_twice(ledger, ledger_home)
    ledger_home.pinned_keys.unlink()
    with pytest.raises(LedgerKeyError):
        await verify_ledger(ledger, ledger_home)


async def test_without_a_home_the_verdict_says_what_it_did_not_compare(
    ledger: PostgresLedger, ledger_home: LedgerHome
) -> None:
    await sealed_twice(ledger, ledger_home)
    verdict = await verify_ledger(ledger)
    assert verdict.whole
    assert "compare its fingerprint" in verdict.notes[0]


async def test_a_detached_month_may_be_absent_and_nothing_else(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    await sealed_twice(ledger, ledger_home)
    as_superuser(
        postgres,
        database_url,
        "INSERT INTO ledger.detached_months VALUES ('2025-01-01', 'events_2025_01', 1, 6, 5, now())",
        "DELETE FROM ledger.events WHERE seq IN (1, 2, 3, 4, 6)",
    )
    [problem] = (await verify_ledger(ledger, ledger_home)).problems
    assert "2025-01: no sealed event of the record says" in str(problem)
    await ledger.append(detached(1, 6, 5), ALONE)
    verdict = await verify_ledger(ledger, ledger_home)
    assert verdict.whole, said(verdict)
    assert (verdict.events, verdict.detached) == (6, 5)
    as_superuser(postgres, database_url, "DELETE FROM ledger.events WHERE seq = 5")
    [problem] = (await verify_ledger(ledger, ledger_home)).problems
    assert problem.kind == "detached_differs"
    as_superuser(postgres, database_url, "DELETE FROM ledger.events WHERE seq = 8")
    verdict = await verify_ledger(ledger, ledger_home)
    assert "leaf 7: 1 sealed event is gone, deleted between event 7" in said(verdict)


async def test_a_run_may_begin_in_a_detached_month(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    await sealed_twice(ledger, ledger_home)
    as_superuser(
        postgres,
        database_url,
        "INSERT INTO ledger.detached_months VALUES ('2025-01-01', 'events_2025_01', 1, 2, 2, now())",
        "DELETE FROM ledger.events WHERE seq <= 2",
    )
    await ledger.append(detached(1, 2, 2), ALONE)
    verdict = await verify_ledger(ledger, ledger_home)
    assert verdict.whole, said(verdict)


async def test_where_comes_with_each_run(ledger: PostgresLedger, ledger_home: LedgerHome) -> None:
    await ledger.append(AgentPaused(who="support/desk", reason="one"), WHERE)
    verdict = await verify_ledger(ledger, ledger_home)
    assert (verdict.runs, verdict.unsealed, verdict.sealed) == (1, 1, 0)


async def mirrored(
    ledger: PostgresLedger, home: LedgerHome, database_url: str, folder: Path
) -> list[MirrorFile]:
    await sealed_twice(ledger, home)
    store = MirrorStore(str(folder), folder / "cache")
    return await asyncio.to_thread(
        mirror_sealed, database_url, store, read_private(home.key_file).sign, ledger.clock
    )


async def test_the_files_of_the_mirror_are_read(
    ledger: PostgresLedger, ledger_home: LedgerHome, database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "mirror"
    files = await mirrored(ledger, ledger_home, database_url, folder)
    verdict = await verify_ledger(ledger, ledger_home, mirror=str(folder))
    assert (verdict.whole, verdict.mirror_files) == (True, len(files)), said(verdict)
    assert (await verify_ledger(ledger, ledger_home, mirror=f"file://{folder}")).mirror_files == len(files)
    assert (await verify_ledger(ledger, ledger_home)).mirror_files is None
    remote = await verify_ledger(ledger, ledger_home, mirror="s3://bucket/mirror")
    assert (remote.whole, remote.mirror_files) == (True, len(files))
    assert "not on this machine" in remote.notes[0]


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("swapped", "it was swapped or changed"),
        ("missing", "it is missing"),
        ("noted", "its row does not say"),
    ],
)
async def test_a_swapped_or_missing_file_of_the_mirror_is_found(
    ledger: PostgresLedger,
    ledger_home: LedgerHome,
    postgres: EmbeddedPostgres,
    database_url: str,
    tmp_path: Path,
    what: str,
    says: str,
) -> None:
    folder = tmp_path / "mirror"
    _, second = await mirrored(ledger, ledger_home, database_url, folder)
    path = folder / second.path
    if what == "swapped":
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    elif what == "missing":
        path.unlink()
    else:
        path.write_bytes(b"another")
        as_superuser(
            postgres,
            database_url,
            "UPDATE ledger.mirror_files SET sha256 = encode(sha256('another'), 'hex') WHERE first_index = 4",
        )
    [problem] = (await verify_ledger(ledger, ledger_home, mirror=str(folder))).problems
    assert (problem.kind, problem.index, problem.seq) == ("mirror_swapped", 4, 5)
    assert f"mirror file {second.path} (events 5 to 8): {says}" in problem.sentence


async def test_a_guard_that_was_taken_away_is_named(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    as_superuser(postgres, database_url, "DROP TRIGGER events_are_final ON ledger.events")
    verdict = await verify_ledger(ledger, ledger_home)
    assert {one.kind for one in verdict.problems} == {"guard_missing"}
    assert "events_are_final" in said(verdict)
