"""How long a run may still take; checked between steps, so that what was begun is always recorded."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from muster.teams.errors import PersonNeededError


class Deadline:
    """The end of a task's time."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = seconds
        self._clock = clock
        self._end = clock() + seconds

    @property
    def left_seconds(self) -> float:
        """What is left; 0 when nothing is."""
        return max(0.0, self._end - self._clock())

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """A block that does not count: what is waited for in it was never meant to be quick."""
        began = self._clock()
        try:
            yield
        finally:
            self._end += self._clock() - began

    def check(self) -> None:
        """Returns while there is time.

        Raises:
            PersonNeededError: the time is over.
        """
        if self.left_seconds == 0:
            raise PersonNeededError("time_limit", f"not done after {self._limit:g} s")
