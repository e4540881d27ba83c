"""Writes the archive of an export: a zip of stored members, under a temporary name until it is whole."""

import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from muster.core.errors import OperatorError
from muster.ledger.export.layout import CHUNK_LEAVES, events_of, leaves_of, line_of, unsealed


class ExportFailedError(OperatorError):
    """The archive cannot be written where it should be."""


class ArchiveWriter:
    """Members one after the other; events go into chunks by the leaf they belong to."""

    def __init__(self, path: Path, made_at: datetime, chunk_leaves: int = CHUNK_LEAVES) -> None:
        """Write to `path`, which appears when `close` is called; members carry the time `made_at`."""
        self.chunk_leaves = chunk_leaves
        self.path = path
        self._temporary = path.with_name(f"{path.name}.part")
        self._date = made_at.timetuple()[:6]
        self._zip = zipfile.ZipFile(self._temporary, "w", zipfile.ZIP_STORED, allowZip64=True)
        self._open: IO[bytes] | None = None
        self.chunks = 0
        """Of sealed events, so far."""
        self._unsealed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            if self._open is not None:
                self._open.close()
            self._zip.close()
            self._temporary.unlink(missing_ok=True)

    def put(self, name: str, content: bytes) -> None:
        """A small member; ends the one at hand."""
        self._close_member()
        self._zip.writestr(self._info(name), content)

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        """A member to write bit by bit; ends the one at hand."""
        self._close_member()
        with self._zip.open(self._info(name), "w", force_zip64=True) as file:
            yield file

    def chunk(self, leaves: list[bytes]) -> None:
        """The next chunk: its leaves at once, its events after that by `event`."""
        self.put(leaves_of(self.chunks), b"".join(leaves))
        self._open = self._zip.open(self._info(events_of(self.chunks)), "w", force_zip64=True)
        self.chunks += 1

    def event(self, seq: int, at_us: int, place: int | None, chain: bytes | None, body: bytes) -> None:
        """The next event of the chunk at hand."""
        if self._open is None:  # no leaves are stored, but there are events
            self.chunk([])
        assert self._open is not None
        self._open.write(line_of(seq, at_us, place, chain, body))

    def unsealed(self, seq: int, at_us: int, place: int | None, chain: bytes | None, body: bytes) -> None:
        """The next event after the newest seal."""
        if self._unsealed % self.chunk_leaves == 0:
            self._close_member()
            name = unsealed(self._unsealed // self.chunk_leaves)
            self._open = self._zip.open(self._info(name), "w", force_zip64=True)
        self._unsealed += 1
        self.event(seq, at_us, place, chain, body)

    def close(self) -> str:
        """Finish the archive under its name; gives its SHA-256 in hexadecimal."""
        self._close_member()
        self._zip.close()
        with self._temporary.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        self._temporary.replace(self.path)
        return digest

    def _close_member(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._date)
        info.external_attr = 0o644 << 16
        return info
