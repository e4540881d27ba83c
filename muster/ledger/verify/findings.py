"""Puts a gap between events and leaves into words: what was edited, deleted, inserted or moved, and where."""

from collections.abc import Iterator, Sequence

from muster.ledger.leaf import leaf_hash
from muster.ledger.verify.align import Found, Gap
from muster.ledger.verify.verdict import Problem

_TRIED_SEQS = 64


def named(event: Found) -> str:
    """An event as people look it up."""
    return f"event {event.seq} ({event.event_id})"


def problems_of(gaps: Sequence[Gap], *, end_index: int, goes_on: bool) -> Iterator[Problem]:
    """What the gaps of one seal mean, in order.

    Args:
        end_index: number of leaves under the newest seal.
        goes_on: whether events come after what was sealed.
    """
    moved = _moved(gaps)
    for gap in gaps:
        edited = min(gap.found_count, gap.sealed_count)
        for offset, event in enumerate(gap.found):
            if event.seq in moved:
                yield _was_moved(gap, offset, event, moved[event.seq])
            elif offset < edited:
                yield _was_edited(gap.index + offset, event)
            else:
                yield _was_inserted(gap, event)
                break
        missing = gap.sealed_count - gap.found_count - _moved_away(gap, moved)
        if missing > 0:
            yield _was_deleted(gap, missing, end_index, goes_on)


def _was_edited(index: int, event: Found) -> Problem:
    return Problem(
        "body_edited",
        f"{named(event)}, leaf {index}: it was edited after it was sealed "
        "(its body, time of recording or chain is not the one that was signed)",
        index,
        event.seq,
        event.event_id,
    )


def _was_inserted(gap: Gap, event: Found) -> Problem:
    more = gap.found_count - gap.sealed_count
    others = f", and {more - 1} more after it" if more > 1 else ""
    return Problem(
        "event_inserted",
        f"{named(event)}: it was never sealed and was inserted {_between(gap)}{others}",
        gap.index,
        event.seq,
        event.event_id,
    )


def _was_deleted(gap: Gap, missing: int, end_index: int, goes_on: bool) -> Problem:
    first = gap.index + gap.found_count
    last = first + missing - 1
    leaves = f"leaf {first}" if missing == 1 else f"leaves {first} to {last}"
    count = "1 sealed event is" if missing == 1 else f"{missing} sealed events are"
    before = gap.found[-1] if gap.found else gap.after
    seq, event_id = (before.seq, before.event_id) if before else (0, None)
    if gap.before is None and last + 1 == end_index and not goes_on:
        after = named(before) if before else "the beginning"
        sentence = f"{leaves}: the end was cut off after {after}, {count} gone"
        return Problem("end_cut_off", sentence, first, seq, event_id)
    return Problem("event_deleted", f"{leaves}: {count} gone, deleted {_between(gap)}", first, seq, event_id)


def _was_moved(gap: Gap, offset: int, event: Found, index: int) -> Problem:
    return Problem(
        "event_moved",
        f"{named(event)}: it was moved here from leaf {index}",
        gap.index + offset,
        event.seq,
        event.event_id,
    )


def _between(gap: Gap) -> str:
    before = gap.found[-1] if gap.found_count < gap.sealed_count and gap.found else gap.after
    first = named(before) if before else "the beginning"
    return f"between {first} and {named(gap.before) if gap.before else 'the end of its seal'}"


def _moved(gaps: Sequence[Gap]) -> dict[int, int]:
    """For events that stand in another's place, by their present seq: the leaf where they were sealed."""
    sealed = {leaf: gap.index + at for gap in gaps for at, leaf in enumerate(gap.sealed)}
    events = [event for gap in gaps for event in gap.found]
    places = sorted({event.seq for event in events} | {seq for gap in gaps for seq in _free_seqs(gap)})
    moved = {}
    for event in events:
        for seq in places[: _TRIED_SEQS * 2]:
            content = leaf_hash(seq, event.recorded_at_us, event.body_sha256, event.chain_sha256)
            if seq != event.seq and content in sealed:
                moved[event.seq] = sealed[content]
    for here in events:  # only the bodies may have changed places
        for other in events:
            content = leaf_hash(here.seq, here.recorded_at_us, other.body_sha256, here.chain_sha256)
            if other.seq != here.seq and content in sealed:
                moved.setdefault(other.seq, sealed[content])
    return moved


def _free_seqs(gap: Gap) -> range:
    """The sequence numbers nobody has where leaves are missing."""
    first = gap.after.seq + 1 if gap.after else 1
    last = gap.before.seq if gap.before else first + _TRIED_SEQS
    return range(first, min(last, first + _TRIED_SEQS))


def _moved_away(gap: Gap, moved: dict[int, int]) -> int:
    """How many of the leaves missing in `gap` belong to events that stand elsewhere now."""
    here = range(gap.index, gap.index + len(gap.sealed))
    standing = {event.seq for event in gap.found}
    return sum(1 for seq, index in moved.items() if index in here and seq not in standing)
