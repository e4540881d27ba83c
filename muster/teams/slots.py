"""How many tasks one host works on at once, shared fairly: who holds fewest gets the next slot."""

import asyncio
import sys
from collections import Counter
from dataclasses import dataclass, field


@dataclass(eq=False)
class _Waiting:
    team: str
    wanted: int
    at_most: int
    granted: int = 0
    ready: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Slots:
    """The slots of one host.

    Sharing is max-min fair without taking anything away: a free slot goes to the waiting team that holds
    fewest, and among equals to the one that waits longest. A team alone may hold all, up to its own limit.
    """

    def __init__(self, most: int) -> None:
        """
        Args:
            most: tasks of all teams together.
        """
        self._free = most
        self._held: Counter[str] = Counter()
        self._waiting: list[_Waiting] = []

    @property
    def free(self) -> int:
        """Slots nobody holds."""
        return self._free

    def held(self, team: str) -> int:
        """Slots the team holds."""
        return self._held[team]

    async def take(self, team: str, *, wanted: int = 1, at_most: int | None = None) -> int:
        """Slots for the team: what is free and fair, from one to `wanted`; waits for the first.

        Args:
            at_most: the team's own limit over everything it holds on this host; None: there is none.
        """
        waiting = _Waiting(team, wanted, sys.maxsize if at_most is None else at_most)
        self._waiting.append(waiting)
        self._share_out()
        try:
            await waiting.ready
        except asyncio.CancelledError:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            if waiting.granted:  # granted in the very moment it was given up
                self.give_back(team, waiting.granted)
            raise
        return waiting.granted

    def give_back(self, team: str, count: int = 1) -> None:
        """Free slots the team holds, for whoever is next."""
        self._held[team] -= count
        if not self._held[team]:
            del self._held[team]
        self._free += count
        self._share_out()

    def _share_out(self) -> None:
        while self._free and (next_one := self._next()) is not None:
            next_one.granted += 1
            self._held[next_one.team] += 1
            self._free -= 1
        for served in [waiting for waiting in self._waiting if waiting.granted]:
            self._waiting.remove(served)
            served.ready.set_result(None)

    def _next(self) -> _Waiting | None:
        """Who gets the next slot; the list is in order of arrival and `min` keeps the first among equals."""
        may = (
            waiting
            for waiting in self._waiting
            if waiting.granted < waiting.wanted
            and self._held[waiting.team] < waiting.at_most
            and not waiting.ready.done()
        )
        return min(may, key=lambda waiting: self._held[waiting.team], default=None)
