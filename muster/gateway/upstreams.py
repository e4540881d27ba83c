"""The systems behind the gateway, each reached in its own way."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from muster.gateway.errors import UpstreamAwayError
from muster.gateway.exchange import NOBODY, Exchange, Params
from muster.gateway.http_pool import HttpPool
from muster.gateway.http_upstream import HttpUpstream
from muster.gateway.mcp_servers import HttpServer, Server
from muster.gateway.policy.files import LimitsPolicy
from muster.gateway.speaker import Served
from muster.gateway.stdio_upstream import StdioUpstream
from muster.gateway.tool import PinnedTool
from muster.ledger.intents import Intent


class Upstream(Protocol):
    """One system behind the gateway."""

    async def list_tools(self) -> list[dict[str, Any]]:
        """The system's tool definitions as it gives them now.

        Raises:
            UpstreamAwayError: it cannot be reached.
            UpstreamAnswerError: it answers with an error.
        """
        ...

    async def served(self, exchange: Exchange) -> Served:
        """What the system says of itself to that caller.

        Raises:
            UpstreamAwayError: it cannot be reached.
            UpstreamAnswerError: it answers with an error.
        """
        ...

    async def look(self, method: str, params: Params, exchange: Exchange = NOBODY) -> dict[str, Any]:
        """A page of a list, or another answer nothing is done for and nothing is learned from.

        Raises:
            UpstreamAwayError: the system cannot be reached.
            UpstreamAnswerError: it answers with an error.
        """
        ...

    async def call(
        self,
        intent: Intent,
        tool: PinnedTool,
        arguments: Mapping[str, Any],
        meta: Mapping[str, Any],
        exchange: Exchange = NOBODY,
    ) -> dict[str, Any]:
        """The result of a call as it stands on the wire; the permission for it is used up.

        What the system tells and asks on the way goes to the exchange.

        Raises:
            IntentUsedError: the permission was used before; nothing was called.
            UpstreamAwayError: the system cannot be reached, broke off or took too long.
            UpstreamAnswerError: it answers with an error.
        """
        ...

    async def follow(
        self, filters: Params, hear: Callable[[str, Params], Awaitable[None]], exchange: Exchange
    ) -> bool:
        """Hear of changes; returns when the stream ended, false where none of this era will ever come.

        Raises:
            UpstreamAwayError: the system cannot be reached, or broke off.
            UpstreamAnswerError: it answers with an error.
        """
        ...

    def end(self, owner: str) -> None:
        """Let go of the conversations of an owner who is gone."""
        ...

    async def close(self) -> None:
        """Let go of connections and subprocesses."""
        ...


class Upstreams:
    """Every configured system, by server name."""

    def __init__(self, servers: Mapping[str, Server], limits: LimitsPolicy, log_dir: Path) -> None:
        self._http = HttpPool(connect_seconds=limits.connect_seconds)
        self._all: dict[str, Upstream] = {
            name: HttpUpstream(server, self._http, limits)
            if isinstance(server, HttpServer)
            else StdioUpstream(server, limits, log_dir)
            for name, server in servers.items()
        }

    def names(self) -> list[str]:
        """The configured servers, in order of name."""
        return sorted(self._all)

    def of(self, server: str) -> Upstream:
        """The system of that name.

        Raises:
            UpstreamAwayError: the mcpServers JSON does not name it (any more).
        """
        try:
            return self._all[server]
        except KeyError:
            raise UpstreamAwayError(server, "it is not configured", delivered=False) from None

    def end(self, owner: str) -> None:
        """Let go of the conversations of an owner who is gone."""
        for upstream in self._all.values():
            upstream.end(owner)

    async def close(self) -> None:
        """Let go of every connection and subprocess."""
        for upstream in self._all.values():
            await upstream.close()
        await self._http.aclose()
