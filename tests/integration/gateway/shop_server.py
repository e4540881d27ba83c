"""A small shop as an MCP server, the system behind the gateway in tests: over HTTP (`--port`) or stdio."""

import argparse
import asyncio
import os
from typing import Any

import anyio
import mcp_types as types
import uvicorn
from mcp.server import Server
from mcp.server.stdio import stdio_server
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_TEXT = {"type": "string"}
_TOOLS = {
    "get_order": {"order_number": _TEXT},
    "issue_refund": {
        "order_number": _TEXT,
        "amount": {"type": "number"},
        "currency": _TEXT,
        "idempotency_key": _TEXT,
    },
    "delete_customer": {"customer_id": _TEXT},
    "write_novel": {"characters": {"type": "integer"}},
    "who_asks": {},
    "crash": {},
    "note": {"text": _TEXT},
    "sleep": {"seconds": {"type": "number"}},
}


async def list_tools(_ctx: Any, _params: Any) -> types.ListToolsResult:
    return types.ListToolsResult(
        tools=[
            types.Tool(
                name=name,
                description=os.environ.get("SHOP_DESCRIPTION", f"The shop's {name}."),
                input_schema={"type": "object", "properties": properties, "required": list(properties)},
            )
            for name, properties in _TOOLS.items()
        ]
    )


async def call_tool(_ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    given = params.arguments or {}
    match params.name:
        case "get_order" if given["order_number"] == "BL-0":
            return _says("there is no order BL-0", is_error=True)
        case "get_order":
            return _says(f"{given['order_number']}: one towel")
        case "issue_refund":
            return _says(f"refunded {given['amount']} {given['currency']}")
        case "delete_customer":
            return _says(f"deleted {given['customer_id']}")
        case "write_novel":
            return _says("x" * given["characters"])
        case "who_asks":
            return _says(f"{(params.meta or {}).get('muster/task_id')} {sorted(os.environ)}")
        case "note":
            return _says(f"noted {given['text']}")
        case "sleep":
            await anyio.sleep(given["seconds"])
            return _says("slept")
        case _:
            os._exit(3)


def without_modern_era(app: ASGIApp) -> ASGIApp:
    """`app` as a server of 2025 behaves: a version it does not know is a bad request."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if (b"mcp-protocol-version", b"2026-07-28") in scope.get("headers", ()):
            await PlainTextResponse("Bad Request: No valid session ID", 400)(scope, receive, send)
        else:
            await app(scope, receive, send)

    return serve


def _says(text: str, *, is_error: bool = False) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=is_error)


async def _serve_stdio(server: Server[Any]) -> None:
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--legacy", action="store_true", help="Speak only the 2025 era.")
    given = parser.parse_args()
    server: Server[Any] = Server("shop", on_list_tools=list_tools, on_call_tool=call_tool)
    if given.port is None:
        asyncio.run(_serve_stdio(server))
    else:
        app = server.streamable_http_app()
        served = without_modern_era(app) if given.legacy else app
        uvicorn.run(served, host="127.0.0.1", port=given.port, log_level="error")


if __name__ == "__main__":
    main()
