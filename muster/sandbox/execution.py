"""Runs one process in a sandbox, from its start to its end, within bounds."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from muster.sandbox import bubblewrap
from muster.sandbox.bounds import MEBIBYTE, Bounds, order_of
from muster.sandbox.bubblewrap import Way
from muster.sandbox.errors import SandboxUnavailableError
from muster.sandbox.groups import bounded
from muster.sandbox.listening import Said, Why
from muster.sandbox.room import Room
from muster.sandbox.seccomp import filter_bytes
from muster.sandbox.system_calls import this_machine

FIRST_PID = 2
"""The number of the process bubblewrap starts, as it sees itself; bubblewrap's own there is 1."""
_LEAVING_SECONDS = 1.0
_GROUP_SPARE = 64 * MEBIBYTE
_GROUP_TASKS_SPARE = 8
_JOIN = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done; shift; exec "$@"'


@dataclass(frozen=True, slots=True)
class Ended:
    """What a sandboxed process left."""

    why: Why
    exit_code: int
    """As a shell tells it: 128 and the signal's number when one ended it."""
    printed: bytes
    complained: bytes
    answered: bytes
    wall_ms: int


@contextmanager
def started(
    room: Room,
    way: Way,
    bounds: Bounds,
    order: dict[str, Any],
    *,
    with_parent: bool,
    keep_fds: tuple[int, ...] = (),
    group_bytes: int | None = None,
    stdin: int | None = subprocess.DEVNULL,
    output: int | None = subprocess.PIPE,
) -> Iterator[subprocess.Popen[bytes]]:
    """The process, bounded by limits of its own and, where there is one, by a group; killed at the end.

    Args:
        with_parent: whether it dies when the thread that started it ends; else it ends when it is told.
        keep_fds: open files it gets.
        group_bytes: memory of everything in the sandbox; what one process and its files may use when null.

    Raises:
        SandboxUnavailableError: bubblewrap is not installed, or the processor is not known.
    """
    machine, program = this_machine(), bubblewrap.bubblewrap()
    if machine is None or program is None:
        raise SandboxUnavailableError("this machine cannot isolate a program", do="see `muster doctor`")
    memory = (group_bytes or bounds.memory_bytes + (room.work_bytes or 0)) + _GROUP_SPARE
    with bounded(memory, bounds.tasks + _GROUP_TASKS_SPARE) as groups, _filter(room) as filter_fd:
        command = bubblewrap.command(
            program, room, way, order_of(way, bounds, order), filter_fd, with_parent=with_parent
        )
        process = subprocess.Popen(
            joining(groups, command),
            stdin=stdin,
            stdout=output,
            stderr=output,
            pass_fds=(*keep_fds, filter_fd),
            env={},
            cwd="/",
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if not with_parent:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LEAVING_SECONDS)
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()


def run(
    room: Room,
    way: Way,
    bounds: Bounds,
    order: dict[str, Any],
    stdin: bytes = b"",
) -> Ended:
    """What the process left when it ended or was ended; its answer comes over a pipe of its own.

    Raises:
        SandboxUnavailableError: bubblewrap is not installed, or the processor is not known.
    """
    begun = time.monotonic()
    reading, writing = os.pipe()
    try:
        with started(
            room,
            way,
            bounds,
            {**order, "answer_fd": writing},
            with_parent=True,
            keep_fds=(writing,),
            stdin=subprocess.PIPE,
        ) as process:
            os.close(writing)
            writing = -1
            said = Said(process, reading, bounds.output_bytes, stdin)
            deadline = begun + bounds.wall_seconds
            why = said.listen(deadline)
            with suppress(subprocess.TimeoutExpired):  # it may close its pipes and stay
                if why == "ended":
                    process.wait(max(0.0, deadline - time.monotonic()))
            if process.poll() is None:
                why = "wall" if why == "ended" else why
                process.kill()
            code = process.wait()
    finally:
        for fd in (reading, writing):
            if fd >= 0:
                os.close(fd)
    took_ms = round((time.monotonic() - begun) * 1000)
    parts = [bytes(part) for part in said.parts.values()]
    return Ended(why, code if code >= 0 else 128 - code, parts[0], parts[1], parts[2], took_ms)


def joining(groups: tuple[Path, ...], command: list[str]) -> list[str]:
    """`command`, run by a process that has joined the groups before."""
    if not groups:
        return command
    return ["/bin/sh", "-c", _JOIN, "sh", *(str(group) for group in groups), "--", *command]


@contextmanager
def _filter(room: Room) -> Iterator[int]:
    """An open file with the filter of system calls, to be read from its start."""
    machine = this_machine()
    assert machine is not None
    fd = os.memfd_create("filter", 0)
    try:
        os.write(
            fd, filter_bytes(machine, may_fork=room.may_fork, only_pid=None if room.may_fork else FIRST_PID)
        )
        os.lseek(fd, 0, os.SEEK_SET)
        yield fd
    finally:
        os.close(fd)
