"""A file people edit while the gateway runs: read anew when saved, and kept as it was while it is broken."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from muster.core.errors import OperatorError

_log = logging.getLogger(__name__)

Content = TypeVar("Content")


class SavedFile(Generic[Content]):
    """What a file says, as it was last saved in order."""

    def __init__(self, path: Path, read: Callable[[Path], Content]) -> None:
        """
        Args:
            read: gives what the file says, or raises `OperatorError`.

        Raises:
            OperatorError: it cannot be used now.
        """
        self._path = path
        self._read = read
        self._changed_at_ns = _changed_at_ns(path)
        self._content = read(path)

    def current(self) -> Content:
        """What it says; a file that cannot be used is logged once and changes nothing."""
        changed_at_ns = _changed_at_ns(self._path)
        if changed_at_ns != self._changed_at_ns:
            self._changed_at_ns = changed_at_ns
            try:
                self._content = self._read(self._path)
            except OperatorError as error:
                _log.error("%s; what was read before stays in force", error)
        return self._content


def _changed_at_ns(path: Path) -> int:
    """When it was last saved; 0 while it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
