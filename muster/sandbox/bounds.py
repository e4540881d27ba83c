"""How much a sandboxed process may use, and who it is."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from muster.sandbox.bubblewrap import Way

MEBIBYTE = 1024 * 1024
_LONE_USERS = 1_879_000_000
_HOW_MANY_LONE_USERS = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the process and everything in its sandbox may use."""

    wall_seconds: float
    cpu_seconds: int
    memory_bytes: int
    """Address space of one process."""
    tasks: int
    """Threads, and processes where they may be started."""
    open_files: int
    file_bytes: int
    """The largest file it may write."""
    output_bytes: int
    """Of each of what it prints, what it complains and what it answers."""

    def as_limits(self, way: Way) -> dict[str, int]:
        """The same as limits of a process."""
        spare = 1 if way == "namespace" else 0  # bubblewrap's own process is counted there
        return {
            "RLIMIT_AS": self.memory_bytes,
            "RLIMIT_CPU": self.cpu_seconds,
            "RLIMIT_NPROC": self.tasks + spare,
            "RLIMIT_NOFILE": self.open_files,
            "RLIMIT_FSIZE": self.file_bytes,
            "RLIMIT_CORE": 0,
            "RLIMIT_MEMLOCK": 0,
            "RLIMIT_MSGQUEUE": 0,
            "RLIMIT_SIGPENDING": 256,
        }


def order_of(way: Way, bounds: Bounds, order: Mapping[str, Any]) -> str:
    """What the starter inside is told: who to be, how little to use, and what to begin."""
    user = lone_user() if way == "drop" else None
    return json.dumps({"user": user, "limits": bounds.as_limits(way), **order})


def lone_user() -> int:
    """A user id of this machine that owns nothing and, but for chance, runs nothing else."""
    return _LONE_USERS + int.from_bytes(os.urandom(4), "big") % _HOW_MANY_LONE_USERS
