"""Something that runs of one process share: opened for the first, closed after the last."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class _Opened(Generic[T]):
    def __init__(self, open_it: Callable[[], AbstractAsyncContextManager[T]]) -> None:
        self.users = 0
        self.value: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._unused = asyncio.Event()
        # of its own: what it holds must not keep the first run's context alive
        self._keeper = asyncio.create_task(self._keep(open_it), context=contextvars.Context())

    async def _keep(self, open_it: Callable[[], AbstractAsyncContextManager[T]]) -> None:
        try:
            async with open_it() as value:
                self.value.set_result(value)
                await self._unused.wait()
        except Exception as error:
            if self.value.done():
                raise
            self.value.set_exception(error)  # each user hears of it

    async def close(self) -> None:
        self._unused.set()
        await self._keeper


class Shared(Generic[T]):
    """One of its kind for all users at a time."""

    def __init__(self, open_it: Callable[[], AbstractAsyncContextManager[T]]) -> None:
        self._open_it = open_it
        self._opened: _Opened[T] | None = None

    @asynccontextmanager
    async def use(self) -> AsyncIterator[T]:
        """It, open as long as the block. Whatever opening raises is raised here."""
        opened = self._opened
        if opened is None:
            opened = self._opened = _Opened(self._open_it)
        opened.users += 1
        try:
            yield await asyncio.shield(opened.value)
        finally:
            opened.users -= 1
            if not opened.users:
                self._opened = None
                await opened.close()
