"""A system that answers with credentials and personal data it should have kept, over stdio."""

import asyncio
import os
from typing import Any

import mcp_types as types
from mcp.server import Server
from mcp.server.stdio import stdio_server

AWS_KEY = "AKIA" + "QWERTYUIOPASDFGH"
_NOTHING: dict[str, Any] = {"type": "object", "properties": {}}


async def list_tools(_ctx: Any, _params: Any) -> types.ListToolsResult:
    tools = [types.Tool(name=name, input_schema=_NOTHING) for name in ("dump", "fail", "profile", "own_key")]
    return types.ListToolsResult(tools=tools)


async def call_tool(_ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    match params.name:
        case "dump":
            text, structured = f'{{"key": "{AWS_KEY}"}}', {"deep": [{"key": AWS_KEY}]}
            return types.CallToolResult(
                content=[types.TextContent(type="text", text=text)], structured_content=structured
            )
        case "fail":
            text = f"denied for {AWS_KEY}"
            return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=True)
        case "own_key":
            text = f"I was started with {os.environ.get('TALKATIVE_KEY')}"
            return types.CallToolResult(content=[types.TextContent(type="text", text=text)])
        case _:
            text = "jo.doe@shop.example, +49 170 1234567"
            return types.CallToolResult(content=[types.TextContent(type="text", text=text)])


async def _serve(server: Server[Any]) -> None:
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


if __name__ == "__main__":
    asyncio.run(_serve(Server("talkative", on_list_tools=list_tools, on_call_tool=call_tool)))
