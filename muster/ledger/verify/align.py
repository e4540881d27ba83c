"""Lays the events that are there beside the leaves that were sealed, and tells where they part.

Both are read in blocks. Where they agree nothing is kept; where they part the next leaf that an event has
brings them together again, so that one change is one gap and everything after it is still compared.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

ABSENT = bytes(32)
"""Stands for a hash that is not there; none is all zeros."""

BLOCK = 8_192
_KEPT = 64
"""So much of a gap is kept to say what happened; the rest is counted."""


class Found(NamedTuple):
    """An event that is there, as far as it was sealed."""

    seq: int
    event_id: str
    recorded_at_us: int
    body_sha256: bytes
    chain_sha256: bytes | None
    leaf: bytes


@dataclass
class Gap:
    """A stretch where the events are not the ones that were sealed."""

    index: int
    """The leaf it begins at."""
    after: Found | None
    """The last event before it that is right."""
    before: Found | None = None
    """The first event after it that is right; none at the end of what was compared."""
    found: list[Found] = field(default_factory=list)
    """Events that are there and were not sealed like this; the first 64."""
    sealed: list[bytes] = field(default_factory=list)
    """Leaves that were sealed and no event has; the first 64."""
    found_count: int = 0
    sealed_count: int = 0


Absent = Callable[[int, int], bool]
"""Whether events between two sequence numbers may be absent, because their month was detached."""


class Alignment:
    """One seal's events beside its leaves.

    Fill `found` and `sealed` up to `BLOCK`, then `step`, until both have ended.
    """

    def __init__(self, index: int, after: Found | None, end_seq: int, absent: Absent) -> None:
        """Begin at leaf `index`, after the event `after`; events up to `end_seq` belong to it."""
        self.found: list[Found] = []
        self.sealed: list[bytes] = []
        self.after = after
        self.detached = 0
        """Leaves without an event that are accounted for by a detached month."""
        self._index = index
        self._end_seq = end_seq
        self._absent = absent
        self._gap: Gap | None = None

    def step(self, *, found_ended: bool, sealed_ended: bool) -> Iterator[list[bytes] | Gap]:
        """Compare what was read so far.

        Yields:
            leaves of the tree that the events make, in order; and each gap when it is known where it ends.
        """
        found, sealed = self.found, self.sealed
        places: dict[bytes, int] | None = None
        i = j = 0
        while i < len(found) and j < len(sealed):
            agreed = _agreeing(found, i, sealed, j)
            if agreed:
                yield from self._met(found[i])
                yield sealed[j : j + agreed]
                self._index += agreed
                i, j = i + agreed, j + agreed
                self.after = found[i - 1]
                continue
            places = places if places is not None else {leaf: at for at, leaf in enumerate(sealed)}
            meeting = next((k for k in range(i, len(found)) if places.get(found[k].leaf, -1) >= j), None)
            if meeting is None:
                break
            upto = places[found[meeting].leaf]
            yield from self._part(found[i:meeting], sealed[j:upto], found[meeting].seq)
            i, j = meeting, upto
        found, sealed = found[i:], sealed[j:]
        if sealed and not sealed_ended and (found_ended or len(found) >= BLOCK):
            yield from self._part([], sealed, found[0].seq if found else self._end_seq + 1)
            sealed = []
        elif sealed_ended and (found_ended or (found and not sealed)):
            yield from self._part(found, sealed, self._end_seq + 1)
            found, sealed = [], []
        elif sealed_ended and len(found) >= BLOCK:
            yield from self._part(found, [], self._end_seq + 1)
            found = []
        self.found, self.sealed = found, sealed
        if found_ended and sealed_ended and self._gap is not None:
            yield self._gap

    def _met(self, event: Found) -> Iterator[Gap]:
        if self._gap is not None:
            self._gap.before = event
            yield self._gap
            self._gap = None

    def _part(self, found: list[Found], sealed: list[bytes], next_seq: int) -> Iterator[list[bytes]]:
        missing = len(sealed) - len(found)
        after_seq = found[-1].seq if found else (self.after.seq if self.after else 0)
        if missing > 0 and self._absent(after_seq, next_seq):
            self.detached += missing
            if not found:
                yield sealed
                self._index += missing
                return
            missing = 0
        if not found and not sealed:
            return
        gap = self._gap = self._gap or Gap(self._index, self.after)
        gap.found += found[: _KEPT - len(gap.found)]
        gap.sealed += sealed[: _KEPT - len(gap.sealed)]
        gap.found_count += len(found)
        gap.sealed_count += len(found) + missing
        self._index += len(sealed)
        yield [event.leaf for event in found]


def _agreeing(found: list[Found], i: int, sealed: list[bytes], j: int) -> int:
    """How many events from `i` on have the leaves from `j` on."""
    most = min(len(found) - i, len(sealed) - j)
    for ahead in range(most):
        if found[i + ahead].leaf != sealed[j + ahead]:
            return ahead
    return most
