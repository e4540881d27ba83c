"""An MCP server that has everything the conformance harness looks for, in both eras.

Run: `python -m tests.conformance.everything_server [--port 9100 [--legacy]]`; without a port over stdio.
"""

import argparse
import asyncio
import itertools
from typing import Any

import mcp_types as types
import uvicorn
from mcp.server import NotificationOptions, Server, ServerRequestContext
from mcp.server.caching import CacheHint
from mcp.server.models import InitializationOptions
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http import EventCallback, EventMessage, EventStore
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp_types.methods import CacheableMethod

from tests.conformance import fixture_resources as resources
from tests.conformance.fixture_tools import SCHEMAS, Tools
from tests.integration.gateway.shop_server import without_modern_era

_NAME = "everything"
_RECONNECT_AFTER_MS = 500
_CACHED: tuple[CacheableMethod, ...] = (
    *("tools/list", "prompts/list", "server/discover"),
    *("resources/list", "resources/templates/list", "resources/read"),
)


class _Everything(Server[Any]):
    """Says to clients of 2025, too, that it tells of changed lists."""

    def create_initialization_options(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
    ) -> InitializationOptions:
        changes = NotificationOptions(prompts_changed=True, resources_changed=True, tools_changed=True)
        return super().create_initialization_options(changes, experimental_capabilities, extensions)


class _KeptEvents(EventStore):
    """Keeps what was sent on every stream, so that a client can go on after its last event."""

    def __init__(self) -> None:
        self._events: list[tuple[str, types.JSONRPCMessage | None]] = []

    async def store_event(self, stream_id: str, message: types.JSONRPCMessage | None) -> str:
        self._events.append((stream_id, message))
        return str(len(self._events))

    async def replay_events_after(self, last_event_id: str, send_callback: EventCallback) -> str | None:
        last = int(last_event_id)
        if not 0 < last <= len(self._events):
            return None
        stream_id = self._events[last - 1][0]
        for number, (of_stream, message) in zip(itertools.count(last + 1), self._events[last:], strict=False):
            if of_stream == stream_id and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return stream_id


def everything_server() -> Server[Any]:
    """The server; nothing in it outlives a call but who listens."""
    bus = InMemorySubscriptionBus()
    tools = Tools(bus)
    server = _Everything(
        _NAME,
        version="1.0.0",
        cache_hints={method: CacheHint(ttl_ms=1_000) for method in _CACHED},
        get_tool_input_schema=SCHEMAS.get,
        on_list_tools=tools.list_tools,
        on_call_tool=tools.call_tool,
        on_list_resources=resources.list_resources,
        on_list_resource_templates=resources.list_templates,
        on_read_resource=resources.read_resource,
        on_subscribe_resource=resources.subscribe,
        on_unsubscribe_resource=resources.unsubscribe,
        on_subscriptions_listen=ListenHandler(bus),
        on_list_prompts=resources.list_prompts,
        on_get_prompt=resources.get_prompt,
        on_completion=resources.complete,
        on_set_logging_level=_set_level,
    )
    server.middleware.append(RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience=_NAME))
    return server


async def _set_level(
    _ctx: ServerRequestContext[Any, Any], _params: types.SetLevelRequestParams
) -> types.EmptyResult:
    return types.EmptyResult()


async def _serve_stdio(server: Server[Any]) -> None:
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, help="Serve over HTTP there; else over stdio.")
    parser.add_argument("--legacy", action="store_true", help="Speak only the 2025 era.")
    given = parser.parse_args()
    server = everything_server()
    if given.port is None:
        asyncio.run(_serve_stdio(server))
        return
    app = server.streamable_http_app(event_store=_KeptEvents(), retry_interval=_RECONNECT_AFTER_MS)
    served = without_modern_era(app) if given.legacy else app
    uvicorn.run(served, host="127.0.0.1", port=given.port, log_level="error")


if __name__ == "__main__":
    main()
