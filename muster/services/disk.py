"""Room on the disk MUSTER_HOME is on."""

import shutil
from pathlib import Path

from muster.services.errors import DiskFullError

LITTLE_BYTES = 2_000_000_000
TOO_LITTLE_BYTES = 300_000_000
"""What the databases and logs of a short while need."""
_GIGABYTE = 1_000_000_000


def free_bytes(home: Path) -> int:
    """Room left where the folder is, or will be."""
    while not home.exists():
        home = home.parent
    return shutil.disk_usage(home).free


def in_words(free: int, home: Path) -> str:
    """How much is left, for a person."""
    return f"{free / _GIGABYTE:.1f} GB free for {home}"


def require_space(home: Path) -> None:
    """Returns when there is room to start.

    Raises:
        DiskFullError: there is not.
    """
    free = free_bytes(home)
    if free < TOO_LITTLE_BYTES:
        raise DiskFullError(
            f"the disk is full: {in_words(free, home)}",
            do="make room, or set MUSTER_HOME to another disk; nothing was lost",
        )
