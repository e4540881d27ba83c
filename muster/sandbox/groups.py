"""Control groups: a bound on everything a sandbox uses together, where this machine lets us make one."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

_MOUNT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")
_LEAVING_SECONDS = 2.0
_PREFIX = "muster-"
_LEFT_BEHIND_SECONDS = 600

Setting = tuple[str, str]


@contextmanager
def bounded(
    memory_bytes: int, tasks: int, *, mount: Path = _MOUNT, own: Path = _OWN
) -> Iterator[tuple[Path, ...]]:
    """The files a process writes its id to in order to be bounded; none where no group can be made.

    Args:
        memory_bytes: memory of all its processes, its files in memory and the kernel's part.
        tasks: processes and threads.
    """
    made: list[Path] = []
    try:
        for parent, settings in _parents(mount, own, memory_bytes, tasks):
            _sweep(parent)
            group = parent / f"{_PREFIX}{uuid4().hex[:12]}"
            with suppress(OSError):  # what cannot be made here is bounded by limits of the process alone
                group.mkdir()
                made.append(group)
                for name, value in settings:
                    with suppress(FileNotFoundError):  # swap accounting is not in every kernel
                        (group / name).write_text(value)
        yield tuple(group / "cgroup.procs" for group in made)
    finally:
        for group in made:
            _remove(group)


def kind(mount: Path = _MOUNT, own: Path = _OWN) -> str:
    """Which groups can be made here, for people."""
    named = [parent.relative_to(mount).parts for parent, _ in _parents(mount, own, 1, 1)]
    return "v1" if len(named) > 1 else "v2" if named else "none"


def _parents(
    mount: Path, own: Path, memory_bytes: int, tasks: int
) -> Iterator[tuple[Path, tuple[Setting, ...]]]:
    """Groups we may make groups in, with what each new one is set to."""
    memberships = _memberships(own)
    if (mount / "cgroup.controllers").exists():
        here = mount / memberships.get("", "/").lstrip("/")
        for parent in (here, here.parent):
            if _delegates(parent) and parent.is_relative_to(mount):
                yield (
                    parent,
                    (
                        ("memory.max", str(memory_bytes)),
                        ("memory.swap.max", "0"),
                        ("memory.oom.group", "1"),
                        ("pids.max", str(tasks)),
                    ),
                )
                return
        return
    bounds: dict[str, tuple[Setting, ...]] = {
        "memory": (
            ("memory.limit_in_bytes", str(memory_bytes)),
            ("memory.memsw.limit_in_bytes", str(memory_bytes)),
        ),
        "pids": (("pids.max", str(tasks)),),
    }
    for controller, settings in bounds.items():
        parent = mount / controller / memberships.get(controller, "/").lstrip("/")
        if (parent / "cgroup.procs").exists() and os.access(parent, os.W_OK):
            yield parent, settings


def _memberships(own: Path) -> dict[str, str]:
    """The group this process is in, by controller; the empty name is version 2."""
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return {}
    fields = [line.split(":", 2) for line in lines]
    return {name: path for _, names, path in fields for name in names.split(",")}


def _delegates(parent: Path) -> bool:
    try:
        given = (parent / "cgroup.subtree_control").read_text().split()
    except OSError:
        return False
    writable = os.access(parent, os.W_OK) and os.access(parent / "cgroup.procs", os.W_OK)
    return writable and {"memory", "pids"} <= set(given)


def _sweep(parent: Path) -> None:
    """Take away groups that a killed process left; one that is in use cannot be taken away."""
    for group in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if time.time() - group.stat().st_mtime > _LEFT_BEHIND_SECONDS:
                group.rmdir()


def _remove(group: Path) -> None:
    deadline = time.monotonic() + _LEAVING_SECONDS
    while time.monotonic() < deadline:
        try:
            group.rmdir()
        except FileNotFoundError:
            return
        except OSError:  # the last process is still being buried
            time.sleep(0.005)
        else:
            return
