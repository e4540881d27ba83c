"""Ready-made frames on disk: folders that are whole or not there, each of one place in one record's order.

Nothing here is the record: whatever is missing, torn or of another version is made again from the events.
"""

import hashlib
import importlib.resources
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import polars as pl

from muster.analysis.ready import PARTS, ReadyFrames
from muster.core.errors import OperatorError
from muster.ledger.reader import Mark

_MANIFEST: Final = "frames.json"
_DRAFT: Final = ".draft-"
_NAME: Final = re.compile(r"([0-9a-f]{16})-(\d{15,})-[0-9a-f]{12}")
_KEPT: Final = 2
"""Folders that stay: the newest, and the one before for whoever is reading it."""
_OLD_SECONDS: Final = 7 * 24 * 3600
"""Folders of another version stay as long: an older muster may still be at work beside this one."""
_DRAFT_SECONDS: Final = 3600


class FramesNotKeptError(OperatorError):
    """Ready-made frames cannot be written; figures are right without them, only slower."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Frames of everything up to a mark."""

    frames: ReadyFrames
    mark: Mark


class FrameFiles:
    """The folder that holds them."""

    def __init__(self, folder: Path, version: str | None = None) -> None:
        """
        Args:
            version: None for that of the code that runs.
        """
        self.folder = folder
        self._version = version or code_version()

    def newest_seq(self) -> int:
        """The place in the order the newest ones reach, by their name; 0 when there are none."""
        return max((seq for seq, _ in self._own()), default=0)

    def newest(self) -> Kept | None:
        """The newest ones that are whole; None when there are none. What is torn is removed."""
        for _, path in sorted(self._own(), reverse=True):
            try:
                return _read(path)
            except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError):
                shutil.rmtree(path, ignore_errors=True)
        return None

    def remove(self) -> None:
        """Remove all of this version."""
        for _, path in self._own():
            shutil.rmtree(path, ignore_errors=True)

    def keep(self, kept: Kept) -> None:
        """Put them in place, whole and for good also when the power fails, and remove what is older.

        Raises:
            FramesNotKeptError: they cannot be written.
        """
        mark = kept.mark
        path = self.folder / f"{self._version}-{mark.last_seq:015d}-{mark.root_sha256[:12]}"
        with _typed(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self.folder / f"{_DRAFT}{os.getpid()}-{secrets.token_hex(4)}"
            try:
                _write(draft, kept)
                if not path.exists():
                    _put(draft, path)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
        self._remove_old()

    def _own(self) -> list[tuple[int, Path]]:
        """The folders of this version, with the place they reach."""
        found = ((_NAME.fullmatch(path.name), path) for path in self._paths())
        return [(int(name[2]), path) for name, path in found if name and name[1] == self._version]

    def _paths(self) -> list[Path]:
        try:
            return [*self.folder.iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _remove_old(self) -> None:
        """Remove what newer ones have taken the place of, and what writers that were killed left behind."""
        own = [path for _, path in sorted(self._own(), reverse=True)]
        for path in self._paths():
            if path in own[:_KEPT]:
                continue
            longest = _DRAFT_SECONDS if path.name.startswith(_DRAFT) else _OLD_SECONDS
            if path in own or _age(path) > longest:
                shutil.rmtree(path, ignore_errors=True)


@cache
def code_version() -> str:
    """Stands for what the frames hold and how they are made: the code of the analysis and of its input."""
    told = hashlib.sha256(pl.__version__.encode())
    for package, suffix in (("muster.analysis", ".py"), ("muster.ledger", "event_frame.py")):
        for name, source in _sources(importlib.resources.files(package), suffix):
            told.update(f"{name}\n".encode() + source.read_bytes())
    told.update((importlib.resources.files("muster.ledger") / "sql" / "read_events.sql").read_bytes())
    return told.hexdigest()[:16]


def _sources(folder: Traversable, suffix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_file() and entry.name.endswith(suffix):
            yield entry.name, entry
        elif entry.is_dir() and suffix == ".py":
            yield from _sources(entry, suffix)


def _write(draft: Path, kept: Kept) -> None:
    draft.mkdir(mode=0o700)
    digests = {}
    for name in PARTS:
        file = draft / f"{name}.parquet"
        getattr(kept.frames, name).write_parquet(file, compression="zstd", compression_level=1)
        digests[name] = _digest(file)
        _sync(file)
    frames = kept.frames
    told = {"events": frames.events, "last_seq": frames.last_seq, "mark": asdict(kept.mark), "files": digests}
    (draft / _MANIFEST).write_text(json.dumps(told), encoding="utf-8")
    _sync(draft / _MANIFEST)
    _sync(draft)


def _put(draft: Path, path: Path) -> None:
    """The draft's folder under its name, unless another process was faster."""
    try:
        os.rename(draft, path)
    except OSError:
        if not path.exists():
            raise
    _sync(path.parent)


def _read(path: Path) -> Kept:
    """The frames in a folder.

    Raises:
        OSError, ValueError, KeyError, TypeError, PolarsError: it is not whole.
    """
    told: dict[str, Any] = json.loads((path / _MANIFEST).read_text("utf-8"))
    frames = {name: _read_one(path / f"{name}.parquet", told["files"][name]) for name in PARTS}
    for name, contract in PARTS.items():
        if frames[name].schema != contract.schema:
            raise ValueError(f"{name} has other columns")
    return Kept(ReadyFrames(**frames, events=told["events"], last_seq=told["last_seq"]), Mark(**told["mark"]))


def _read_one(file: Path, digest: str) -> pl.DataFrame:
    if _digest(file) != digest:
        raise ValueError(f"{file.name} is not what was written")
    return pl.read_parquet(file)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "blake2b").hexdigest()[:32]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


@contextmanager
def _typed(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pl.exceptions.ComputeError) as error:
        raise FramesNotKeptError(
            f"ready-made frames cannot be written: {getattr(error, 'strerror', None) or error}",
            where=str(folder),
            do="make room, and run muster as the user who owns MUSTER_HOME",
        ) from error
