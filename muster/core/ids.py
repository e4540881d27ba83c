"""Sortable ids with a prefix that says what they name.

An id is a prefix, an underscore and the 26 characters (Crockford base 32) of a UUIDv7 (RFC 9562): `tsk_01k…`.
Ids made later sort later, to the millisecond.
"""

import secrets
from collections.abc import Callable
from typing import Literal, NewType

from muster.core.clock import Clock, SystemClock

TaskId = NewType("TaskId", str)
RunId = NewType("RunId", str)
EventId = NewType("EventId", str)

IdPrefix = Literal["tsk", "run", "evt", "esc", "mcl", "tcl", "qua", "apr", "tok", "sea", "rep"]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]


class IdMaker:
    """Makes ids from a clock and a source of random bytes."""

    def __init__(
        self, clock: Clock | None = None, random_bytes: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._clock = clock or SystemClock()
        self._random_bytes = random_bytes

    def new(self, prefix: IdPrefix) -> str:
        """A fresh id, 30 characters long."""
        unix_ms = int(self._clock.now().timestamp() * 1000)
        noise = int.from_bytes(self._random_bytes(10))
        value = (unix_ms & (1 << 48) - 1) << 80 | 0x7 << 76 | (noise >> 68 & 0xFFF) << 64 | 0b10 << 62
        value |= noise & (1 << 62) - 1
        return f"{prefix}_{_base32(value)}"


def _base32(value: int) -> str:
    return "".join([_PAIRS[value >> shift & 1023] for shift in range(120, -1, -10)])
