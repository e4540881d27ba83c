"""A system reached over streamable HTTP, of either era."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.held_session import HeldSession
from muster.gateway.http_pool import HttpPool
from muster.gateway.mcp_servers import HttpServer
from muster.gateway.modern import ModernClient
from muster.gateway.patience import Patience
from muster.gateway.policy.files import LimitsPolicy
from muster.gateway.protocol import MODERN_VERSION, UNSUPPORTED_VERSION, param_headers
from muster.gateway.tool import PinnedTool
from muster.ledger.intents import Intent

Era = Literal["modern", "legacy"]


class HttpUpstream:
    """Asks once which era the server is of, and again when it was away or says it changed."""

    def __init__(self, server: HttpServer, http: HttpPool, limits: LimitsPolicy) -> None:
        self._server = server
        self._limits = limits
        self._patience = Patience(server.name, limits.retry_seconds)
        self._modern = ModernClient(
            server.name, server.url, http, headers=server.headers, answer_bytes=limits.answer_bytes
        )
        self._legacy = HeldSession(server.name, self._client, connect_seconds=limits.connect_seconds)
        self._era: Era | None = None
        self._asking = asyncio.Lock()

    async def list_tools(self) -> list[dict[str, Any]]:
        """Every tool definition the server has now."""
        async with self._attempt() as era:
            speaker = self._modern if era == "modern" else self._legacy
            return await speaker.list_tools(seconds=self._limits.call_seconds)

    async def call(
        self, intent: Intent, tool: PinnedTool, arguments: Mapping[str, Any], meta: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The result of one tool call; the permission for it is used up."""
        intent.begin()
        async with self._attempt() as era:
            name, seconds = tool.upstream_name, self._limits.call_seconds
            if era == "legacy":
                return await self._legacy.call(name, arguments, meta, seconds=seconds)
            return await self._modern.request(
                "tools/call",
                {"name": name, "arguments": arguments},
                seconds=seconds,
                name=name,
                meta=meta,
                headers=param_headers(tool.input_schema, arguments),
            )

    async def close(self) -> None:
        """End the session, if there is one."""
        await self._legacy.close()

    @asynccontextmanager
    async def _attempt(self) -> AsyncIterator[Era]:
        async with self._patience.attempt():
            try:
                yield self._era or await self._asked()
            except UpstreamAwayError:
                self._era = None
                raise
            except UpstreamAnswerError as error:
                if error.code == UNSUPPORTED_VERSION:
                    self._era = None
                raise

    async def _asked(self) -> Era:
        async with self._asking:
            if self._era is None:
                self._era = "modern" if await self._is_modern() else "legacy"
            return self._era

    async def _is_modern(self) -> bool:
        seconds = self._limits.connect_seconds
        try:
            found = await self._modern.request("server/discover", {}, seconds=seconds)
        except UpstreamAnswerError:
            return False
        return MODERN_VERSION in found.get("supportedVersions", [])

    def _client(self) -> Client:
        return Client(self._streams(), mode="legacy", cache=None)

    @asynccontextmanager
    async def _streams(self) -> AsyncIterator[Any]:
        async with (
            httpx2.AsyncClient(
                headers=dict(self._server.headers), timeout=self._limits.call_seconds, trust_env=False
            ) as http,
            streamable_http_client(self._server.url, http_client=http) as streams,
        ):
            yield streams
