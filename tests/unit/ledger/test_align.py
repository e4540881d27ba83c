"""Events are laid beside what was sealed: each change is one gap, and what follows it is compared again."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.ledger.verify import align
from muster.ledger.verify.align import Alignment, Found, Gap


def event(seq: int) -> Found:
    return Found(seq, f"evt_{seq}", seq, b"", None, sha256(b"%d" % seq).digest())


def compared(
    found: list[int], sealed: list[int], *, detached: range = range(0)
) -> tuple[list[bytes], list[Gap], Alignment]:
    """The leaves the events make and the gaps, filled block by block."""

    def absent(after: int, before: int) -> bool:
        return any(after < seq < before for seq in detached)

    alignment = Alignment(0, None, 1 << 40, absent)
    events, leaves = [event(seq) for seq in found], [event(seq).leaf for seq in sealed]
    made: list[bytes] = []
    gaps: list[Gap] = []
    while True:
        take_events, take_leaves = align.BLOCK - len(alignment.found), align.BLOCK - len(alignment.sealed)
        alignment.found += events[:take_events]
        alignment.sealed += leaves[:take_leaves]
        events, leaves = events[take_events:], leaves[take_leaves:]
        for piece in alignment.step(found_ended=not events, sealed_ended=not leaves):
            if isinstance(piece, Gap):
                gaps.append(piece)
            else:
                made += piece
        if not (events or leaves or alignment.found or alignment.sealed):
            break
    return made, gaps, alignment


@pytest.fixture(params=[2, 3, 8_192])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(align, "BLOCK", request.param)
    return int(request.param)


def test_what_agrees_has_no_gap(block: int) -> None:
    made, gaps, alignment = compared([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])
    assert (made, gaps) == ([event(seq).leaf for seq in range(1, 6)], [])
    assert alignment.after == event(5)


def test_a_missing_event_is_a_gap_between_its_neighbours(block: int) -> None:
    _, [gap], _ = compared([1, 2, 4, 5], [1, 2, 3, 4, 5])
    assert (gap.index, gap.found_count, gap.sealed_count) == (2, 0, 1)
    assert (gap.after, gap.before) == (event(2), event(4))


def test_many_missing_events_are_one_gap(block: int) -> None:
    _, [gap], _ = compared([1, 90, 91], [*range(1, 92)])
    assert (gap.index, gap.sealed_count, gap.after, gap.before) == (1, 88, event(1), event(90))


def test_an_event_too_many_is_a_gap_of_its_own(block: int) -> None:
    _, [gap], _ = compared([1, 2, 77, 3, 4], [1, 2, 3, 4])
    assert (gap.index, [one.seq for one in gap.found], gap.sealed_count) == (2, [77], 0)


def test_an_event_in_anothers_place_is_one_for_one(block: int) -> None:
    _, [gap], _ = compared([1, 77, 3, 4], [1, 2, 3, 4])
    assert (gap.index, gap.found_count, gap.sealed_count, gap.before) == (1, 1, 1, event(3))


def test_what_is_gone_at_the_end_has_nothing_after_it(block: int) -> None:
    _, [gap], _ = compared([1, 2], [1, 2, 3, 4])
    assert (gap.index, gap.sealed_count, gap.before) == (2, 2, None)


def test_a_detached_month_is_counted_and_its_leaves_stand_in(block: int) -> None:
    made, gaps, alignment = compared([1, 5, 6], [1, 2, 3, 4, 5, 6], detached=range(2, 5))
    assert (gaps, alignment.detached) == ([], 3)
    assert made == [event(seq).leaf for seq in range(1, 7)]
    _, gaps, alignment = compared([], [1, 2, 3, 4, 5, 6, 7], detached=range(1, 8))
    assert (gaps, alignment.detached) == ([], 7)


@given(sealed=st.integers(0, 40), gone=st.sets(st.integers(0, 39)), more=st.sets(st.integers(100, 110)))
def test_every_leaf_is_found_missing_or_matched_once(sealed: int, gone: set[int], more: set[int]) -> None:
    leaves = [*range(sealed)]
    found = [seq for seq in leaves if seq not in gone] + sorted(more)
    made, gaps, _ = compared(found, leaves)
    missing, extra = sum(gap.sealed_count for gap in gaps), sum(gap.found_count for gap in gaps)
    assert missing == sealed - (len(found) - len(more))
    assert extra == len(more)
    assert made == [event(seq).leaf for seq in found]
