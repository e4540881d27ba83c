"""Conversations that outlive a request: one for each caller that can be asked, one for all others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from muster.core.canonical import canonical_json
from muster.gateway.errors import UpstreamAnswerError
from muster.gateway.exchange import Exchange

_IDLE_SECONDS = 600.0
Key = tuple[str | None, bytes]


class Closes(Protocol):
    """What a conversation holds on to."""

    async def close(self) -> None:
        """Let go of it."""
        ...


S = TypeVar("S", bound=Closes)


@dataclass(slots=True)
class _Kept(Generic[S]):
    speaker: S
    users: int = 0
    idle_since: float = 0.0


class Conversations(Generic[S]):
    """Makes a speaker when first needed, and lets go of it when nobody used it for a while."""

    def __init__(self, server: str, make: Callable[[Exchange], Awaitable[S]], *, most: int) -> None:
        self._server = server
        self._make = make
        self._most = most
        self._kept: dict[Key, _Kept[S]] = {}
        self._making: dict[Key, asyncio.Lock] = {}
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def of(self, exchange: Exchange) -> AsyncIterator[S]:
        """The caller's speaker, kept while the block lasts.

        Raises:
            UpstreamAwayError: the system cannot be reached.
            UpstreamAnswerError: there are too many conversations already, or the system speaks no MCP.
        """
        key = key_of(exchange)
        kept = self._kept.get(key)
        if kept is None:
            kept = await self._made(key, exchange)
        kept.users += 1
        try:
            yield kept.speaker
        finally:
            kept.users -= 1
            kept.idle_since = asyncio.get_running_loop().time()

    def forget(self, speaker: Closes) -> None:
        """Begin anew with the next request: the conversation is broken."""
        for key, kept in list(self._kept.items()):
            if kept.speaker is speaker:
                del self._kept[key]
                self._close_later(kept.speaker)

    def end(self, owner: str) -> None:
        """Let go of all conversations of one owner, who is gone."""
        for key, kept in list(self._kept.items()):
            if key[0] == owner:
                del self._kept[key]
                self._close_later(kept.speaker)

    async def close(self) -> None:
        """Let go of all."""
        speakers = [kept.speaker for kept in self._kept.values()]
        self._kept.clear()
        await asyncio.gather(*(speaker.close() for speaker in speakers), *self._closing)

    def _close_later(self, speaker: Closes) -> None:
        task = asyncio.create_task(speaker.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _made(self, key: Key, exchange: Exchange) -> _Kept[S]:
        lock = self._making.setdefault(key, asyncio.Lock())
        async with lock:
            try:
                if key not in self._kept:
                    self._make_room()
                    self._kept[key] = _Kept(await self._make(exchange))
            finally:
                self._making.pop(key, None)
            return self._kept[key]

    def _make_room(self) -> None:
        now = asyncio.get_running_loop().time()
        idle = sorted(
            (kept.idle_since, key)
            for key, kept in self._kept.items()
            if kept.users == 0 and key[0] is not None
        )
        for since, key in idle:
            if now - since > _IDLE_SECONDS or len(self._kept) >= self._most:
                self._close_later(self._kept.pop(key).speaker)
        if len(self._kept) >= self._most:
            raise UpstreamAnswerError(f"{self._server} has {self._most} conversations going on; come later")


def key_of(exchange: Exchange) -> Key:
    """Which conversation a caller takes part in."""
    if exchange.owner is None:
        return None, b"{}"
    return exchange.owner, canonical_json(dict(exchange.capabilities))
