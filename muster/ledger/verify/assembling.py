"""Puts the chunks of an export together: roots at every seal, and runs that go on from chunk to chunk."""

from muster.ledger.merkle import Frontier, node_hash
from muster.ledger.notes import Checkpoint, VerifierKey
from muster.ledger.verify.align import ABSENT, Found, Gap
from muster.ledger.verify.chains import Head
from muster.ledger.verify.chunk import ChunkJob, ChunkResult
from muster.ledger.verify.detached import DetachedMonths
from muster.ledger.verify.findings import problems_of
from muster.ledger.verify.roots import Judge, Trees, copy_of
from muster.ledger.verify.runs import RunChains
from muster.ledger.verify.seals import SealLine
from muster.ledger.verify.verdict import Problem, Verdict


class Assembly:
    """The verdict on an export, chunk by chunk in order."""

    def __init__(
        self,
        verdict: Verdict,
        keys: list[VerifierKey],
        months: DetachedMonths,
        seen: Checkpoint | None,
        chunk_leaves: int,
    ) -> None:
        self._chunk_leaves = chunk_leaves
        self._verdict = verdict
        self._months = months
        self._seen = seen
        self._seen_root: bytes | None = None
        self._chains = RunChains(verdict, months.absent)
        self._line = SealLine(keys, verdict)
        self._judge = Judge(verdict)
        self._of_events = Frontier()  # its leaves are the roots of whole chunks
        self._of_stored = Frontier()
        self._gaps: list[Gap] = []
        self._leaves = 0
        self._last: Found | None = None

    def take(self, job: ChunkJob, result: ChunkResult, following: ChunkResult | None) -> None:
        """Put the next chunk in its place, before the one `following` it."""
        verdict = self._verdict
        verdict.events += result.events
        self._leaves += result.leaves
        verdict.detached += result.detached
        verdict.unsealed += result.events if job.leaves is None else 0
        for problem in result.problems:
            verdict.add(problem)
        for body in result.detachments:
            self._months.hear(body)
        self._runs(result)
        if result.first is not None and self._last is not None and result.first.seq <= self._last.seq:
            sentence = f"{job.events.name} begins with event {result.first.seq}, after event {self._last.seq}"
            verdict.add(Problem("event_moved", sentence, job.first_index, result.first.seq))
        if job.leaves is not None:
            self._seals(job, result, following)
        self._last = result.last or self._last

    def end(self) -> None:
        """Nothing comes any more."""
        self._verdict.runs = self._chains.heads.runs
        self._chains.heads.close()
        self._months.check(self._verdict)
        for problem in problems_of(self._gaps, end_index=-1, goes_on=True):
            self._verdict.add(problem)
        if self._leaves > self._verdict.sealed:
            more = self._leaves - self._verdict.sealed - 1
            sentence = f"leaf {self._verdict.sealed}: it and {more} more are under no seal"
            self._verdict.add(Problem("seal_missing", sentence, self._verdict.sealed))
        if self._seen is not None:
            self._compare_seen(self._seen)

    def _runs(self, result: ChunkResult) -> None:
        heads = self._chains.heads
        for piece in result.runs:
            self._chains.follow(
                piece.run, piece.place, piece.body_sha256, piece.chain_sha256, piece.seq, piece.event_id
            )
            if piece.last_seq != piece.seq:
                last = Head(piece.last_place, piece.last_chain_sha256, piece.last_seq)
                heads.put(piece.run.encode(), last, new=False)

    def _seals(self, job: ChunkJob, result: ChunkResult, following: ChunkResult | None) -> None:
        for gap in result.gaps:
            gap.after = gap.after or self._last
            gap.before = gap.before or (following.first if following else None)
            self._gaps.append(gap)
        right = "neither"
        for row in job.seals:
            seal = self._line.follow(row)
            signed = self._line.signed_root(row, result.opened[row.tree_size])
            trees = Trees(
                _root(self._of_events, result.of_events.get(row.tree_size)),
                _root(self._of_stored, result.of_stored.get(row.tree_size)),
            )
            gaps = [gap for gap in self._gaps if gap.index < row.tree_size]
            self._gaps = self._gaps[len(gaps) :]
            goes_on = job.goes_on or row is not job.seals[-1]
            right = self._judge.judge(seal, signed, trees, gaps, goes_on=goes_on)
            if right == "events":
                self._of_stored = copy_of(self._of_events)
            elif right == "stored":
                self._of_events = copy_of(self._of_stored)
            self._verdict.sealed = max(self._verdict.sealed, row.tree_size)
            self._verdict.root_sha256 = signed.hex()
        if self._seen is not None and self._seen.size in job.sizes:
            self._seen_root = _root(self._of_stored, result.of_stored.get(self._seen.size))
        self._grow(job, result, right)

    def _grow(self, job: ChunkJob, result: ChunkResult, right: str) -> None:
        """Take the chunk into both trees; the same into both when a seal in it showed which one is right.

        Not while there are gaps after that seal: these are for the next seal to judge.
        """
        end = job.first_index + self._chunk_leaves
        if end not in result.of_events and end not in result.of_stored:
            return  # the last chunk: no whole subtree
        of_events, of_stored = result.of_events.get(end, ABSENT), result.of_stored.get(end, ABSENT)
        known = not self._gaps
        self._of_events.extend([of_stored if known and right == "stored" else of_events])
        self._of_stored.extend([of_events if known and right == "events" else of_stored])

    def _compare_seen(self, seen: Checkpoint) -> None:
        if self._seen_root is None and seen.size:
            sentence = (
                f"a checkpoint of {seen.size} sealed events was given, the export has "
                f"{self._verdict.sealed}: leaf {self._verdict.sealed} is the first that is gone"
            )
            self._verdict.add(Problem("rolled_back", sentence, self._verdict.sealed))
        elif seen.size and self._seen_root != seen.root:
            sentence = f"the export's first {seen.size} sealed events are not those of the checkpoint given"
            self._verdict.add(Problem("forked", sentence))


def _root(chunks: Frontier, within: bytes | None) -> bytes:
    """The root over whole chunks and a hash over what comes after them; empty when that could not be made."""
    if within is None:
        return b""
    for left in reversed(chunks.hashes):
        within = node_hash(left, within)
    return within
