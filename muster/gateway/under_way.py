"""Requests on their way to a system: whose each one is, how long it may take, what belongs to it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from muster.gateway.carrier import STREAM_CLOSED, Message
from muster.gateway.errors import UpstreamAwayError
from muster.gateway.exchange import Exchange
from muster.gateway.protocol import LOG_LEVEL_META_KEY, LOG_LEVELS

_LONGEST_TIMES = 20
"""A system that keeps telling of progress may take so many times as long as a silent one."""
_PROGRESS, _LOG = "notifications/progress", "notifications/message"
BELONGS_TO_ONE = frozenset({_PROGRESS, _LOG})
"""Notifications about one request."""


@dataclass(slots=True)
class UnderWay:
    """One request."""

    request_id: int
    exchange: Exchange
    seconds: float
    token: int | str | None = None
    """What the caller knows its progress by; null when it did not ask for progress."""
    own_tokens: bool = False
    """Whether the system was given the request's id for a progress token, the only one of its kind."""
    _clock: asyncio.Timeout | None = field(default=None, repr=False)
    _latest: float = 0.0
    _questions: int = 0

    @property
    def meta(self) -> dict[str, Any]:
        """What of the caller's `_meta` the system gets."""
        meta = dict(self.exchange.meta)
        if self.token is not None and self.own_tokens:
            meta["progressToken"] = self.request_id
        return meta

    async def hear(self, message: Message) -> None:
        """Pass on what the system says about this request."""
        self._go_on()
        method, params = message.get("method"), message.get("params") or {}
        if message is STREAM_CLOSED:
            await self.exchange.pause()
        elif method == _PROGRESS:
            if self.token is not None:
                await self.exchange.tell(_PROGRESS, {**params, "progressToken": self.token})
        elif method == _LOG:
            if _wanted(params.get("level"), self.exchange.log_level):
                await self.exchange.tell(_LOG, params)
        elif isinstance(method, str):
            await self.exchange.tell(method, params)

    @asynccontextmanager
    async def in_time(self, server: str) -> AsyncIterator[None]:
        """Hold the request to its time; what it tells meanwhile gives it more.

        Raises:
            UpstreamAwayError: it took too long.
        """
        now = asyncio.get_running_loop().time()
        self._latest = now + _LONGEST_TIMES * self.seconds
        try:
            async with asyncio.timeout_at(now + self.seconds) as self._clock:
                yield
        except TimeoutError:
            raise UpstreamAwayError(server, f"no answer in {self.seconds:g} s", delivered=True) from None
        finally:
            self._clock = None

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Stop the clock while the caller is asked something: people take longer than systems."""
        self._questions += 1
        asked_at = asyncio.get_running_loop().time()
        if self._clock is not None and not self._clock.expired():
            self._clock.reschedule(None)
        try:
            yield
        finally:
            self._questions -= 1
            self._latest += asyncio.get_running_loop().time() - asked_at
            self._go_on()

    def _go_on(self) -> None:
        if self._clock is not None and not self._questions and not self._clock.expired():
            now = asyncio.get_running_loop().time()
            self._clock.reschedule(min(now + self.seconds, self._latest))


class RequestsUnderWay:
    """All of one connection, so that what comes beside an answer finds the request it is about."""

    def __init__(self) -> None:
        self._all: dict[int, UnderWay] = {}
        self._ids = itertools.count(1)

    @contextmanager
    def one(self, exchange: Exchange, seconds: float, *, own_tokens: bool) -> Iterator[UnderWay]:
        """A new request, known while the block lasts."""
        token = exchange.meta.get("progressToken")
        request = UnderWay(next(self._ids), exchange, seconds, token, own_tokens)
        self._all[request.request_id] = request
        try:
            yield request
        finally:
            del self._all[request.request_id]

    def of(self, message: Message) -> UnderWay | None:
        """The request a message is about; null when nothing says so and there is not exactly one.

        Where one caller has several, the newest is as good as any: none of them is another caller's.
        """
        params = message.get("params") or {}
        token = params.get("progressToken")
        if token is not None:
            return self._all.get(token) if isinstance(token, int) else None
        requests = [request for request in self._all.values() if not request.exchange.follows]
        owners = {request.exchange.owner for request in requests}
        if len(requests) == 1 or (len(owners) == 1 and None not in owners):
            return requests[-1]
        return None


def log_level_in(meta: Mapping[str, Any]) -> str | None:
    """The least severe log message a modern request wants; null: none."""
    level = meta.get(LOG_LEVEL_META_KEY)
    return level if level in LOG_LEVELS else None


def _wanted(level: object, least: str | None) -> bool:
    if least is None or level not in LOG_LEVELS:
        return False
    return LOG_LEVELS.index(str(level)) >= LOG_LEVELS.index(least)
