"""A connection of the SDK's client kept open over many calls: for stdio servers and servers of the 2025 era.

The SDK's client must be opened and closed by one task; that task lives here, and others borrow the client.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import anyio
import httpx2
from mcp import Client, MCPError
from mcp_types import RequestParamsMeta
from pydantic import ValidationError

from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.protocol import CONNECTION_CLOSED

_BROKEN = (OSError, httpx2.HTTPError, anyio.ClosedResourceError, anyio.BrokenResourceError)
_NO_ANSWER = (MCPError, ValidationError, RuntimeError, ValueError)
_MOST_PAGES = 100


class HeldSession:
    """Opens its client when first needed, and again after it broke."""

    def __init__(self, server: str, make_client: Callable[[], Client], *, connect_seconds: float) -> None:
        self._server = server
        self._make_client = make_client
        self._connect_seconds = connect_seconds
        self._opening = asyncio.Lock()
        self._client: Client | None = None
        self._holder: asyncio.Task[None] | None = None
        self._release = asyncio.Event()

    async def list_tools(self, *, seconds: float) -> list[dict[str, Any]]:
        """Every tool definition the server has.

        Raises:
            UpstreamAwayError: the server cannot be reached or broke off.
            UpstreamAnswerError: it answered with an error, or its pages do not end.
        """
        tools: list[dict[str, Any]] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            async with self._borrowed(seconds) as client:
                page = await client.list_tools(cursor=cursor, cache_mode="refresh")
            tools += [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in page.tools]
            cursor = page.next_cursor
            if cursor is None:
                return tools
        raise UpstreamAnswerError(f"the tool list of {self._server} does not end")

    async def call(
        self, tool: str, arguments: Mapping[str, Any], meta: Mapping[str, Any], *, seconds: float
    ) -> dict[str, Any]:
        """The result of one tool call as it stands on the wire.

        Raises:
            UpstreamAwayError: the server cannot be reached, broke off or took longer than `seconds`.
            UpstreamAnswerError: it answered with an error, or against its own schema.
        """
        async with self._borrowed(seconds) as client:
            result = await client.call_tool(tool, dict(arguments), meta=cast(RequestParamsMeta, dict(meta)))
        return result.model_dump(mode="json", by_alias=True, exclude_none=True)

    async def close(self) -> None:
        """Close the connection, and the server with it when it is a subprocess of ours."""
        self._release.set()
        if self._holder is not None:
            if self._client is None:
                self._holder.cancel()
            await asyncio.wait([self._holder])
        self._client = self._holder = None

    @asynccontextmanager
    async def _borrowed(self, seconds: float) -> AsyncIterator[Client]:
        client = await self._open()
        try:
            async with asyncio.timeout(seconds):
                yield client
        except TimeoutError:
            raise UpstreamAwayError(self._server, f"no answer in {seconds:g} s", delivered=True) from None
        except _BROKEN as error:
            self._drop(client)
            raise UpstreamAwayError(self._server, _words(error), delivered=True) from error
        except MCPError as error:
            if error.code == CONNECTION_CLOSED:
                self._drop(client)
                raise UpstreamAwayError(self._server, "the connection broke", delivered=True) from error
            raise UpstreamAnswerError(error.message, code=error.code) from error
        except (ValidationError, RuntimeError) as error:
            raise UpstreamAnswerError(f"{self._server} answered against its own schema: {error}") from error

    async def _open(self) -> Client:
        async with self._opening:
            if self._client is not None:
                return self._client
            if self._holder is not None:
                await asyncio.wait([self._holder])
            self._release = asyncio.Event()
            opened: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
            self._holder = asyncio.create_task(self._hold(opened, self._release))
            try:
                async with asyncio.timeout(self._connect_seconds):
                    self._client = await opened
            except TimeoutError:
                self._holder.cancel()
                slow = f"not ready in {self._connect_seconds:g} s"
                raise UpstreamAwayError(self._server, slow, delivered=False) from None
            return self._client

    async def _hold(self, opened: asyncio.Future[Client], release: asyncio.Event) -> None:
        """Open the client, keep it until released, close it; always in this one task."""
        try:
            async with self._make_client() as client:
                if not opened.done():
                    opened.set_result(client)
                    await release.wait()
        except (*_BROKEN, *_NO_ANSWER, ExceptionGroup) as error:
            if not opened.done():
                opened.set_exception(UpstreamAwayError(self._server, _words(error), delivered=False))

    def _drop(self, client: Client) -> None:
        if self._client is client:
            self._client = None
            self._release.set()


def _words(error: BaseException) -> str:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__
