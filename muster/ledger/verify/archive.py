"""Checks an export: no database, no network, all cores, and memory that does not grow with it."""

import os
import sys
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import orjson

from muster.core.errors import CallerError, PlatformError
from muster.ledger.export import layout
from muster.ledger.notes import NoteError, VerifierKey, open_checkpoint
from muster.ledger.verify.assembling import Assembly
from muster.ledger.verify.chunk import ChunkJob, ChunkResult, Member, check_chunk
from muster.ledger.verify.detached import DetachedMonth, DetachedMonths
from muster.ledger.verify.seals import SealRow
from muster.ledger.verify.trust import KeyRow, line_of_keys
from muster.ledger.verify.verdict import Problem, Told, Verdict

_LOCAL_HEADER = 30
_Read = TypeVar("_Read")
_CHUNK_SIZES = {1 << level for level in range(21)}


class CheckingStoppedError(PlatformError):
    """The check did not come to its end; nothing is known of the export."""


class NotAnExportError(CallerError):
    """The file is not an export of a ledger, or too damaged to be read as one."""


def verify_export(
    path: Path,
    *,
    trusted_key: VerifierKey | None = None,
    seen: str | None = None,
    parse: bool = False,
    workers: int | None = None,
    told: Told | None = None,
) -> Verdict:
    """Check an export, trusting nothing in it but what follows from its first key.

    Args:
        trusted_key: the first key, known by another way; without it the export's own is taken, and the
            verdict says so.
        seen: a checkpoint (signed note) seen before, which the export must contain.
        parse: parse every body as JSON too; takes some three times as long.
        workers: processes to use; all cores without it.

    Raises:
        NotAnExportError: the file cannot be read as an export.
        CheckingStoppedError: a process that checked was ended.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _Checking(path, archive, trusted_key, told or (lambda *_: None)).all(
                seen, parse=parse, workers=workers or os.cpu_count() or 1
            )
    except (OSError, zipfile.BadZipFile, zlib.error) as error:
        raise NotAnExportError(f"the export cannot be read: {error}", where=str(path)) from error
    except BrokenProcessPool as error:
        raise CheckingStoppedError(
            "a process that checked the export was ended from outside",
            do="see that there is memory, try again",
        ) from error


class _Checking:
    """One check of one archive."""

    def __init__(
        self, path: Path, archive: zipfile.ZipFile, trusted_key: VerifierKey | None, told: Told
    ) -> None:
        self._path = path
        self._archive = archive
        self._told = told
        self._names = {info.filename: info for info in archive.infolist()}
        self.verdict = Verdict(open_intents=None)
        self._summary: dict[str, Any] = self._read_as(layout.SUMMARY, _summary)
        self._chunk_leaves: int = self._summary["chunk_leaves"]
        rows = self._read_as(layout.KEYS, _keys)
        self._keys = line_of_keys(rows, trusted_key, self.verdict)
        self._months = DetachedMonths(self._read_as(layout.SUMMARY, _months))

    def all(self, seen: str | None, *, parse: bool, workers: int) -> Verdict:
        """Check everything."""
        witness = None
        if seen is not None:
            try:
                witness = open_checkpoint(seen, self._keys)
            except NoteError as error:
                sentence = f"the checkpoint that was given is not of this ledger's keys: {error.what}"
                self.verdict.add(Problem("forked", sentence))
        assembly = Assembly(self.verdict, self._keys, self._months, witness, self._chunk_leaves)
        jobs = self._jobs(0 if witness is None else witness.size, parse)
        total = self._summary["events"]
        few = layout.leaves_of(2) not in self._names and layout.unsealed(2) not in self._names
        with _executor(1 if few else workers) as executor:
            done = _in_order(executor, jobs, 2 * workers)
            following = next(done, None)
            while following is not None:
                (job, result), following = following, next(done, None)
                assembly.take(job, result, following[1] if following else None)
                self._told("events", min(self.verdict.events, total), total)
        assembly.end()
        self._stamps()
        self._counts()
        self.verdict.order()
        return self.verdict

    def _jobs(self, seen_size: int, parse: bool) -> Iterator[ChunkJob]:
        """The chunks in order, each with the seals that end in it; then what is not sealed."""
        seals = self._seals()
        seal = next(seals, None)
        chunks = self._chunks()
        for chunk in range(chunks):
            first, end = chunk * self._chunk_leaves, (chunk + 1) * self._chunk_leaves
            here = []
            while seal is not None and (seal.tree_size <= end or chunk == chunks - 1):
                here.append(seal)
                seal = next(seals, None)
            sizes = [one.tree_size for one in here] + ([seen_size] if first < seen_size <= end else [])
            events, leaves = self._needed(layout.events_of(chunk)), self._needed(layout.leaves_of(chunk))
            goes_on = chunk < chunks - 1 or layout.unsealed(0) in self._names
            yield ChunkJob(events, first, leaves, here, sizes, self._keys, self._months, goes_on, parse)
        part = 0
        while (tail := self._member(layout.unsealed(part))) is not None:
            yield ChunkJob(tail, 0, None, [], [], [], self._months, True, parse)
            part += 1

    def _seals(self) -> Iterator[SealRow]:
        if layout.SEALS not in self._names:
            raise NotAnExportError(f"{layout.SEALS} is missing", where=str(self._path))
        with self._archive.open(layout.SEALS) as file:
            for line in file:
                yield self._as(_seal, line, layout.SEALS)

    def _stamps(self) -> None:
        wanted = {name for name in self._names if name.startswith("stamps/")}
        if not wanted:
            return
        from muster.ledger.verify.stamps import check_stamp  # most exports have no stamps

        for seal in self._seals():
            name = layout.stamp_of(seal.tree_size)
            if name in wanted:
                check_stamp(seal.tree_size, self._archive.read(name), seal.checkpoint, self.verdict)
        self.verdict.notes.append("who made the time stamps was not checked: openssl does, see the README")

    def _counts(self) -> None:
        """Compare with the summary; it is not signed, but an honest archive agrees with it."""
        verdict = self.verdict
        for name, found in (
            ("events", verdict.events),
            ("unsealed", verdict.unsealed),
            ("seals", verdict.seals),
            ("tree_size", verdict.sealed),
        ):
            said = self._summary.get(name)
            if said != found:
                sentence = f"{layout.SUMMARY} says {name}: {said}, the archive holds {found}"
                verdict.add(Problem("archive_damaged", sentence))

    def _chunks(self) -> int:
        """How many chunks there are; at least one, for seals over nothing."""
        numbers = [name[7:12] for name in self._names if name.startswith(("events/", "leaves/"))]
        return max((int(number) + 1 for number in numbers if number.isdecimal()), default=1)

    def _needed(self, name: str) -> Member:
        """A member, or an empty one, having reported that it is missing."""
        member = self._member(name)
        if member is None and self._summary.get("chunks"):
            self.verdict.add(Problem("archive_damaged", f"{name} is missing"))
        return member or Member(str(self._path), name, 0, 0)

    def _read_as(self, name: str, read: Callable[[bytes], _Read]) -> _Read:
        try:
            content = self._archive.read(name)
        except KeyError:
            raise NotAnExportError(f"{name} is missing", where=str(self._path)) from None
        return self._as(read, content, name)

    def _as(self, read: Callable[[bytes], _Read], content: bytes, name: str) -> _Read:
        try:
            return read(content)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise NotAnExportError(f"{name} is not in its format", where=str(self._path)) from error

    def _member(self, name: str) -> Member | None:
        info = self._names.get(name)
        if info is None:
            return None
        if info.compress_type != zipfile.ZIP_STORED:
            return Member(str(self._path), name, None, info.file_size)
        with self._path.open("rb") as file:
            file.seek(info.header_offset)
            header = file.read(_LOCAL_HEADER)
        lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        return Member(str(self._path), name, info.header_offset + _LOCAL_HEADER + lengths, info.file_size)


def _summary(content: bytes) -> dict[str, Any]:
    summary: dict[str, Any] = orjson.loads(content)
    if summary["format"] != layout.FORMAT or summary["chunk_leaves"] not in _CHUNK_SIZES:
        raise ValueError(f"not {layout.FORMAT}")
    return {**summary, "events": int(summary["events"])}


def _keys(content: bytes) -> list[KeyRow]:
    return [KeyRow(key["vkey"], key["endorsement"]) for key in orjson.loads(content)]


def _months(content: bytes) -> list[DetachedMonth]:
    months = orjson.loads(content)["detached_months"]
    return [
        DetachedMonth(
            str(month["month"]), int(month["first_seq"]), int(month["last_seq"]), int(month["events"])
        )
        for month in months
    ]


def _seal(line: bytes) -> SealRow:
    row = orjson.loads(line)
    return SealRow(
        tree_size=int(row["tree_size"]),
        first_index=int(row["first_index"]),
        first_seq=int(row["first_seq"]),
        last_seq=int(row["last_seq"]),
        root_sha256=bytes.fromhex(row["root_sha256"]),
        key_id=str(row["key_id"]),
        checkpoint=str(row["checkpoint"]),
        sealed_at=str(row["sealed_at"]),
    )


def _executor(workers: int) -> Executor:
    """Processes that know of this one only the jobs they get; for one worker this process itself."""
    if workers == 1:
        return _Inline()
    method = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"
    context = get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["muster.ledger.verify.chunk"])
    return _Processes(workers, mp_context=context)


class _Processes(ProcessPoolExecutor):
    """Processes that do not run the caller's main module again, which may be anybody's script."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")  # a new process is told of the one it finds here
        try:
            return super().submit(work, *args, **kwargs)
        finally:
            sys.modules["__main__"] = main


class _Inline(Executor):
    """Does a job at once."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(work(*args, **kwargs))
        return future


def _in_order(
    executor: Executor, jobs: Iterator[ChunkJob], ahead: int
) -> Iterator[tuple[ChunkJob, ChunkResult]]:
    """Each job with what came of it, in order, while no more than `ahead` are under way."""
    waiting: deque[tuple[ChunkJob, Future[ChunkResult]]] = deque()
    for job in jobs:
        waiting.append((job, executor.submit(check_chunk, job)))
        if len(waiting) >= ahead:
            first, future = waiting.popleft()
            yield first, future.result()
    while waiting:
        first, future = waiting.popleft()
        yield first, future.result()
