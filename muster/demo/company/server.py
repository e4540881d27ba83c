"""The four systems as MCP servers behind one web application."""

import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import mcp_types as types
from mcp.server import Server, ServerRequestContext
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route

from muster.core.clock import Clock
from muster.demo.company.catalogue import CATALOGUE
from muster.demo.company.pace import Pace
from muster.demo.company.tool import NotPossibleError, Tool, use

TASK_ID_META = "muster/task_id"


def build_app(books: Engine, clock: Clock, *, host: str = "127.0.0.1", pace: Pace | None = None) -> Starlette:
    """The web application: `/<system>/mcp` for each system, `/healthz`.

    Args:
        host: the address it listens on; a loopback address makes it check the Host header.
        pace: how long each tool takes; they answer at once without.
    """
    systems = {
        name: build_system(name, tools, books, clock, pace).streamable_http_app(
            json_response=True, stateless_http=True, host=host
        )
        for name, tools in CATALOGUE.items()
    }

    @contextlib.asynccontextmanager
    async def running(_app: Starlette) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            for system in systems.values():
                await stack.enter_async_context(system.router.lifespan_context(system))
            yield

    async def healthz(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", "systems": sorted(systems)})

    routes: list[BaseRoute] = [Route("/healthz", healthz)]
    routes += [Mount(f"/{name}", app=system) for name, system in systems.items()]
    return Starlette(routes=routes, lifespan=running)


def build_system(
    name: str, tools: Sequence[Tool[Any]], books: Engine, clock: Clock, pace: Pace | None = None
) -> Server[Any]:
    """One system as an MCP server; reads and writes are quick, so they run where they are called."""
    by_name = {tool.name: tool for tool in tools}
    listed = types.ListToolsResult(
        tools=[
            types.Tool(name=tool.name, description=tool.description, inputSchema=tool.input_schema())
            for tool in tools
        ]
    )

    async def on_list_tools(
        _context: ServerRequestContext[Any], _params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return listed

    async def on_call_tool(
        context: ServerRequestContext[Any, Request], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        tool = by_name.get(params.name)
        if tool is None:
            return _result(f"{name} has no tool {params.name}. It has: {', '.join(by_name)}.", is_error=True)
        task_id = (context.meta or {}).get(TASK_ID_META)

        def carry_out() -> dict[str, Any]:
            return use(
                books,
                tool,
                params.arguments or {},
                now=clock.now(),
                task_id=task_id if isinstance(task_id, str) else None,
            )

        async def hung_up() -> bool:
            return context.request is not None and await context.request.is_disconnected()

        try:
            body = carry_out() if pace is None else await pace.act(carry_out, hung_up)
        except NotPossibleError as error:
            return _result(str(error), is_error=True)
        return _result(json.dumps(body, ensure_ascii=False))

    return Server(f"brightloom-{name}", on_list_tools=on_list_tools, on_call_tool=on_call_tool)


def _result(text: str, *, is_error: bool = False) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], isError=is_error)
