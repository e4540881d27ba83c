"""Checks one chunk of an export in a process of its own: hashes, leaves, chains, signatures of its seals.

This is where the time goes. The fast way compares only hashes; what is wrong, and where, is found out by a
second look at the chunk, which only a chunk that is wrong gets.
"""

import gc
import zipfile
from binascii import unhexlify
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from struct import Struct
from struct import error as StructError
from typing import IO, NamedTuple

from muster.ledger.leaf import NO_CHAIN, leaf_hash
from muster.ledger.merkle import Node, parents, root_at
from muster.ledger.notes import Checkpoint, VerifierKey
from muster.ledger.verify.align import Alignment, Found, Gap
from muster.ledger.verify.body import fault_of_body
from muster.ledger.verify.detached import SAYS_SO, DetachedMonths
from muster.ledger.verify.seals import SealRow, opened_checkpoint
from muster.ledger.verify.short_hash import short_sha256
from muster.ledger.verify.verdict import Problem, ProblemKind

_READ_BYTES = 1 << 18
"""Lines of one block stay in the processor's cache."""
_MOST_PROBLEMS = 20
_pack = Struct(">cqq32s32s").pack


class Member(NamedTuple):
    """Where a part of the archive is."""

    archive: str
    name: str
    offset: int | None
    """Of its bytes in the file; none when they are compressed."""
    size: int


@dataclass(frozen=True)
class ChunkJob:
    """What is to be checked."""

    events: Member
    first_index: int
    leaves: Member | None
    """None for events after the newest seal."""
    seals: list[SealRow]
    """Those that end in this chunk."""
    sizes: list[int]
    """Sizes of the tree at which its root is asked for: of the seals, and of a checkpoint that was given."""
    keys: list[VerifierKey]
    months: DetachedMonths
    goes_on: bool
    """Whether events come after this chunk."""
    parse: bool
    """Whether every body is parsed as JSON too."""


class RunPiece(NamedTuple):
    """The events of one run in one chunk, which are chained to one another."""

    run: str
    place: int
    body_sha256: bytes
    chain_sha256: bytes
    seq: int
    event_id: str
    last_place: int
    last_chain_sha256: bytes
    last_seq: int


@dataclass
class ChunkResult:
    """What came of it."""

    events: int = 0
    first: Found | None = None
    last: Found | None = None
    runs: list[RunPiece] = field(default_factory=list)
    of_events: dict[int, bytes] = field(default_factory=dict)
    """By tree size: the hash over this chunk's leaves below it, made from the events."""
    of_stored: dict[int, bytes] = field(default_factory=dict)
    """The same made from the leaves in the archive."""
    opened: dict[int, Checkpoint | str] = field(default_factory=dict)
    """By tree size: what a seal signs, or why its signature does not count."""
    leaves: int = 0
    """In the archive, of this chunk."""
    gaps: list[Gap] = field(default_factory=list)
    detached: int = 0
    problems: list[Problem] = field(default_factory=list)
    detachments: list[bytes] = field(default_factory=list)
    """Bodies of sealed events that say that a month was detached; looked for only where one is absent."""


def check_chunk(job: ChunkJob) -> ChunkResult:
    """Check one chunk.

    Raises:
        OSError: the archive cannot be read.
    """
    collecting = gc.isenabled()
    gc.disable()  # millions of objects are made and none is part of a cycle
    try:
        return _checked(job)
    finally:
        if collecting:
            gc.enable()


def _checked(job: ChunkJob) -> ChunkResult:
    result = ChunkResult()
    found = EventsOfChunk(job, result).read()
    if job.leaves is None:
        return result
    for seal in job.seals:
        result.opened[seal.tree_size] = opened_checkpoint(seal, job.keys)
    with opened(job.leaves) as file:
        stored = file.read()
    leaves = found
    if b"".join(found) != stored:
        leaves = [stored[at : at + 32] for at in range(0, len(stored) // 32 * 32, 32)]
        found = _compare(job, leaves, result)
    result.leaves = len(leaves)
    sizes = [size - job.first_index for size in job.sizes] + [len(leaves)]
    result.of_stored = _roots(leaves, sizes, job.first_index)
    result.of_events = result.of_stored if found is leaves else _roots(found, sizes, job.first_index)
    return result


class EventsOfChunk:
    """The events of a chunk, read once from beginning to end."""

    def __init__(self, job: ChunkJob, result: ChunkResult) -> None:
        self._job = job
        self._result = result
        self._firsts: dict[bytes, tuple[int, bytes, bytes, int, str]] = {}
        self._heads: dict[bytes, tuple[int, bytes, int]] = {}
        self._last_seq = 0
        self._line = 0

    def read(self) -> list[bytes]:
        """The leaves of the events, whose chains are checked on the way."""
        leaves: list[bytes] = []
        for lines in blocks_of_lines(self._job.events):
            leaves += self._block(lines)
            if self._job.parse:
                self._parse(lines)
            if self._job.months and self._job.leaves is not None:
                self._result.detachments += [line.split(b"\t", 4)[-1] for line in lines if SAYS_SO in line]
            self._line += len(lines)
            self._result.first = self._result.first or next(_found(lines), None)
            self._result.last = next(_found(lines[::-1]), self._result.last)
        self._result.events = len(leaves)
        self._result.runs = [
            RunPiece(_run_id(run), *first, *self._heads[run]) for run, first in self._firsts.items()
        ]
        return leaves

    def _block(self, lines: list[bytes]) -> list[bytes]:
        """One pass over some lines: this loop is the cost, so names are local."""
        leaves: list[bytes] = []
        append, hashed, short, pack, heads = leaves.append, sha256, short_sha256, _pack, self._heads
        last = self._last_seq
        for line in lines:
            try:
                seq_text, at_text, place_text, chain_text, body = line.split(b"\t", 4)
                seq, at = int(seq_text), int(at_text)
                body_sha256 = hashed(body).digest()
                start = body.rfind(b',"run_id":') + 10
                run = body[start : body.find(b',"task_id":', start)]
                if place_text:
                    chain, place = unhexlify(chain_text), int(place_text)
                    head = heads.get(run)
                    if head is None:
                        self._firsts[run] = (place, body_sha256, chain, seq, event_id_of(body))
                    elif short(head[1] + body_sha256).digest() != chain or place != head[0] + 1:
                        self._broken(head, place, run, line)
                    heads[run] = (place, chain, seq)
                else:
                    chain = NO_CHAIN
                    if run != b"null" or chain_text:
                        self._out_of_chain(line)
                if seq <= last:
                    self._out_of_order(line, last)
                last = seq
                append(short(pack(b"\x00", seq, at, body_sha256, chain)).digest())
            except (ValueError, OverflowError, StructError):
                self._damaged(lines.index(line))
        self._last_seq = last
        return leaves

    def _parse(self, lines: list[bytes]) -> None:
        for line in lines:
            fields = line.split(b"\t", 4)
            fault = fault_of_body(fields[-1]) if len(fields) == 5 else None
            if fault is not None:
                self._complain("not_canonical", line, fault)

    def _broken(self, head: tuple[int, bytes, int], place: int, run: bytes, line: bytes) -> None:
        if place == head[0] + 1:
            what = f"it was edited after it was recorded: body and chain of {_run_id(run)} do not fit"
            self._complain("body_edited", line, what)
        elif place <= head[0] or not self._job.months.absent(head[2], int(line.split(b"\t", 1)[0])):
            what = f"it stands at place {place} of {_run_id(run)} where {head[0] + 1} was due"
            self._complain("chain_broken", line, what)

    def _out_of_chain(self, line: bytes) -> None:
        what = "its body says that it is in a run and it stands in no chain, or the other way round"
        self._complain("chain_broken", line, what)

    def _out_of_order(self, line: bytes, last: int) -> None:
        self._complain("event_moved", line, f"it stands after event {last}, out of order")

    def _complain(self, kind: ProblemKind, line: bytes, what: str) -> None:
        if len(self._result.problems) < _MOST_PROBLEMS:
            seq, event_id = int(line.split(b"\t", 1)[0]), event_id_of(line)
            sentence = f"event {seq} ({event_id}): {what}"
            self._result.problems.append(Problem(kind, sentence, None, seq, event_id))

    def _damaged(self, number: int) -> None:
        if len(self._result.problems) < _MOST_PROBLEMS:
            sentence = f"{self._job.events.name}, line {self._line + number + 1}: this is not an event"
            self._result.problems.append(Problem("archive_damaged", sentence))


def _compare(job: ChunkJob, stored: list[bytes], result: ChunkResult) -> list[bytes]:
    """The leaves the events make, those absent rightly filled in, having noted where they differ."""
    alignment = Alignment(job.first_index, None, 1 << 62, job.months.absent)
    alignment.found = [found for lines in blocks_of_lines(job.events) for found in _found(lines)]
    alignment.sealed = list(stored)
    leaves: list[bytes] = []
    for piece in alignment.step(found_ended=True, sealed_ended=True):
        if isinstance(piece, Gap):
            result.gaps.append(piece)
        else:
            leaves += piece
    result.detached = alignment.detached
    return leaves


def _found(lines: list[bytes]) -> Iterator[Found]:
    for line in lines:
        try:
            seq_text, at_text, _, chain_text, body = line.split(b"\t", 4)
            seq, at, chain = int(seq_text), int(at_text), unhexlify(chain_text) or None
            body_sha256 = sha256(body).digest()
            leaf = leaf_hash(seq, at, body_sha256, chain)
        except (ValueError, OverflowError, StructError):
            continue
        yield Found(seq, event_id_of(body), at, body_sha256, chain, leaf)


def _roots(leaves: list[bytes], sizes: list[int], first_index: int) -> dict[int, bytes]:
    """For sizes within the chunk the hash over that many of its leaves, by size of the whole tree."""
    rows = [leaves]
    while len(rows[-1]) > 1:
        rows.append(parents(rows[-1], short_sha256))

    def read(node: Node) -> bytes:
        return rows[node.level][node.number]

    return {first_index + size: root_at(size, read) for size in sizes if 0 < size <= len(leaves)}


def event_id_of(body: bytes) -> str:
    """The id of the event with this body, or of the line it ends."""
    start = body.find(b'"event_id":"') + 12
    return body[start : body.find(b'"', start)].decode(errors="replace") if start > 11 else "?"


def _run_id(token: bytes) -> str:
    return token.strip(b'"').decode(errors="replace") or "?"


def blocks_of_lines(member: Member) -> Iterator[list[bytes]]:
    """The lines of a member, some thousands at a time; a last one without its end counts too."""
    with opened(member) as file:
        rest = b""
        while block := file.read(_READ_BYTES):
            lines = block.split(b"\n")
            lines[0] = rest + lines[0]
            rest = lines.pop()
            yield lines
        if rest:
            yield [rest]


class _Slice:
    """A part of a file, read from where it lies: no checksum but ours is made on the way."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._left = size

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; all that is left without a size."""
        block = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(block)
        return block


@contextmanager
def opened(member: Member) -> Iterator[_Slice]:
    """The bytes of a member."""
    if member.offset is None:
        with zipfile.ZipFile(member.archive) as archive, archive.open(member.name) as file:
            yield _Slice(file, member.size)
    else:
        with open(member.archive, "rb") as file:
            file.seek(member.offset)
            yield _Slice(file, member.size)
