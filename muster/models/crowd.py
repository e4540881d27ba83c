"""How many calls of a role are under way at a time."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Crowd:
    """Places for calls, role by role; who comes first is let in first."""

    def __init__(self) -> None:
        self._inside: defaultdict[str, int] = defaultdict(int)
        self._queues: defaultdict[str, deque[asyncio.Future[None]]] = defaultdict(deque)

    @asynccontextmanager
    async def place(self, role: str, most: int | None) -> AsyncIterator[None]:
        """A block that is entered when fewer than `most` others of the role are in it; at once without limit.

        A limit that was changed holds for whoever comes next.
        """
        while most is not None and self._inside[role] >= most:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._queues[role].append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._let_in(role)
                raise
        self._inside[role] += 1
        try:
            yield
        finally:
            self._inside[role] -= 1
            self._let_in(role)

    def _let_in(self, role: str) -> None:
        queue = self._queues[role]
        while queue:
            turn = queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
