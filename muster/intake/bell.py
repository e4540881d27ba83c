"""The bell: whoever waits for work hears at once when some arrives."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

log = logging.getLogger(__name__)

EVERYBODY = "fleet"
"""What is rung for all teams."""
_HEARTBEAT_SECONDS = 20.0
_AGAIN_SECONDS = (0.1, 0.5, 2.0, 5.0)
"""How long to wait before connecting again, the last one for good."""
_PATIENCE = {
    "connect_timeout": "5",
    "keepalives_idle": "20",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""A peer that is silently gone is noticed within about half a minute."""


class WorkBell:
    """Rings when a task stands in a team's queue, or a halt is over.

    The database rings when what it tells of is committed. It takes one connection a process, which may not go
    through a pooler that lends connections by the transaction. While the connection is lost nothing is heard;
    when it is back everybody is woken, for anything may have happened.
    """

    def __init__(self, url: str) -> None:
        self._address = make_conninfo(url, **_PATIENCE)
        self._rung: Counter[str] = Counter()
        self._heard: dict[str, int] = {}
        self._waiting: dict[str, set[asyncio.Future[None]]] = defaultdict(set)
        self._connected = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Self]:
        """A bell that listens while the block lasts, whether or not the database is there yet."""
        bell = cls(url)
        listening = asyncio.create_task(bell._listen())
        try:
            yield bell
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    def rings(self, team: str) -> int:
        """How often it has rung for the team so far: to be asked before looking into the queue."""
        return self._rung[team] + self._rung[EVERYBODY]

    async def wait(self, team: str, seconds: float, *, since: int | None = None) -> bool:
        """Returns when it rings for the team, or when the time is over; whether it rang.

        Args:
            seconds: look into the queue all the same after this time: a bell can be missed.
            since: what `rings` gave before the queue was found empty: a ring after that is not missed.
                Without it, one since the last wait for this team.
        """
        after = self._heard.get(team, 0) if since is None else since
        if self.rings(team) <= after:
            rung: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting[team].add(rung)
            try:
                async with asyncio.timeout(seconds):
                    await rung
            except TimeoutError:
                return False
            finally:
                self._waiting[team].discard(rung)
        self._heard[team] = self.rings(team)
        return True

    async def connected(self) -> None:
        """Returns when it listens."""
        await self._connected.wait()

    def _ring(self, team: str) -> None:
        self._rung[team] += 1
        for name in list(self._waiting) if team == EVERYBODY else [team]:
            for waiting in self._waiting.get(name, ()):
                if not waiting.done():
                    waiting.set_result(None)

    async def _listen(self) -> None:
        failures = 0
        while True:
            try:
                async with await AsyncConnection.connect(self._address, autocommit=True) as connection:
                    await connection.execute("LISTEN muster_work")
                    failures = 0
                    self._connected.set()
                    self._ring(EVERYBODY)
                    await self._hear(connection)
            except psycopg.OperationalError as error:
                level = logging.WARNING if failures == 0 else logging.DEBUG
                log.log(level, "the bell is not connected; the queue is looked into now and then: %s", error)
            finally:
                self._connected.clear()
            await asyncio.sleep(_AGAIN_SECONDS[min(failures, len(_AGAIN_SECONDS) - 1)])
            failures += 1

    async def _hear(self, connection: AsyncConnection) -> None:
        while True:
            async for notice in connection.notifies(timeout=_HEARTBEAT_SECONDS):
                self._ring(notice.payload)
            await connection.execute("SELECT")  # finds out whether anybody is there
