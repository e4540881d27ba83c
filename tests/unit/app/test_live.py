"""Pages show what is at hand and have it made again behind them."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Event, Thread

import pytest

from app.parts.live import FRESH, STALE, Live, LiveRecord, Shown, of_record
from muster.analysis.human import HumanCost
from muster.analysis.period import Period
from muster.analysis.ready import ReadyFrames, frames_of
from muster.core.errors import OperatorError
from tests.unit.analysis.story import NOON, Story

ASSUMPTIONS = Path(__file__).parents[3] / "data" / "assumptions"
OLD = FRESH + timedelta(seconds=1)


class Counter:
    """Makes 1, 2, 3 …; each but the first when it is let."""

    def __init__(self) -> None:
        self.made = 0
        self.age = timedelta(0)
        self.failure: OperatorError | None = None
        self.let, self.begun, self.done = Event(), Event(), Event()
        self.let.set()

    def make(self) -> Shown[int]:
        self.begun.set()
        assert self.let.wait(10)
        try:
            if self.failure is not None:
                raise self.failure
            self.made += 1
            return Shown(self.made, NOON)
        finally:
            self.done.set()

    def live(self, patience_seconds: float = 60, head_start_seconds: float = 0) -> Live[int]:
        return Live(
            self.make,
            lambda _: self.age,
            patience_seconds=patience_seconds,
            head_start_seconds=head_start_seconds,
        )


def until(true: Callable[[], bool]) -> None:
    """Ask until it is so; a made value is put in place right after it was made."""
    for _ in range(10**6):
        if true():
            return
    raise AssertionError


def test_what_is_fresh_is_not_made_again() -> None:
    counter = Counter()
    live = counter.live()

    assert [live.shown().value for _ in range(3)] == [1, 1, 1]


def test_who_asks_for_something_old_gets_it_at_once_when_making_takes_long() -> None:
    counter = Counter()
    live = counter.live(patience_seconds=0)
    live.shown()
    counter.age = OLD
    counter.let.clear()
    counter.done.clear()

    assert [live.shown().value for _ in range(3)] == [1, 1, 1], "nobody waits"
    counter.age = timedelta(0)
    counter.let.set()
    assert counter.done.wait(10)

    until(lambda: live.shown().value == 2)
    assert counter.made == 2, "it was made once for all who asked"


def test_the_page_has_the_processor_before_what_it_does_not_wait_for() -> None:
    counter = Counter()
    live = counter.live(patience_seconds=0, head_start_seconds=0.2)
    live.shown()
    counter.begun.clear()
    counter.age = OLD

    assert live.shown().value == 1
    assert not counter.begun.is_set()
    assert counter.begun.wait(10)


@pytest.mark.parametrize(("patience_seconds", "age"), [(60, OLD), (0, STALE + timedelta(seconds=1))])
def test_what_is_waited_for_is_not_put_off(patience_seconds: float, age: timedelta) -> None:
    counter = Counter()
    live = counter.live(patience_seconds, head_start_seconds=3600)
    live.shown()
    counter.age = age

    assert live.shown().value == 2


def test_what_is_too_old_is_not_shown_but_waited_for() -> None:
    counter = Counter()
    live = counter.live(patience_seconds=0)
    live.shown()
    counter.age = STALE + timedelta(seconds=1)

    assert live.shown().value == 2


def test_a_quick_one_is_waited_for() -> None:
    counter = Counter()
    live = counter.live()
    live.shown()
    counter.age = OLD

    assert live.shown().value == 2


def test_the_first_failure_is_told_and_a_later_one_stands_beside_the_old_value() -> None:
    counter = Counter()
    live = counter.live()
    counter.failure = OperatorError("the ledger is away")
    with pytest.raises(OperatorError, match="away"):
        live.shown()
    counter.failure = None
    assert live.shown() == Shown(1, NOON)

    counter.age, counter.failure = OLD, OperatorError("the ledger is away")
    shown = live.shown()
    assert (shown.value, shown.at, str(shown.failure)) == (1, NOON, "the ledger is away")

    counter.failure = None
    shown = live.shown()
    assert (shown.value, shown.failure) == (2, None)


def test_first_readers_wait_for_one_and_the_same() -> None:
    counter = Counter()
    live, got = counter.live(), []
    counter.let.clear()
    readers = [Thread(target=lambda: got.append(live.shown().value)) for _ in range(4)]
    for reader in readers:
        reader.start()
    assert counter.begun.wait(10)
    counter.let.set()
    for reader in readers:
        reader.join(10)

    assert got == [1, 1, 1, 1]


class Growing:
    """A record that has one task more each time it is read, and a clock."""

    def __init__(self) -> None:
        self.story = Story()
        self.now = NOON
        self.reads = 0

    def read(self) -> ReadyFrames:
        self.reads += 1
        self.story.task(at=NOON - timedelta(hours=2))
        return frames_of(self.story.frame())

    def record(self) -> LiveRecord:
        return LiveRecord(self.read, HumanCost(), lambda: self.now, patience_seconds=60)


def everything(now: datetime) -> Period:
    return Period(until=now)


def test_pictures_follow_the_frames_and_say_as_of_when_they_are() -> None:
    growing = Growing()
    record = growing.record()

    [first] = record.drawn("all", None, everything).value
    growing.now += timedelta(seconds=9)
    [same] = record.drawn("all", None, everything).value
    growing.now += timedelta(seconds=2)
    [newer] = record.drawn("all", None, everything).value

    assert (first.ended.height, first.now) == (1, NOON)
    assert same is first
    assert (newer.ended.height, newer.now) == (2, NOON + timedelta(seconds=11))
    assert growing.reads == 2


def test_other_choices_are_made_of_the_same_frames() -> None:
    growing = Growing()
    record = growing.record()

    names = [(f"period {number}", None) for number in range(20)]
    drawn = [record.drawn(name, team, everything).value for name, team in [*names, ("all", "finance")]]

    assert growing.reads == 1
    assert [len(pictures) for pictures in drawn] == [1] * 20 + [0]
    assert len(record._pictures) == 12
    assert record.frames().value.tasks.height == 1
    assert record.assessed().value.is_empty()


def test_what_is_made_of_pictures_is_made_once_for_each_moment() -> None:
    record = Growing().record()
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    at = [record.derived(("lines", None), moment, make) for moment in (NOON, NOON, NOON + timedelta(1))]

    assert at == [1, 1, 2]
    assert record.derived(("other", "support"), NOON, make) == 3


def test_another_rate_of_people_is_seen_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = tmp_path / "company.yaml"
    company.write_text((ASSUMPTIONS / "company.yaml").read_text())
    monkeypatch.setenv("MUSTER_ASSUMPTIONS_DIR", str(tmp_path))
    first, same = (of_record("postgresql://127.0.0.1:1/none") for _ in range(2))

    company.write_text(company.read_text().replace("value: 42", "value: 84"))
    os.utime(company, (1, 1))
    changed = of_record("postgresql://127.0.0.1:1/none")

    assert same is first
    assert first._human.usd_per_hour == Decimal(42)
    assert changed._human.usd_per_hour == Decimal(84)
