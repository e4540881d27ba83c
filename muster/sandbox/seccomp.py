"""The filter of system calls a sandboxed process lives under, as the kernel's own small programs."""

import struct
from collections.abc import Iterator

from muster.sandbox.system_calls import NEWEST_KNOWN, Machine

_LOAD, _EQUAL, _GREATER, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_NUMBER, _ARCH, _FIRST_ARGUMENT, _SECOND_ARGUMENT = 0, 4, 16, 24
_KILL, _ALLOW, _REFUSE = 0x80000000, 0x7FFF0000, 0x00050000
_EPERM, _ENOSYS = 1, 38

_CLONE_THREAD = 0x00010000
_CLONE_NAMESPACES = 0x7E020000 | 0x00000080
_TERMINAL_TRICKS = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX: typing into somebody's terminal."""
_SIGNAL_OWNER = (8, 15)
"""F_SETOWN and F_SETOWN_EX: having the kernel send signals to somebody."""

Instruction = tuple[int, int, int, int]


def filter_bytes(machine: Machine, *, may_fork: bool = False, only_pid: int | None = None) -> bytes:
    """The filter: what is not needed fails with EPERM, what is newer than known with ENOSYS.

    Args:
        may_fork: whether new processes may be made; threads may in any case, namespaces never.
        only_pid: the one process that signals and limits may be aimed at; any when null.
    """
    program = list(_program(machine, may_fork=may_fork, only_pid=only_pid))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _program(machine: Machine, *, may_fork: bool, only_pid: int | None) -> Iterator[Instruction]:
    yield _LOAD, 0, 0, _ARCH
    yield _EQUAL, 1, 0, machine.audit_arch
    yield _RETURN, 0, 0, _KILL
    yield _LOAD, 0, 0, _NUMBER
    yield _GREATER, 0, 1, NEWEST_KNOWN
    yield _RETURN, 0, 0, _REFUSE | _ENOSYS
    refused = {*machine.refused.values(), *(() if may_fork else machine.forks)}
    if only_pid is not None:
        refused |= set(machine.on_others)
    for number in sorted(refused):
        yield _EQUAL, 0, 1, number
        yield _RETURN, 0, 0, _REFUSE | _EPERM
    yield _EQUAL, 0, 1, machine.clone3  # its flags lie in memory; without it the C library uses clone
    yield _RETURN, 0, 0, _REFUSE | _ENOSYS
    yield from _clone(machine.clone, may_fork=may_fork)
    yield from _second_argument(machine.ioctl, _TERMINAL_TRICKS)
    yield from _second_argument(machine.fcntl, _SIGNAL_OWNER)
    if only_pid is not None:
        for number in machine.to_one_process:
            yield from _first_argument(number, (0, only_pid) if number in _LIMITS else (only_pid,))
    yield _RETURN, 0, 0, _ALLOW


_LIMITS = frozenset({302, 261})
"""prlimit64: process 0 is oneself, unlike with kill, where it is the whole group."""


def _clone(number: int, *, may_fork: bool) -> Iterator[Instruction]:
    yield _EQUAL, 0, 4, number
    yield _LOAD, 0, 0, _FIRST_ARGUMENT
    if may_fork:
        yield _ANY_BIT, 0, 1, _CLONE_NAMESPACES
    else:
        yield _ANY_BIT, 1, 0, _CLONE_THREAD
    yield _RETURN, 0, 0, _REFUSE | _EPERM
    yield _RETURN, 0, 0, _ALLOW


def _second_argument(number: int, refused: tuple[int, ...]) -> Iterator[Instruction]:
    yield _EQUAL, 0, 2 + 2 * len(refused), number
    yield _LOAD, 0, 0, _SECOND_ARGUMENT
    for value in refused:
        yield _EQUAL, 0, 1, value
        yield _RETURN, 0, 0, _REFUSE | _EPERM
    yield _RETURN, 0, 0, _ALLOW


def _first_argument(number: int, allowed: tuple[int, ...]) -> Iterator[Instruction]:
    yield _EQUAL, 0, 2 + 2 * len(allowed), number
    yield _LOAD, 0, 0, _FIRST_ARGUMENT
    for value in allowed:
        yield _EQUAL, 0, 1, value
        yield _RETURN, 0, 0, _ALLOW
    yield _RETURN, 0, 0, _REFUSE | _EPERM
