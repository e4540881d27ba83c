"""Where mirror files are kept: a folder of this machine, or any address fsspec understands.

Files never change once they are there. Those at a remote address are copied to a folder of this machine when
first read, and held against their checksum; the analysis reads the copies.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from muster.core.settings import Settings
from muster.ledger.mirror_file import MirrorFile, MirrorUnavailableError, named_range, sha256_of

_DRAFT: Final = ".draft-"


class MirrorStore:
    """The files of one mirror."""

    def __init__(self, address: str, cache_dir: Path) -> None:
        """
        Args:
            address: a folder, `file://` or any other URL of fsspec.
            cache_dir: for copies of files that are not on this machine; made when needed.
        """
        self.address = address.rstrip("/")
        local = (
            address.removeprefix("file://") if "://" not in address or address.startswith("file://") else None
        )
        self._remote: Any = None
        self._root = ""
        if local is None:
            self.folder = cache_dir
            self._connect(address)
        else:
            self.folder = Path(local).absolute()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The installation's mirror."""
        return cls(settings.mirror_address, settings.ledger_dir / "mirror-cache")

    def at_hand(self, file: MirrorFile) -> Path | None:
        """Where `file` can be read on this machine; None when it is missing or is not what was recorded.

        A file of this machine is told by its size (`muster ledger verify` reads them all), a copy of a remote
        one by its checksum when it is made.
        """
        path = self.folder / file.path
        try:
            if path.stat().st_size == file.size_bytes:
                return path
        except FileNotFoundError:
            pass
        except OSError as error:
            raise self._unavailable(error) from error
        return path if self._remote is not None and self._copied(file, path) else None

    def is_whole(self, file: MirrorFile) -> bool:
        """Whether it is there and has the checksum that was recorded; reads all of it."""
        path = self.at_hand(file)
        return path is not None and sha256_of(path) == file.sha256

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """A folder for files in the making, gone at the end of the block.

        Raises:
            MirrorUnavailableError: it cannot be made.
        """
        folder = self.folder / f"{_DRAFT}{os.getpid()}-{secrets.token_hex(4)}"
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise self._unavailable(error) from error
        try:
            yield folder
        finally:
            _remove(folder)

    def keep(self, draft: Path, name: str) -> None:
        """Put a finished file in its place, whole and for good also when the power fails.

        Raises:
            MirrorUnavailableError: it cannot be put there.
        """
        try:
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            if self._remote is not None:
                beside = f"{self._root}/{_DRAFT}{secrets.token_hex(4)}"
                self._remote.makedirs(self._root, exist_ok=True)
                self._remote.put_file(str(draft), beside)
                self._remote.mv(beside, f"{self._root}/{name}")
            os.replace(draft, self.folder / name)
            _sync(self.folder)
        except OSError as error:
            raise self._unavailable(error) from error

    def names(self) -> list[str]:
        """The mirror files that are there.

        Raises:
            MirrorUnavailableError: the mirror cannot be listed.
        """
        try:
            if self._remote is None:
                found = [entry.name for entry in os.scandir(self.folder)]
            else:
                self._remote.invalidate_cache()
                found = [str(path).rpartition("/")[2] for path in self._remote.ls(self._root, detail=False)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unavailable(error) from error
        return sorted(name for name in found if named_range(name) is not None)

    def remove(self, name: str) -> None:
        """Remove a file that another one has taken the place of; it may be gone already.

        Raises:
            MirrorUnavailableError: it is there and cannot be removed.
        """
        try:
            if self._remote is not None and self._remote.exists(f"{self._root}/{name}"):
                self._remote.rm_file(f"{self._root}/{name}")
            (self.folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise self._unavailable(error) from error

    def clear_drafts(self) -> None:
        """Remove what writers that were killed left behind; call it only while nobody else writes."""
        for folder in self.folder.glob(f"{_DRAFT}*"):
            _remove(folder)

    def _connect(self, address: str) -> None:
        import fsspec  # type: ignore[import-untyped]  # only a remote mirror needs it

        try:
            self._remote, root = fsspec.core.url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise MirrorUnavailableError(
                f"the mirror's address cannot be used: {error}",
                where=address,
                do="correct MUSTER_MIRROR_URL, or install what fsspec asks for",
            ) from error
        self._root = str(root).rstrip("/")

    def _copied(self, file: MirrorFile, path: Path) -> bool:
        """Whether the remote file is now at `path`, with its checksum."""
        with self.draft() as folder:
            copy = folder / file.path
            try:
                self._remote.get_file(f"{self._root}/{file.path}", str(copy))
            except FileNotFoundError:
                return False
            except OSError as error:
                raise self._unavailable(error) from error
            if sha256_of(copy) != file.sha256:
                return False
            os.replace(copy, path)
        return True

    def _unavailable(self, error: OSError) -> MirrorUnavailableError:
        return MirrorUnavailableError(
            f"the mirror of the ledger cannot be used: {error.strerror or error}",
            where=self.address,
            do="make room, let muster write there, or correct MUSTER_MIRROR_URL; nothing is lost meanwhile",
        )


def _remove(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink(missing_ok=True)
    folder.rmdir()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
