"""One attempt to break out: a program that tells what it got hold of."""

from dataclasses import dataclass
from typing import Literal

Where = Literal["expression", "program", "reader"]
"""Who tries: an interpreted program, a Python program, a parser that a file has taken over."""

ANYWHERE_PYTHON: tuple[Where, ...] = ("program", "reader")

PREAMBLE = '''
import ctypes, errno, json, os, resource, signal, socket, sys, threading, time
through, stopped = [], {}
def attempt(name, act):
    try:
        got = act()
    except BaseException as error:
        stopped[name] = (type(error).__name__ + ": " + str(error))[:120]
    else:
        through.append((name + ": " + repr(got))[:200])
_c = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    """A system call by its name, as the kernel answers it."""
    ctypes.set_errno(0)
    got = _c.syscall(ctypes.c_long(numbers[name]), *arguments)
    if got == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return got
'''
"""What every attempt in Python can use, beside the variables of `Bait.inputs`."""

ENDING = '\n{"through": through, "stopped": stopped}\n'


@dataclass(frozen=True, slots=True)
class Attempt:
    """A program that tries something. It adds to `through` whatever it could do, and should not."""

    name: str
    tries: str
    """What it tries, in words."""
    code: str
    where: tuple[Where, ...] = ANYWHERE_PYTHON

    def program(self, where: Where) -> str:
        """The whole program."""
        return self.code if where == "expression" else f"{PREAMBLE}\n{self.code}\n{ENDING}"
