"""The MCP endpoint agents and other clients speak to, in both eras."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from mcp import MCPError
from mcp.server import Server
from mcp.server.context import CallNext, HandlerResult
from starlette.types import ASGIApp

from muster.gateway.announcing import announced, discovered
from muster.gateway.asking import Asking
from muster.gateway.catalogue import Catalogue
from muster.gateway.changes import Changes
from muster.gateway.door import Door
from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.front import Front, front_of, presence_of
from muster.gateway.gate import Gate
from muster.gateway.listening import Listening
from muster.gateway.listing import KINDS, listed, tools_listed
from muster.gateway.passed_method import RECORDED
from muster.gateway.protocol import (
    CACHEABLE_METHODS,
    IDENTITY,
    INTERNAL_ERROR,
    SERVER_INFO_META_KEY,
    Context,
    check_request,
    serve_over_http,
    unknown_method,
)
from muster.ledger.errors import CallBegunError, LedgerUnavailableError
from muster.ledger.postgres import PostgresLedger

_LARGEST_BODY = 1_048_576
_ENVELOPE_ONLY: Final = ("resultType", "ttlMs", "cacheScope")
"""What only results of 2026-07-28 have."""


class GatewayServer:
    """Turns MCP requests into calls of the gate, and passes on what is no call."""

    def __init__(self, ledger: PostgresLedger, gate: Gate, catalogue: Catalogue) -> None:
        self._gate = gate
        self._changes = Changes()
        self._asking = Asking(ledger, gate, catalogue)
        self._listening = Listening(gate.upstreams, self._changes)

    def mcp(self) -> Server[Any]:
        """The MCP server; every message goes through `_serve`, none to a handler of the SDK's."""
        server: Server[Any] = Server(
            IDENTITY["name"],
            version=IDENTITY["version"],
            title=IDENTITY["title"],
            lifespan=self._lifespan,
            get_tool_input_schema=lambda _name: None,
        )
        server.middleware.append(self._serve)
        return server

    @asynccontextmanager
    async def _lifespan(self, _server: Server[Any]) -> AsyncIterator[None]:
        try:
            yield
        finally:
            self._asking.close()
            self._listening.close()

    async def _serve(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        presence = presence_of(ctx)
        await self._changes.registry_is(presence.registry_revision)
        try:
            front = front_of(ctx, await self._gate.opened(presence), presence, self._changes)
            if ctx.request_id is None:
                return await self._noticed(front, call_next)
            if ctx.method == "initialize":
                return await self._begun(front, call_next)
            check_request(ctx)
            return _finished(front, await self._answered(front))
        except LedgerUnavailableError as error:
            raise MCPError(INTERNAL_ERROR, f"the ledger is away: {error}") from error
        except CallBegunError as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from error
        except UpstreamAnswerError as error:
            raise MCPError(error.code or INTERNAL_ERROR, error.what, error.data) from error
        except UpstreamAwayError as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from error

    async def _answered(self, front: Front) -> dict[str, Any]:
        method = front.ctx.method
        match method:
            case "tools/call":
                return await self._asking.tool(front)
            case "tools/list":
                return tools_listed(front, await self._gate.offered(front.presence))
            case "server/discover":
                return await discovered(front, self._gate.upstreams)
            case "subscriptions/listen":
                return await self._listening.listen(front)
            case "logging/setLevel":
                front.set_level(front.params.get("level"))
                return {}
            case "ping":
                return {}
            case _ if method in KINDS:
                return await listed(front, self._gate.upstreams, method)
            case _ if method in RECORDED:
                return await self._passed(front)
        raise unknown_method(method)

    async def _passed(self, front: Front) -> dict[str, Any]:
        result, server, uri = await self._asking.method(front)
        if front.ctx.method == "resources/subscribe":
            await self._listening.subscribe(front, server, uri)
        elif front.ctx.method == "resources/unsubscribe":
            self._listening.unsubscribe(front, uri)
        return result

    async def _begun(self, front: Front, call_next: CallNext) -> HandlerResult:
        """The handshake of the 2025 era, answered by the SDK but for what we serve."""
        result = await call_next(front.ctx)
        front.remember(front.params.get("capabilities"))
        found = await announced(front, self._gate.upstreams)
        return {**result, **found} if isinstance(result, dict) else result

    async def _noticed(self, front: Front, call_next: CallNext) -> HandlerResult:
        result = await call_next(front.ctx)
        if front.ctx.method == "notifications/initialized" and not front.is_modern:
            await self._listening.begin(front)
        return result


def endpoint(server: Server[Any], ledger: PostgresLedger, host: str) -> ASGIApp:
    """The server as an ASGI app behind the door; whatever path it is mounted at.

    The server's `session_manager.run()` must be entered while it serves.
    """
    return Door(serve_over_http(server, host, _LARGEST_BODY), ledger)


def _finished(front: Front, result: dict[str, Any]) -> dict[str, Any]:
    """The result with what the caller's era asks of it, and under our own name."""
    if not front.is_modern:
        return {key: value for key, value in result.items() if key not in _ENVELOPE_ONLY}
    result.setdefault("resultType", "complete")
    if front.ctx.method in CACHEABLE_METHODS and result["resultType"] == "complete":
        result.setdefault("ttlMs", 0)
        result["cacheScope"] = "private"
    result["_meta"] = {**(result.get("_meta") or {}), SERVER_INFO_META_KEY: IDENTITY}
    return result
