"""Ready-made frames beside a real record: the same as reading it all, however and by whom they were kept."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import psycopg
import pytest
from polars.testing import assert_frame_equal

from muster.analysis.human import HumanCost
from muster.analysis.period import Period
from muster.analysis.picture import pictures
from muster.analysis.ready import PARTS, ReadyFrames, frames_of
from muster.core.clock import FixedClock, SystemClock
from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.events import (
    AgentPaused,
    AnyEvent,
    EventContext,
    OutcomeScored,
)
from muster.ledger.home import LedgerHome, read_private
from muster.ledger.mirror import GRACE, compact_mirror, mirror_sealed
from muster.ledger.mirror_store import MirrorStore
from muster.ledger.postgres import PostgresLedger
from muster.ledger.reader import LedgerReader
from muster.ledger.seal import seal_ledger
from muster.reports.frame_files import FrameFiles, FramesNotKeptError, Kept
from muster.reports.frame_store import FrameStore
from muster.reports.plain import plain
from muster.reports.rollup import roll_up
from muster.reports.week import Week
from muster.reports.weekly_review import write_review
from tests.acceptance.worked import work_done

NOW = datetime.now(UTC) + timedelta(minutes=1)
UNORDERED = {"work": ["task_id", "agent"], "methods": ["task_id"]}


class Company:
    """A record with its mirror and the folder of its frames."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.mirror = MirrorStore(str(folder / "mirror"), folder / "cache")
        self.reader = LedgerReader(url, self.mirror)
        self.home = LedgerHome("test.example/ledger", folder / "secrets" / "ledger_key", folder / "ledger")
        self.folder = folder / "frames"

    def store(self, fewest: int = 1) -> FrameStore:
        """A store as another process would open it."""
        return FrameStore(self.reader, FrameFiles(self.folder), fewest)

    def work(self, tasks: int, seed: int) -> list[str]:
        return asyncio.run(work_done(self.url, tasks=tasks, seed=seed))

    def seal(self) -> None:
        """Seal and mirror what was recorded."""
        asyncio.run(self._with(lambda ledger: seal_ledger(ledger, self.home)))
        mirror_sealed(self.url, self.mirror, self._sign(), SystemClock())

    def compact(self) -> None:
        later = FixedClock(datetime.now(UTC) + timedelta(days=2))
        for _ in range(2):
            compact_mirror(self.url, self.mirror, self._sign(), later)
            later.advance(GRACE * 2)

    def score(self, task_id: str, correct: bool = False) -> None:
        """A word on a task's outcome, long after its end."""
        event = OutcomeScored(
            scorer="person", correct=correct, expected="completed", actual="completed", mistakes=("late",)
        )
        where = EventContext(actor="person:judge", task_id=task_id, team="support")
        asyncio.run(self._with(lambda ledger: ledger.append(event, where)))

    def append(self, event: AnyEvent, where: EventContext) -> None:
        asyncio.run(self._with(lambda ledger: ledger.append(event, where)))

    def folders(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def _sign(self) -> Callable[[str], str]:
        return read_private(self.home.key_file).sign

    async def _with(self, act: Callable[[PostgresLedger], Awaitable[object]]) -> None:
        ledger = await PostgresLedger.open(self.url, pool_size=3)
        try:
            await act(ledger)
        finally:
            await ledger.close()


@pytest.fixture
def company(database_url: str, tmp_path: Path) -> Company:
    return Company(database_url, tmp_path)


def assert_whole(frames: ReadyFrames, company: Company) -> None:
    """`frames` are those of reading the whole record in one pass, without mirror and store."""
    expected = frames_of(LedgerReader(company.url).events())
    for name in PARTS:
        rows, wanted = getattr(frames, name), getattr(expected, name)
        if name in UNORDERED:
            rows, wanted = rows.sort(UNORDERED[name]), wanted.sort(UNORDERED[name])
        assert_frame_equal(rows, wanted, check_exact=True)
    assert (frames.events, frames.last_seq) == (expected.events, expected.last_seq)


def test_an_empty_record_has_empty_frames(company: Company) -> None:
    assert company.store().frames().tasks.is_empty()
    assert not company.store().keep()


def test_what_is_not_sealed_is_read_and_not_kept(company: Company) -> None:
    company.work(12, seed=1)

    assert_whole(company.store().frames(), company)
    assert not company.folder.exists()


def test_while_nothing_is_new_the_very_same_frames_are_given(company: Company) -> None:
    ids, store = company.work(12, seed=1), company.store()
    company.seal()
    first = store.frames()

    assert store.frames() is first
    company.score(ids[0])
    assert store.frames() is not first
    assert_whole(store.frames(), company)


def test_whoever_comes_next_goes_on_from_what_was_kept(company: Company) -> None:
    first = company.work(20, seed=1)
    company.seal()
    at_work = company.store()
    assert_whole(at_work.frames(), company)
    [kept] = company.folders()

    company.work(15, seed=2)
    company.score(first[3])
    company.seal()
    company.work(5, seed=3)
    company.score(first[4], correct=True)
    other = company.store(fewest=10**6)

    assert_whole(other.frames(), company)
    assert company.folders() == [kept]
    assert_whole(at_work.frames(), company)
    assert len(company.folders()) == 2


def test_frames_stay_right_when_mirror_files_are_put_together(company: Company) -> None:
    ids = company.work(10, seed=1)
    company.seal()
    store = company.store()
    store.frames()
    company.work(10, seed=2)
    company.seal()
    company.compact()
    company.score(ids[0])

    assert_whole(store.frames(), company)
    assert_whole(company.store().frames(), company)


def test_any_order_of_work_seals_and_late_words_gives_the_same(company: Company) -> None:
    chance, ids, store = Random(5), company.work(6, seed=1), company.store()
    support = EventContext(actor="service:test", team="support")
    for step in range(14):
        match chance.randrange(5):
            case 0:
                ids += company.work(chance.randint(1, 6), seed=10 + step)
            case 1:
                company.score(chance.choice(ids))
            case 2:
                company.seal()
            case 3:
                company.append(AgentPaused(who="support/desk", reason="budget"), support)
            case _:
                store = company.store() if chance.random() < 0.5 else store
        if chance.random() < 0.5:
            assert_whole(store.frames(), company)
    assert_whole(store.frames(), company)


@pytest.mark.parametrize("damage", ["torn", "flipped", "missing", "no manifest", "not JSON", "other columns"])
def test_a_damaged_folder_is_made_again(company: Company, damage: str) -> None:
    company.work(10, seed=1)
    company.seal()
    company.store().keep()
    [name] = company.folders()
    tasks, manifest = company.folder / name / "tasks.parquet", company.folder / name / "frames.json"
    whole = tasks.read_bytes()
    if damage == "torn":
        tasks.write_bytes(whole[: len(whole) // 2])
    elif damage == "flipped":
        tasks.write_bytes(whole[:200] + bytes(byte ^ 1 for byte in whole[200:208]) + whole[208:])
    elif damage == "missing":
        tasks.unlink()
    elif damage == "no manifest":
        manifest.unlink()
    elif damage == "not JSON":
        manifest.write_text("{")
    else:
        told = json.loads(manifest.read_text())
        told["files"]["tasks"] = told["files"]["work"]
        tasks.write_bytes((company.folder / name / "work.parquet").read_bytes())
        manifest.write_text(json.dumps(told))

    assert_whole(company.store().frames(), company)
    assert company.folders() == [name]
    assert FrameFiles(company.folder).newest() is not None


def test_frames_of_other_code_are_not_used(company: Company) -> None:
    company.work(10, seed=1)
    company.seal()
    old = FrameFiles(company.folder, version="0" * 16)
    FrameStore(company.reader, old, 1).keep()

    assert FrameFiles(company.folder).newest() is None
    assert_whole(company.store().frames(), company)
    assert old.newest() is not None, "an older muster may still be at work"


def test_frames_of_another_record_are_not_used(company: Company) -> None:
    company.work(10, seed=1)
    company.seal()
    company.store().keep()
    files = FrameFiles(company.folder)
    own = files.newest()
    assert own is not None
    files.remove()
    files.keep(Kept(ReadyFrames.empty(), replace(own.mark, root_sha256="00" * 32)))
    [strange] = company.folders()

    assert_whole(company.store().frames(), company)
    assert company.folders() != [strange]


def test_many_may_read_and_keep_at_once(company: Company) -> None:
    company.work(20, seed=1)
    company.seal()
    with ThreadPoolExecutor(4) as others:
        for frames in others.map(lambda _: company.store().frames(), range(8)):
            assert_whole(frames, company)
    assert len(company.folders()) == 1


async def _rolled_up(url: str, record: ReadyFrames | pl.DataFrame, day: date) -> list[tuple[Any, ...]]:
    ledger = await PostgresLedger.open(url, pool_size=1, clock=FixedClock(NOW))
    try:
        await roll_up(ledger, record, day, HumanCost())
    finally:
        await ledger.close()
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT team, metrics FROM state.kpi_daily ORDER BY team").fetchall()


def test_every_figure_is_the_same_of_frames_and_of_events(company: Company, tmp_path: Path) -> None:
    ids = company.work(60, seed=1)
    company.seal()
    company.store().keep()
    company.work(40, seed=2)
    company.score(ids[0])
    frames, events = company.store().frames(), LedgerReader(company.url).events()

    for period in (Period(), Period(since=NOW - timedelta(minutes=60))):
        for team in (None, "support"):
            asked: dict[str, Any] = {"human": HumanCost(), "now": NOW, "period": period, "team": team}
            of_frames = [plain(one) for one in pictures(frames, **asked)]
            assert of_frames == [plain(one) for one in pictures(events, **asked)]
            assert of_frames

    clock, week = FixedClock(NOW), str(Week.of(NOW))
    mine, theirs = (
        write_review(record, week, tmp_path / "reports", clock, calls=events.lazy)
        for record in (frames, events)
    )
    assert (mine.figures, mine.sha256) == (theirs.figures, theirs.sha256)

    kept = asyncio.run(_rolled_up(company.url, frames, NOW.date()))
    assert kept == asyncio.run(_rolled_up(company.url, events, NOW.date()))
    assert kept[0][0] == "(company)"


def test_frames_come_also_where_nothing_can_be_written(company: Company) -> None:
    company.work(5, seed=1)
    company.seal()
    company.folder.write_text("in the way")

    assert_whole(company.store().frames(), company)
    with pytest.raises(FramesNotKeptError, match="cannot be written"):
        company.store().keep()


def test_without_a_database_the_error_says_so(tmp_path: Path) -> None:
    store = FrameStore(LedgerReader("postgresql://127.0.0.1:1/nothing"), FrameFiles(tmp_path))

    with pytest.raises(LedgerUnavailableError):
        store.frames()
