"""The MCP endpoint agents and other clients speak to, in both eras."""

import re
from collections.abc import Mapping
from typing import Any

from mcp import MCPError
from mcp.server import Server, ServerRequestContext
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    Tool,
)
from starlette.types import ASGIApp

from muster.gateway.catalogue import Catalogue
from muster.gateway.door import Door, presence_in
from muster.gateway.errors import CallRepeatedError
from muster.gateway.gate import Gate
from muster.gateway.protocol import OWN_META_PREFIX
from muster.gateway.tokens import Presence
from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.postgres import PostgresLedger

_CALL_ID = re.compile(r"[A-Za-z0-9_.:#-]{1,128}")
_LARGEST_BODY = 1_048_576
_LIST_TTL_MS = 60_000

Context = ServerRequestContext[Any, Any]


class GatewayServer:
    """Turns MCP requests into calls of the gate."""

    def __init__(self, ledger: PostgresLedger, gate: Gate, catalogue: Catalogue) -> None:
        self._ledger = ledger
        self._gate = gate
        self._catalogue = catalogue

    def mcp(self) -> Server[Any]:
        """The MCP server; tools are all it serves."""
        return Server(
            "muster",
            version="0.1.0",
            title="muster gateway",
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            get_tool_input_schema=self._input_schema,
        )

    async def _list_tools(self, ctx: Context, _params: PaginatedRequestParams | None) -> ListToolsResult:
        try:
            tools = await self._gate.offered(_presence(ctx))
        except LedgerUnavailableError as error:
            raise MCPError(INTERNAL_ERROR, f"tools cannot be listed: {error}") from error
        offered = [Tool.model_validate(tool.offered) for tool in tools]
        return ListToolsResult(tools=offered, ttl_ms=_LIST_TTL_MS, cache_scope="private")

    async def _call_tool(self, ctx: Context, params: CallToolRequestParams) -> CallToolResult:
        try:
            reply = await self._gate.call(
                _presence(ctx), params.name, params.arguments or {}, self._call_id(ctx.meta)
            )
        except LedgerUnavailableError as error:
            raise MCPError(INTERNAL_ERROR, f"the ledger is away: {error}") from error
        except CallRepeatedError as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from error
        return reply.to_result()

    def _call_id(self, meta: Mapping[str, Any] | None) -> str:
        """The caller's own id for the call; a fresh one when it gives none.

        An id that cannot be recorded as it is must not be replaced: the caller could not find its call again.
        """
        given = (meta or {}).get(f"{OWN_META_PREFIX}call_id")
        if given is None:
            return self._ledger.ids.new("tcl")
        if isinstance(given, str) and _CALL_ID.fullmatch(given):
            return given
        raise MCPError(INVALID_PARAMS, f"{OWN_META_PREFIX}call_id must match {_CALL_ID.pattern}")

    def _input_schema(self, name: str) -> Mapping[str, Any] | None:
        """The schema whose `x-mcp-header` marks are compared with the headers."""
        tool = self._catalogue.latest.tools.get(name)
        return tool.input_schema if tool is not None else None


def endpoint(server: Server[Any], ledger: PostgresLedger, host: str) -> ASGIApp:
    """The server as an ASGI app behind the door; whatever path it is mounted at.

    The server's `session_manager.run()` must be entered while it serves.
    """
    server.streamable_http_app(host=host, max_request_body_size=_LARGEST_BODY)
    return Door(server.session_manager.handle_request, ledger)


def _presence(ctx: Context) -> Presence:
    if ctx.request is None:
        raise MCPError(INTERNAL_ERROR, "the gateway is reached over HTTP only")
    return presence_in(ctx.request.scope)
