"""A Maildir: mail handed over between programs as files, none of which is ever half there."""

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Maildir:
    """The folder with `tmp`, `new` and `cur`."""

    path: Path

    def make(self) -> "Maildir":
        """The same Maildir, its folders made when missing.

        Raises:
            OSError: they cannot be made.
        """
        for name in ("tmp", "new", "cur"):
            (self.path / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        return self

    def deliver(self, mail: bytes) -> Path:
        """The file in `new` that now holds the mail, safe on disk.

        Raises:
            OSError: the disk is full or the folder is not writable; nothing is left behind in `new`.
        """
        name = _unique_name()
        draft, place = self.path / "tmp" / name, self.path / "new" / name
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(mail)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(place)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        _sync_folder(place.parent)
        return place

    def new(self, limit: int) -> Iterator[Path]:
        """Up to `limit` mails nobody has seen to, in the order they came."""
        folder = self.path / "new"
        if not folder.is_dir():
            return iter(())
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False))
        return (folder / name for name in islice(names, limit))

    def waiting(self) -> int:
        """How many mails nobody has seen to."""
        return sum(1 for _ in self.new(1_000_000))

    def seen(self, mail: Path) -> None:
        """Move a mail from `new` to `cur`; one that another program moved already is no matter.

        Raises:
            OSError: it cannot be moved.
        """
        (self.path / "cur").mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            mail.rename(self.path / "cur" / f"{mail.name}:2,S")
        except FileNotFoundError:
            return


def _unique_name() -> str:
    """As Maildir readers expect: time, something unique, host; later deliveries sort later."""
    seconds, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
    host = socket.gethostname().replace("/", "_").replace(":", "_")
    return f"{seconds}.M{microseconds:06d}P{os.getpid()}Q{next(_numbers):06d}.{host}"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
