"""The sandbox as an MCP server over standard input and output: `python -m muster.sandbox.server`."""

import argparse
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import mcp_types as types
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server

from muster.core.errors import MusterError
from muster.core.settings import load_settings
from muster.sandbox.errors import SandboxUnavailableError
from muster.sandbox.limits import SandboxPolicy, load_policy
from muster.sandbox.run_python import NAME, PythonRunner, definition, python_runner
from muster.sandbox.standing import standing


def build_server(policy: SandboxPolicy) -> Server[PythonRunner | None]:
    """The server with its one tool. On a machine that cannot isolate, every call is refused, saying why."""

    @asynccontextmanager
    async def running(_server: Server[Any]) -> AsyncIterator[PythonRunner | None]:
        async with AsyncExitStack() as stack:
            able = standing().way is not None
            yield await stack.enter_async_context(python_runner(policy)) if able else None

    async def list_tools(
        _ctx: ServerRequestContext[PythonRunner | None], _params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[types.Tool.model_validate(definition(policy))])

    async def call_tool(
        ctx: ServerRequestContext[PythonRunner | None], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        try:
            if params.name != NAME:
                return _failed(f"there is no tool {params.name}")
            if ctx.lifespan_context is None:
                found = standing()
                raise SandboxUnavailableError(found.what, do=found.do)
            answer = await ctx.lifespan_context.run(params.arguments or {})
        except MusterError as error:
            return _failed(f"not run: {error}" + (f"; {error.do}" if error.do else ""))
        told = answer.as_json()
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=json.dumps(told, ensure_ascii=False))],
            structured_content=told,
            is_error=answer.error is not None,
        )

    return Server("muster-sandbox", lifespan=running, on_list_tools=list_tools, on_call_tool=call_tool)


async def serve(policy: SandboxPolicy) -> None:
    """Answers until standard input is closed."""
    server = build_server(policy)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code, once standard input was closed."""
    parser = argparse.ArgumentParser(prog="python -m muster.sandbox.server", description=__doc__)
    parser.add_argument("--policy", type=Path, help="a sandbox.yaml; else the one of the installation")
    chosen = parser.parse_args(arguments)
    try:
        policy = load_policy(chosen.policy or load_settings().policies_dir / "sandbox.yaml")
    except MusterError as error:
        sys.stderr.write(f"error: {error}\n  do: {error.do or 'look at the file'}\n")
        return error.exit_code
    anyio.run(serve, policy)
    return 0


def _failed(why: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=why)], is_error=True)


if __name__ == "__main__":
    sys.exit(main())
