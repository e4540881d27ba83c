"""Ids sort by time, say what they name and never collide."""

import re
from datetime import UTC, datetime, timedelta

from muster.core.clock import FixedClock
from muster.core.ids import IdMaker

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_an_id_is_a_prefix_and_a_uuid_of_version_7() -> None:
    made = IdMaker(FixedClock(NOON), lambda count: b"\xff" * count).new("tsk")
    assert re.fullmatch(r"tsk_[0-9a-hjkmnp-tv-z]{26}", made)
    value = 0
    for character in made.removeprefix("tsk_"):
        value = value << 5 | "0123456789abcdefghjkmnpqrstvwxyz".index(character)
    assert value >> 80 == int(NOON.timestamp() * 1000)
    assert value >> 76 & 0xF == 7
    assert value >> 62 & 0b11 == 0b10


def test_later_ids_sort_later() -> None:
    clock = FixedClock(NOON)
    maker = IdMaker(clock)
    ids = []
    for _ in range(50):
        ids.append(maker.new("evt"))
        clock.advance(timedelta(milliseconds=1))
    assert ids == sorted(ids)


def test_ids_of_the_same_millisecond_differ() -> None:
    maker = IdMaker(FixedClock(NOON))
    assert len({maker.new("run") for _ in range(1_000)}) == 1_000
