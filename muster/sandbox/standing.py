"""Whether this machine can isolate a program. It is tried, not assumed."""

import json
import os
import sys
from dataclasses import dataclass
from functools import lru_cache

from muster.sandbox.bounds import MEBIBYTE, Bounds
from muster.sandbox.bubblewrap import Way, bubblewrap
from muster.sandbox.errors import SandboxPolicyError, SandboxUnavailableError
from muster.sandbox.execution import Ended, run
from muster.sandbox.groups import kind
from muster.sandbox.room import WORK, program_room
from muster.sandbox.system_calls import this_machine

_INSTALL = "install bubblewrap 0.8 or newer (on Debian or Ubuntu: apt install bubblewrap)"
_ALLOW = (
    "allow user namespaces (on Ubuntu: an AppArmor profile for bwrap, or "
    "sysctl kernel.apparmor_restrict_unprivileged_userns=0; "
    "in a container: --security-opt seccomp=unconfined)"
)
_SAID_CHARS = 300
_BOUNDS = Bounds(
    wall_seconds=10,
    cpu_seconds=5,
    memory_bytes=512 * MEBIBYTE,
    tasks=8,
    open_files=32,
    file_bytes=4 * MEBIBYTE,
    output_bytes=65_536,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a try on this machine showed."""

    way: Way | None
    """How a sandbox is made here; null when none can be."""
    what: str
    """In words: how it isolates, or why it cannot."""
    do: str | None = None
    """How to mend it; null when there is nothing to mend."""


@lru_cache(maxsize=1)
def standing() -> Standing:
    """What this machine can do, tried once a process."""
    if sys.platform != "linux":
        return Standing(None, "programs are isolated on Linux only", "run muster on Linux for this")
    if this_machine() is None:
        return Standing(None, "the system calls of this processor are not known", "use x86-64 or arm64")
    if bubblewrap() is None:
        return Standing(None, "bubblewrap is not installed", _INSTALL)
    if not hasattr(os, "memfd_create"):
        return Standing(None, "this kernel is too old", "use Linux 4.18 or newer")
    ways: tuple[Way, ...] = ("drop", "namespace") if os.geteuid() == 0 else ("namespace",)
    failures = []
    for way in ways:
        try:
            failure = _failure(way)
        except (OSError, SandboxPolicyError) as error:
            failure = str(error)
        if failure is None:
            return Standing(way, f"programs are isolated by bubblewrap ({_in_words(way)})")
        failures.append(failure)
    return Standing(None, f"this machine cannot isolate a program: {failures[0]}", _ALLOW)


def required_way() -> Way:
    """How a sandbox is made here.

    Raises:
        SandboxUnavailableError: this machine cannot isolate a program; nothing must run then.
    """
    found = standing()
    if found.way is None:
        raise SandboxUnavailableError(found.what, where="sandbox", do=found.do)
    return found.way


def _failure(way: Way) -> str | None:
    """Why a sandbox made this way does not hold; null when it does."""
    room = program_room({}, work_bytes=2 * MEBIBYTE)
    order = {
        "module": "muster.sandbox.inside.checking",
        "top": sorted({path.split("/")[1] for path in room.files} | {"dev", "sandbox"}),
        "hidden": "/proc",
        "folder": WORK,
        "too_big": 3 * MEBIBYTE,
        "too_much": _BOUNDS.memory_bytes,
        "too_many": 4 * _BOUNDS.tasks,
    }
    ended = run(room, way, _BOUNDS, order)
    try:
        missing = json.loads(ended.answered)
    except ValueError:
        return _last_words(ended)
    return f"missing: {', '.join(missing)}" if missing else None


def _last_words(ended: Ended) -> str:
    said = ended.complained.decode("utf-8", "replace").strip().splitlines()
    return said[-1][:_SAID_CHARS] if said else f"it ended with {ended.exit_code} ({ended.why})"


def _in_words(way: Way) -> str:
    how = "a user of its own" if way == "drop" else "a user namespace"
    groups = kind()
    return f"{how}, control groups {groups}" if groups != "none" else f"{how}, limits of the process"
