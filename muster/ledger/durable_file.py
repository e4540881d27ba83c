"""Small files that are either whole or not there, also when the power fails."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from muster.core.errors import OperatorError


class FileNotKeptError(OperatorError):
    """A file could not be written; what was there before is as it was."""


def write_durably(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Put `text` into `path`, in place of what was there.

    Raises:
        FileNotKeptError: the file cannot be written; what was there is as it was.
    """
    with _typed(path):
        os.replace(_draft(path, text, mode), path)
        _sync_folder(path.parent)


def write_first(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Put `text` into `path` unless there is something already: of two at once, the first one's stays.

    Raises:
        FileNotKeptError: the file cannot be written.
    """
    with _typed(path):
        draft = _draft(path, text, mode)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        _sync_folder(path.parent)


@contextmanager
def _typed(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileNotKeptError(
            f"the file cannot be written: {error.strerror}",
            where=str(path),
            do="see that the disk has room, and run muster as the user who owns MUSTER_HOME",
        ) from error


def _draft(path: Path, text: str, mode: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
