"""The mirror: what is sealed is written to Parquet once, also when that lagged, and read without a seam."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, LiteralString

import polars as pl
import psycopg
import pytest
from polars.testing import assert_frame_equal

from muster.core.clock import FixedClock
from muster.ledger.event_frame import MIRROR_FRAME, read_frame, read_frames
from muster.ledger.events import AgentPaused, EventContext, TaskQueued
from muster.ledger.home import LedgerHome, read_pinned, read_private
from muster.ledger.mirror import GRACE, compact_mirror, mirror_sealed
from muster.ledger.mirror_file import (
    MirrorFile,
    MirrorFileMissingError,
    MirrorIncompleteError,
    MirrorUnavailableError,
    mirror_cover,
    sha256_of,
)
from muster.ledger.mirror_store import MirrorStore
from muster.ledger.notes import open_note
from muster.ledger.postgres import PostgresLedger
from muster.ledger.reader import LedgerReader
from muster.ledger.seal import seal_ledger
from muster.services.postgres import EmbeddedPostgres
from tests.integration.ledger.sealing import as_superuser, record

ODD_TITLES = ("", '"', "a,b", "line\nbreak", "\\x00", "Straße № 5 🙂", " ", "NULL", "\\N")


class Mirroring:
    """A ledger with a mirror, whose clock for mirroring can be moved."""

    def __init__(self, url: str, home: LedgerHome, store: MirrorStore) -> None:
        self.url = url
        self.home = home
        self.store = store
        self.reader = LedgerReader(url, store)
        self.alone = LedgerReader(url)

    async def seal(self, ledger: PostgresLedger) -> None:
        await seal_ledger(ledger, self.home)

    def mirror(self, ledger: PostgresLedger, later: timedelta = timedelta(0)) -> list[MirrorFile]:
        return self._run(mirror_sealed, ledger, later)

    def compact(self, ledger: PostgresLedger, later: timedelta = timedelta(0)) -> list[MirrorFile]:
        return self._run(compact_mirror, ledger, later)

    def _run(
        self, act: Callable[..., list[MirrorFile]], ledger: PostgresLedger, later: timedelta
    ) -> list[MirrorFile]:
        sign = read_private(self.home.key_file).sign
        return act(self.url, self.store, sign, FixedClock(ledger.clock.now() + later))

    def same_as_postgres(self) -> None:
        assert_frame_equal(self.reader.events(), self.alone.events())


@pytest.fixture
def mirroring(database_url: str, ledger_home: LedgerHome, tmp_path: Path) -> Mirroring:
    store = MirrorStore(str(tmp_path / "mirror"), tmp_path / "cache")
    return Mirroring(database_url, ledger_home, store)


def in_postgres(url: str, statement: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement, values).fetchall()


async def sealed(ledger: PostgresLedger, mirroring: Mirroring, *counts: int) -> None:
    for count in counts:
        await record(ledger, count)
        await mirroring.seal(ledger)


async def queue(ledger: PostgresLedger, task_id: str, title: str = "a task") -> None:
    event = TaskQueued(
        source="mail:x", external_id=task_id, channel="mail", priority="high", title=title, content_sha256=""
    )
    await ledger.append(event, EventContext(actor="service:intake", task_id=task_id, team="support"))


async def test_each_seal_becomes_a_file_and_the_rest_comes_from_postgres(
    ledger: PostgresLedger, mirroring: Mirroring
) -> None:
    await sealed(ledger, mirroring, 3, 5)
    await record(ledger, 2)

    files = mirroring.mirror(ledger)

    assert [(file.first_index, file.end_index, file.events) for file in files] == [(0, 3, 3), (3, 8, 5)]
    assert mirroring.mirror(ledger) == []
    assert mirroring.reader.events().height == 10
    mirroring.same_as_postgres()


async def test_a_file_says_which_seal_it_belongs_to_and_is_signed_for(
    ledger: PostgresLedger, mirroring: Mirroring
) -> None:
    await sealed(ledger, mirroring, 4)
    [file] = mirroring.mirror(ledger)

    path = mirroring.store.folder / file.path
    said = pl.read_parquet_metadata(path)
    note = open_note(file.note, read_pinned(mirroring.home))

    assert said["muster.tree_size"] == "4"
    assert said["muster.checkpoint"] == mirroring.home.witness.read_text()
    assert file.path in note.text
    assert f"sha256 {sha256_of(path)}" in note.text
    assert (file.sha256, file.size_bytes) == (sha256_of(path), path.stat().st_size)
    assert pl.read_parquet_schema(path) == pl.Schema(MIRROR_FRAME)
    assert [*mirroring.store.folder.iterdir()] == [path]


async def test_odd_texts_are_the_same_from_both_sides(ledger: PostgresLedger, mirroring: Mirroring) -> None:
    for number, title in enumerate(ODD_TITLES):
        await queue(ledger, f"tsk_{number}", title)
    before = mirroring.alone.events()
    await mirroring.seal(ledger)
    mirroring.mirror(ledger)

    assert_frame_equal(mirroring.reader.events(), before)
    assert before["title"].to_list() == list(ODD_TITLES)


async def test_many_events_are_taken_in_parts_that_add_up(
    ledger: PostgresLedger, mirroring: Mirroring
) -> None:
    for number, title in enumerate(ODD_TITLES):
        await queue(ledger, f"tsk_{number}", title)
    with psycopg.connect(mirroring.url) as connection:
        parts = list(read_frames(connection, MIRROR_FRAME, part_bytes=1))
        whole = read_frame(connection, MIRROR_FRAME)
    assert len(parts) == len(ODD_TITLES)
    assert_frame_equal(pl.concat(parts), whole)


async def test_what_the_leaves_are_made_of_is_in_the_file(
    ledger: PostgresLedger, mirroring: Mirroring
) -> None:
    await sealed(ledger, mirroring, 3)
    [file] = mirroring.mirror(ledger)
    columns = ["seq", "recorded_at", "run_seq", "chain_sha256", "body"]

    held = pl.read_parquet(mirroring.store.folder / file.path, columns=columns).select(columns).rows()

    statement: LiteralString = (
        "SELECT seq, recorded_at, run_seq, chain_sha256, body FROM ledger.events ORDER BY seq"
    )
    assert held == in_postgres(mirroring.url, statement)


async def test_filters_mean_the_same_on_both_sides(ledger: PostgresLedger, mirroring: Mirroring) -> None:
    await queue(ledger, "tsk_1")
    await sealed(ledger, mirroring, 3)
    mirroring.mirror(ledger)
    await queue(ledger, "tsk_2")
    await record(ledger, 1)
    times = mirroring.alone.events()["happened_at"]
    many: tuple[dict[str, Any], ...] = (
        {"kinds": ["task.queued"]},
        {"kinds": []},
        {"since": times[2], "until": times[5]},
        {"team": "support", "task_id": "tsk_1"},
    )
    for narrowed in many:
        assert_frame_equal(mirroring.reader.events(**narrowed), mirroring.alone.events(**narrowed))


async def test_a_missing_file_is_made_up_for_by_postgres(
    ledger: PostgresLedger, mirroring: Mirroring
) -> None:
    await sealed(ledger, mirroring, 3, 4, 5)
    files = mirroring.mirror(ledger)
    await record(ledger, 2)
    for file in files:
        path = mirroring.store.folder / file.path
        whole = path.read_bytes()
        path.unlink()
        mirroring.same_as_postgres()
        path.write_bytes(whole[:-1])
        mirroring.same_as_postgres()
        path.write_bytes(whole)


async def test_two_at_once_write_each_seal_once(ledger: PostgresLedger, mirroring: Mirroring) -> None:
    await sealed(ledger, mirroring, 3, 4)
    with ThreadPoolExecutor() as threads:
        made = list(threads.map(lambda _: mirroring.mirror(ledger), range(4)))
    made.append(mirroring.mirror(ledger))

    assert sorted(file.first_index for files in made for file in files) == [0, 3]
    mirroring.same_as_postgres()


async def test_one_that_was_cut_short_is_made_up_for(ledger: PostgresLedger, mirroring: Mirroring) -> None:
    await sealed(ledger, mirroring, 3, 4)
    signed: list[str] = []

    def dies_at_the_second(text: str) -> str:
        if signed:
            raise KeyboardInterrupt
        signed.append(text)
        return read_private(mirroring.home.key_file).sign(text)

    with pytest.raises(KeyboardInterrupt):
        mirror_sealed(mirroring.url, mirroring.store, dies_at_the_second, ledger.clock)
    (mirroring.store.folder / ".draft-1-00000000").mkdir()

    assert [file.first_index for file in mirroring.mirror(ledger)] == [3]
    assert len([*mirroring.store.folder.iterdir()]) == 2


async def test_a_finished_day_becomes_one_file(ledger: PostgresLedger, mirroring: Mirroring) -> None:
    await sealed(ledger, mirroring, 3, 4, 5)
    small = mirroring.mirror(ledger)
    assert mirroring.compact(ledger) == []

    [day] = mirroring.compact(ledger, timedelta(days=1))
    there = set(mirroring.store.names())
    still_there = mirroring.compact(ledger, timedelta(days=1))
    mirroring.compact(ledger, timedelta(days=1) + 2 * GRACE)

    assert (day.first_index, day.end_index, day.events) == (0, 12, 12)
    assert there == {day.path, *(file.path for file in small)}
    assert still_there == []
    assert mirroring.store.names() == [day.path]
    mirroring.same_as_postgres()


async def test_seals_a_finished_day_left_behind_become_one_file_at_once(
    ledger: PostgresLedger, mirroring: Mirroring
) -> None:
    await sealed(ledger, mirroring, 3, 4)
    [day] = mirroring.mirror(ledger, timedelta(days=1))
    assert (day.first_index, day.end_index) == (0, 7)
    mirroring.same_as_postgres()


async def test_a_swapped_file_does_not_get_into_the_day(ledger: PostgresLedger, mirroring: Mirroring) -> None:
    await sealed(ledger, mirroring, 3, 4)
    first, _ = mirroring.mirror(ledger)
    path = mirroring.store.folder / first.path
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)

    mirroring.compact(ledger, timedelta(days=1))
    mirroring.same_as_postgres()


async def test_a_file_nobody_recorded_is_swept_away(ledger: PostgresLedger, mirroring: Mirroring) -> None:
    await sealed(ledger, mirroring, 3)
    [file] = mirroring.mirror(ledger)
    stray = mirroring.store.folder / f"events-{0:012d}-{3:012d}-{'0' * 16}.parquet"
    stray.write_bytes(b"cut short")
    mirroring.compact(ledger, 2 * GRACE)
    assert mirroring.store.names() == [file.path]


async def test_events_that_are_gone_are_not_mirrored_as_if_they_were_there(
    ledger: PostgresLedger, mirroring: Mirroring, postgres: EmbeddedPostgres
) -> None:
    await sealed(ledger, mirroring, 3)
    as_superuser(postgres, mirroring.url, "DELETE FROM ledger.events WHERE seq = 2")
    with pytest.raises(MirrorIncompleteError):
        mirroring.mirror(ledger)
    assert mirroring.store.names() == []


async def test_a_mirror_that_cannot_be_written_to_says_so(
    ledger: PostgresLedger, mirroring: Mirroring, tmp_path: Path
) -> None:
    await sealed(ledger, mirroring, 1)
    (tmp_path / "file").write_text("in the way")
    mirroring.store = MirrorStore(str(tmp_path / "file"), tmp_path / "cache")
    with pytest.raises(MirrorUnavailableError):
        mirroring.mirror(ledger)


async def a_detached_month(
    ledger: PostgresLedger, mirroring: Mirroring, postgres: EmbeddedPostgres
) -> list[MirrorFile]:
    """Events of long ago and of now, sealed and mirrored; the old month is taken out of the table."""
    as_superuser(
        postgres,
        mirroring.url,
        "SELECT ledger.ensure_month((now() - interval '300 days')::date)",
        "CREATE TEMP VIEW old AS SELECT date_trunc('month', now() - interval '300 days') AS day",
        "INSERT INTO ledger.events (event_id, kind, task_id, actor, happened_at, recorded_at, body) "
        "SELECT 'evt_' || n, 'run.started', 'tsk_old', 'x', now(), day, "
        '\'{"kind":"run.started","n":\' || n || \',"payload":{}}\' FROM old, generate_series(1, 3) n',
    )
    await mirroring.seal(ledger)
    await sealed(ledger, mirroring, 2)
    files = mirroring.mirror(ledger)
    in_postgres(
        mirroring.url,
        "SELECT (ledger.detach_month(date_trunc('month', now() - interval '300 days')::date, 180)).month",
    )
    return files


async def test_a_detached_month_is_read_from_the_mirror(
    ledger: PostgresLedger, mirroring: Mirroring, postgres: EmbeddedPostgres
) -> None:
    await a_detached_month(ledger, mirroring, postgres)
    await record(ledger, 1)
    assert mirroring.alone.events().height == 3
    assert mirroring.reader.events().height == 6
    assert [event["n"] for event in mirroring.reader.task_events("tsk_old")] == [1, 2, 3]
    assert mirroring.alone.task_events("tsk_old") == []


async def test_a_detached_month_whose_file_is_gone_is_not_left_out_in_silence(
    ledger: PostgresLedger, mirroring: Mirroring, postgres: EmbeddedPostgres
) -> None:
    first, *_ = await a_detached_month(ledger, mirroring, postgres)
    (mirroring.store.folder / first.path).unlink()
    with pytest.raises(MirrorFileMissingError):
        mirroring.reader.scan()
    with pytest.raises(MirrorFileMissingError):
        mirroring.reader.task_events("tsk_old")


async def test_a_mirror_elsewhere_is_copied_when_it_is_read_and_held_against_its_checksum(
    ledger: PostgresLedger, mirroring: Mirroring, tmp_path: Path
) -> None:
    address = f"memory://{tmp_path.name}"
    mirroring.store = MirrorStore(address, tmp_path / "writer")
    await sealed(ledger, mirroring, 3, 4)
    first, second = mirroring.mirror(ledger)
    remote = mirroring.store._remote
    fresh = MirrorStore(address, tmp_path / "reader")
    mirroring.reader = LedgerReader(mirroring.url, fresh)
    remote.pipe_file(f"/{tmp_path.name}/{second.path}", b"swapped")

    mirroring.same_as_postgres()

    assert [path.name for path in fresh.folder.iterdir()] == [first.path]
    mirroring.compact(ledger, timedelta(days=1))
    mirroring.compact(ledger, timedelta(days=1) + 2 * GRACE)
    assert len(fresh.names()) == 1
    mirroring.same_as_postgres()


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_written_meanwhile_each_reading_is_one_moment(
    ledger: PostgresLedger, mirroring: Mirroring, seed: int
) -> None:
    """A reading has all that Postgres had before it, nothing that it has not after it, and nothing twice."""
    done = asyncio.Event()

    async def write(number: int) -> None:
        where = EventContext(actor="service:test", run_id=f"run_{number}", task_id=f"tsk_{number}")
        while not done.is_set():
            await ledger.append(AgentPaused(who="x", reason=f"{seed}"), where)
            async with ledger.transaction() as transaction:
                await transaction.append(AgentPaused(who="y", reason="slow"), where)
                await asyncio.sleep(0.001 * (number + seed))

    writers = [asyncio.create_task(write(number)) for number in range(3)]
    try:
        for round_ in range(6):
            await asyncio.sleep(0.03)
            await mirroring.seal(ledger)
            if (round_ + seed) % 3:
                await asyncio.to_thread(mirroring.mirror, ledger, timedelta(days=(round_ + seed) % 2))
            if round_ % 2:
                await asyncio.to_thread(mirroring.compact, ledger, timedelta(days=1 + round_))
            before, read, after = await asyncio.to_thread(readings, mirroring)
            assert read["seq"].is_sorted()
            assert read["seq"].n_unique() == read.height
            assert set(before["seq"]) <= set(read["seq"])
            assert_frame_equal(read, after.filter(pl.col("seq").is_in(read["seq"].implode())))
    finally:
        done.set()
        await asyncio.gather(*writers)
    mirroring.same_as_postgres()
    with psycopg.connect(mirroring.url) as connection:
        assert mirror_cover(connection)


def readings(mirroring: Mirroring) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    return mirroring.alone.events(), mirroring.reader.events(), mirroring.alone.events()
