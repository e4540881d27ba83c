"""The bubblewrap command that builds a sandbox."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Literal

from muster.sandbox.room import INSIDE, PACKAGES, START, WORK, Room, python

Way = Literal["drop", "namespace"]
"""How a sandbox gets its lonely user: root drops to one nobody else is; others get one of their own."""

_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")


def bubblewrap() -> str | None:
    """The path of the program; null when it is not installed."""
    return shutil.which("bwrap")


def command(
    program: str, room: Room, way: Way, order: str, filter_fd: int, *, with_parent: bool
) -> list[str]:
    """The command line that runs our starter in a sandbox of `room`.

    Args:
        program: the path of bubblewrap.
        order: what the starter is to do, as JSON.
        filter_fd: an open file with the filter of system calls.
        with_parent: whether it dies when the thread that started it ends.
    """
    return [
        program,
        *_namespaces(way),
        *(("--die-with-parent",) if with_parent else ()),
        *("--new-session", "--clearenv", "--hostname", "sandbox"),
        *_variables(room),
        *_files(room),
        *_folders(room, way),
        *("--remount-ro", "/"),
        *("--chdir", WORK if room.work_bytes else INSIDE),
        *("--seccomp", str(filter_fd)),
        *("--", python(), "-I", "-S", "-B", "-X", "utf8", START, order),
    ]


def _namespaces(way: Way) -> Iterator[str]:
    yield from ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")
    yield from ("--cap-drop", "ALL")
    if way == "drop":  # the starter gives these up before it does anything else
        yield from ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
    else:
        yield from ("--unshare-user", "--disable-userns", "--uid", "65534", "--gid", "65534")


def _variables(room: Room) -> Iterator[str]:
    home = WORK if room.work_bytes else INSIDE
    for name, value in {"LANG": "C.UTF-8", "HOME": home, "TMPDIR": home, **room.variables}.items():
        yield from ("--setenv", name, value)


def _files(room: Room) -> Iterator[str]:
    """Parents first, open to the lonely user whatever they are outside."""
    made: set[str] = set()
    for inside, place in sorted(room.files.items()):
        for parent in reversed(PurePosixPath(inside).parents[:-1]):
            if str(parent) not in made and not _is_below(str(parent), room):
                yield from ("--perms", "0755", "--dir", str(parent))
                made.add(str(parent))
        if Path(inside) == place and place.is_symlink() and not place.is_file():
            yield from ("--symlink", os.readlink(place), inside)
        else:
            yield from ("--ro-bind", str(place), inside)


def _is_below(path: str, room: Room) -> bool:
    """Whether `path` is, or lies in, something that is mounted whole."""
    return any(path == mounted or path.startswith(f"{mounted}/") for mounted in room.files)


def _folders(room: Room, way: Way) -> Iterator[str]:
    yield from ("--perms", "0755", "--dir", INSIDE, "--perms", "0755", "--dir", PACKAGES)
    yield from ("--perms", "0755", "--dir", "/dev")
    for device in _DEVICES:
        yield from ("--dev-bind", device, device)
    if room.work_bytes:
        yield from ("--perms", "1777" if way == "drop" else "0700")
        yield from ("--size", str(room.work_bytes), "--tmpfs", WORK)
