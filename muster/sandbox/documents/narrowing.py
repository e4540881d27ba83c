"""A process gives up, for good, what the others in its sandbox may still do."""

import ctypes

from muster.sandbox.seccomp import filter_bytes
from muster.sandbox.system_calls import this_machine

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_INSTRUCTION_BYTES = 8
_PRCTL = ctypes.CDLL(None, use_errno=True).prctl


class _Program(ctypes.Structure):
    """The kernel's `sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def narrow(pid: int) -> None:
    """From now on this process makes no other, and touches none but `pid`.

    Raises:
        OSError: the kernel does not take the filter.
    """
    machine = this_machine()
    if machine is None:
        raise OSError("the system calls of this processor are not known")
    instructions = filter_bytes(machine, only_pid=pid)
    program = _Program(len(instructions) // _INSTRUCTION_BYTES, instructions)
    if _PRCTL(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the kernel does not take the filter")
