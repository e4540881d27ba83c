"""Waiting for a part that is away: longer each time, and one task at a time until one goes well again."""

import random


class StandBy:
    """How long a shift waits before it tries again."""

    def __init__(
        self,
        chance: random.Random,
        *,
        first_seconds: float = 1.0,
        longest_seconds: float = 60.0,
        jitter: float = 0.5,
    ) -> None:
        """
        Args:
            jitter: the share of the wait that is random, so that many workers do not come back at one moment.
        """
        self._chance = chance
        self._first_seconds = first_seconds
        self._longest_seconds = longest_seconds
        self._jitter = jitter
        self._failures = 0

    @property
    def careful(self) -> bool:
        """Whether nothing has gone well since the last failure: one task is tried before more are taken."""
        return self._failures > 0

    def failed(self) -> float:
        """Seconds to wait now that a part was away once more."""
        grown = self._first_seconds * 2.0 ** min(self._failures, 30)
        self._failures += 1
        delay = min(grown, self._longest_seconds)
        return delay * (1 - self._jitter * self._chance.random())

    def went_well(self) -> None:
        """The parts are there again."""
        self._failures = 0
