"""How long the systems take to answer, for tests of what happens while an answer is outstanding."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Self, TypeVar

from muster.core.errors import CallerError
from muster.demo.company.tool import NotPossibleError

T = TypeVar("T")


class PaceError(CallerError):
    """A pace that is not two numbers of milliseconds."""


class Pace:
    """Answers after a random time; a change is booked early or late in it by chance.

    One call in three is carried out at once and answered late. One is carried out at the end, and never when
    its caller hung up meanwhile. One is carried out at the end even so.
    """

    def __init__(self, least_ms: float, most_ms: float, seed: int = 0) -> None:
        self._least_ms = least_ms
        self._most_ms = most_ms
        self._dice = Random(seed)  # noqa: S311 timing, not a secret

    @classmethod
    def parsed(cls, text: str, seed: int = 0) -> Self:
        """The pace of a text such as `40:400`.

        Raises:
            PaceError: it is not two numbers, the lesser first.
        """
        least, _, most = text.partition(":")
        if not (least.isdecimal() and most.isdecimal() and int(least) <= int(most)):
            raise PaceError(f"{text!r} is no pace", do="give the fewest and the most milliseconds: 40:400")
        return cls(int(least), int(most), seed)

    async def act(self, carry_out: Callable[[], T], hung_up: Callable[[], Awaitable[bool]]) -> T:
        """What `carry_out` gives or raises, after the time that is due.

        Args:
            hung_up: whether the caller has gone.

        Raises:
            NotPossibleError: it was not carried out, because the caller has gone.
        """
        seconds = self._dice.uniform(self._least_ms, self._most_ms) / 1000
        way = self._dice.choice(("first", "last", "last if heard"))
        if way == "first":
            try:
                return carry_out()
            finally:
                await asyncio.sleep(seconds)
        await asyncio.sleep(seconds)
        if way == "last if heard" and await hung_up():
            raise NotPossibleError("The caller hung up. Nothing was done.")
        return carry_out()
