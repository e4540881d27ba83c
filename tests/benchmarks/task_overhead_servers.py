"""What stands behind muster's HTTP line: a model server and a shop that answer at once, and the real gateway.

Run by task_overhead.py: `python -m tests.benchmarks.task_overhead_servers model|shop|gateway PORT`.
"""

import asyncio
import json
import sys
import uuid
from typing import Any

import mcp_types as types
import uvicorn
from mcp.server import Server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from muster.core.settings import load_settings
from muster.ledger.postgres import PostgresLedger
from muster.services.database import database_url
from muster.services.gateway_app import build
from tests.benchmarks import task_overhead_work as work
from tests.benchmarks.task_overhead_muster import SCHEMA, next_answer


async def _messages(request: Request) -> Response:
    asked = json.loads(await request.body())
    answer = next_answer(asked["messages"])
    usage = {
        "input_tokens": answer.usage.input_tokens,
        "output_tokens": answer.usage.output_tokens,
        "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 0,
    }
    body = {
        "id": f"msg_{uuid.uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "model": asked["model"],
        "content": answer.content,
        "stop_reason": answer.stop_reason,
        "stop_sequence": None,
        "usage": usage,
    }
    return JSONResponse(body, headers={"request-id": "req_1"})


async def _count_tokens(_: Request) -> Response:
    return JSONResponse({"input_tokens": 1})


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def model_app() -> Starlette:
    """The Messages API, answering at once."""
    return Starlette(
        routes=[
            Route("/healthz", _health),
            Route("/v1/messages", _messages, methods=["POST"]),
            Route("/v1/messages/count_tokens", _count_tokens, methods=["POST"]),
        ]
    )


async def _list_tools(_ctx: Any, _params: Any) -> types.ListToolsResult:
    return types.ListToolsResult(
        tools=[types.Tool(name=tool, description="An order.", input_schema=SCHEMA) for tool in work.TOOLS]
    )


async def _call_tool(_ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    text = work.result(params.name, str((params.arguments or {})["order_number"]))
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)])


def shop_app() -> ASGIApp:
    """The four tools as an MCP server."""
    shop = Server("shop", on_list_tools=_list_tools, on_call_tool=_call_tool)
    app: ASGIApp = shop.streamable_http_app(host="127.0.0.1", json_response=True, stateless_http=True)
    return app


async def _gateway(port: int) -> None:
    settings = load_settings()
    ledger = await PostgresLedger.open(database_url(settings))
    gateway = build(ledger, settings)
    routes = [Route("/mcp", endpoint=gateway.asgi), Route("/healthz", _health)]
    app = Starlette(routes=routes, lifespan=lambda _: gateway.lifespan())
    await _serve(app, port)


async def _serve(app: ASGIApp, port: int) -> None:
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", http="h11")
    await uvicorn.Server(config).serve()


def main() -> None:
    name, port = sys.argv[1], int(sys.argv[2])
    if name == "gateway":
        asyncio.run(_gateway(port))
    else:
        asyncio.run(_serve(model_app() if name == "model" else shop_app(), port))


if __name__ == "__main__":
    main()
