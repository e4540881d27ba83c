"""The leaf of an event, byte for byte."""

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest

from muster.ledger.leaf import NO_CHAIN, entry, leaf_hash, leaf_hashes, leaf_of_entry, microseconds

BODY = sha256(b"{}").digest()
CHAIN = sha256(b"chain").digest()


def test_an_entry_is_eighty_bytes_in_a_fixed_order() -> None:
    assert entry(258, 1, BODY, CHAIN) == b"\0\0\0\0\0\0\1\2" + b"\0\0\0\0\0\0\0\1" + BODY + CHAIN
    assert len(entry(1, 1, BODY, None)) == 80


def test_an_event_of_no_run_has_zeros_for_its_chain() -> None:
    assert entry(7, 8, BODY, None)[48:] == bytes(32) == NO_CHAIN


def test_a_leaf_is_the_hash_of_a_zero_byte_and_the_entry() -> None:
    expected = sha256(b"\0" + entry(7, 8, BODY, CHAIN)).digest()
    assert leaf_hash(7, 8, BODY, CHAIN) == expected
    assert leaf_of_entry(entry(7, 8, BODY, CHAIN)) == expected


def test_many_leaves_are_the_leaves_of_each() -> None:
    rows = [(1, 10, BODY, None), (2, 11, BODY, CHAIN)]
    assert leaf_hashes(rows) == [leaf_hash(*row) for row in rows]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), 0),
        (datetime(2026, 7, 1, 12, 0, 0, 123457, tzinfo=UTC), 1_782_907_200_123_457),
        (datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), -1),
    ],
)
def test_time_is_counted_in_whole_microseconds(at: datetime, expected: int) -> None:
    assert microseconds(at) == expected


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        microseconds(datetime(2026, 1, 1))  # noqa: DTZ001 the very thing refused
