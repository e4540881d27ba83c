"""A system that runs as a subprocess and speaks over its standard input and output."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from muster.gateway.held_session import HeldSession
from muster.gateway.mcp_servers import StdioServer
from muster.gateway.patience import Patience
from muster.gateway.policy.files import LimitsPolicy
from muster.gateway.tool import PinnedTool
from muster.ledger.intents import Intent


class StdioUpstream:
    """One subprocess with a minimal environment, shared by all agents and started again when it died."""

    def __init__(self, server: StdioServer, limits: LimitsPolicy, log_dir: Path) -> None:
        self._server = server
        self._seconds = limits.call_seconds
        self._patience = Patience(server.name, limits.retry_seconds)
        self._log = log_dir / f"upstream-{server.name}.log"
        self._session = HeldSession(server.name, self._client, connect_seconds=limits.start_seconds)

    async def list_tools(self) -> list[dict[str, Any]]:
        """Every tool definition the server has now."""
        async with self._patience.attempt():
            return await self._session.list_tools(seconds=self._seconds)

    async def call(
        self, intent: Intent, tool: PinnedTool, arguments: Mapping[str, Any], meta: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The result of one tool call; the permission for it is used up."""
        intent.begin()
        async with self._patience.attempt():
            return await self._session.call(tool.upstream_name, arguments, meta, seconds=self._seconds)

    async def close(self) -> None:
        """End the subprocess."""
        await self._session.close()

    def _client(self) -> Client:
        return Client(self._streams(), cache=None)

    @asynccontextmanager
    async def _streams(self) -> AsyncIterator[Any]:
        parameters = StdioServerParameters(
            command=self._server.command,
            args=list(self._server.args),
            env=dict(self._server.env),
            cwd=self._server.cwd,
        )
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("a", encoding="utf-8") as errors:
            async with stdio_client(parameters, errlog=errors) as streams:
                yield streams
