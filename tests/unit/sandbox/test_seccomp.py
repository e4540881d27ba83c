"""The filter of system calls, run by a small reading of the kernel's rules."""

import struct

import pytest

from muster.sandbox.seccomp import filter_bytes
from muster.sandbox.system_calls import MACHINES, NEWEST_KNOWN, Machine

ALLOW, EPERM, ENOSYS, KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
SIGCHLD, THREAD, NEW_USER = 17, 0x3D0F00, 0x10000000
WRITE = {"x86_64": 1, "aarch64": 64}

both = pytest.mark.parametrize("name", sorted(MACHINES))


def verdict(program: bytes, arch: int, number: int, *arguments: int) -> int:
    """What the kernel would do with one call."""
    data = struct.pack("=IIQ6Q", number, arch, 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
    lines = list(struct.iter_unpack("=HBBI", program))
    at = held = 0
    while True:
        code, if_true, if_false, value = lines[at]
        at += 1
        match code:
            case 0x20:
                held = struct.unpack_from("=I", data, value)[0]
            case 0x06:
                return int(value)
            case 0x15:
                at += if_true if held == value else if_false
            case 0x25:
                at += if_true if held > value else if_false
            case 0x45:
                at += if_true if held & value else if_false
            case _:
                raise AssertionError(f"unknown instruction {code:#x}")


def asked(
    machine: Machine, number: int, *arguments: int, may_fork: bool = False, only: int | None = 2
) -> int:
    program = filter_bytes(machine, may_fork=may_fork, only_pid=only)
    return verdict(program, machine.audit_arch, number, *arguments)


@both
def test_what_a_program_needs_passes_and_what_it_does_not_need_is_refused(name: str) -> None:
    machine = MACHINES[name]
    assert asked(machine, WRITE[name]) == ALLOW
    for number in machine.refused.values():
        assert asked(machine, number) == EPERM


@both
def test_threads_may_be_made_and_processes_and_namespaces_not(name: str) -> None:
    machine = MACHINES[name]
    assert asked(machine, machine.clone, THREAD) == ALLOW
    assert asked(machine, machine.clone, SIGCHLD) == EPERM
    assert asked(machine, machine.clone3) == ENOSYS
    assert all(asked(machine, number) == EPERM for number in machine.forks)
    assert asked(machine, machine.clone, SIGCHLD, may_fork=True, only=None) == ALLOW
    assert asked(machine, machine.clone, SIGCHLD | NEW_USER, may_fork=True, only=None) == EPERM


@both
def test_signals_and_limits_reach_itself_alone(name: str) -> None:
    machine = MACHINES[name]
    for number in machine.to_one_process:
        assert asked(machine, number, 2) == ALLOW
        for other in (1, 3, 2**32 - 1):
            assert asked(machine, number, other) == EPERM
        assert asked(machine, number, 1, only=None) == ALLOW
    assert asked(machine, machine.to_one_process[0], 0) == EPERM  # kill(0) is the whole group


@both
def test_the_terminal_is_not_typed_into(name: str) -> None:
    machine = MACHINES[name]
    assert asked(machine, machine.ioctl, 0, 0x5412) == EPERM
    assert asked(machine, machine.ioctl, 0, 0x5401) == ALLOW
    assert asked(machine, machine.fcntl, 3, 8) == EPERM


@both
def test_calls_newer_than_known_and_foreign_doors_are_closed(name: str) -> None:
    machine = MACHINES[name]
    for number in (NEWEST_KNOWN + 1, 463, 0x40000000 + 1, 2**32 - 1):
        assert asked(machine, number) == ENOSYS
    program = filter_bytes(machine)
    assert verdict(program, 0x40000003, WRITE[name]) == KILL  # 32-bit x86
