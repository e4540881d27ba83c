"""Makes mirror files: out of Postgres, or out of smaller ones."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import polars as pl
import psycopg

from muster.core.clock import Clock
from muster.ledger.event_frame import MIRROR_FRAME, read_frames
from muster.ledger.head import Seal
from muster.ledger.mirror_columns import scan_mirror
from muster.ledger.mirror_file import (
    MirrorFile,
    MirrorIncompleteError,
    Sign,
    file_name,
    metadata,
    note_text,
    sha256_of,
)
from muster.ledger.mirror_store import MirrorStore
from muster.ledger.sql import load


class MirrorWriter:
    """Writes to one mirror; there is never more than one at work."""

    def __init__(self, connection: psycopg.Connection, store: MirrorStore, sign: Sign, clock: Clock) -> None:
        self._connection = connection
        self._store = store
        self._sign = sign
        self._clock = clock

    def from_postgres(self, sealed: Seal) -> MirrorFile:
        """The events of `sealed` as a file, in place and recorded; memory does not grow with their number.

        Raises:
            MirrorIncompleteError: Postgres has fewer or more events than were sealed.
            MirrorUnavailableError: the file cannot be written.
        """
        span = {"after_seq": sealed.first_seq - 1, "before_seq": sealed.last_seq + 1}
        return self.write(read_frames(self._connection, MIRROR_FRAME, **span), sealed)

    def from_files(self, files: Sequence[MirrorFile], sealed: Seal) -> MirrorFile:
        """The events of `files` as one file, in place and recorded.

        What is missing or was changed since it was written is not taken over: then Postgres is asked again.

        Raises:
            MirrorIncompleteError: a file cannot be used, and Postgres no longer has its events.
            MirrorUnavailableError: the file cannot be written.
        """
        if not all(self._store.is_whole(file) for file in files):
            return self.from_postgres(sealed)
        paths = [self._store.folder / file.path for file in files]
        with self._store.draft() as folder:
            return self._keep(_joined(paths, folder, sealed), sealed)

    def write(self, frames: Iterable[pl.DataFrame], sealed: Seal) -> MirrorFile:
        """`frames`, each a `MIRROR_FRAME`, one after the other as one file, in place and recorded.

        Raises:
            MirrorIncompleteError: they hold fewer or more events than were sealed.
            MirrorUnavailableError: the file cannot be written.
        """
        with self._store.draft() as folder:
            parts: list[Path] = []
            events = 0
            for frame in frames:
                parts.append(folder / f"{len(parts)}.parquet")
                frame.write_parquet(parts[-1], compression="zstd", metadata=metadata(sealed))
                events += frame.height
            if events != sealed.events:
                raise _incomplete(sealed, events)
            return self._keep(parts[0] if len(parts) == 1 else _joined(parts, folder, sealed), sealed)

    def _keep(self, draft: Path, sealed: Seal) -> MirrorFile:
        sha256, size_bytes = sha256_of(draft), draft.stat().st_size
        name = file_name(sealed, sha256)
        file = MirrorFile(
            path=name,
            first_index=sealed.first_index,
            end_index=sealed.tree_size,
            first_seq=sealed.first_seq,
            last_seq=sealed.last_seq,
            events=sealed.events,
            sha256=sha256,
            size_bytes=size_bytes,
            note=self._sign(note_text(name, sealed, sha256, size_bytes)),
            written_at=self._clock.now(),
        )
        self._store.keep(draft, name)
        self._connection.execute(load("muster.ledger", "insert_mirror_file"), asdict(file))
        return file


def _joined(parts: Sequence[Path], folder: Path, sealed: Seal) -> Path:
    """The rows of all parts, in order, in one file."""
    joined = folder / "joined.parquet"
    scan_mirror(parts).sink_parquet(joined, compression="zstd", metadata=metadata(sealed), engine="streaming")
    return joined


def _incomplete(sealed: Seal, events: int) -> MirrorIncompleteError:
    return MirrorIncompleteError(
        f"{sealed.events} events are sealed, but the database has {events} of them",
        where=f"events {sealed.first_seq} to {sealed.last_seq}",
        do="see what `muster ledger verify` says; if their month was detached, attach it again",
        first_seq=sealed.first_seq,
        last_seq=sealed.last_seq,
    )
