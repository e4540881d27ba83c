"""The system behind the gateway in gateway_overhead.py: three tools that answer at once, over HTTP."""

import sys
from typing import Any

import mcp_types as types
import uvicorn
from mcp.server import Server

_TEXT = {"type": "string"}
TOOLS = {
    "get_order": ["order_number"],
    "set_note": ["note", "idempotency_key"],
    "add_note": ["note"],
}
"""A read, a write with an idempotency key and one without, and their arguments."""


async def list_tools(_ctx: Any, _params: Any) -> types.ListToolsResult:
    return types.ListToolsResult(
        tools=[
            types.Tool(
                name=name,
                description=f"The system's {name}.",
                input_schema={
                    "type": "object",
                    "properties": dict.fromkeys(arguments, _TEXT),
                    "required": arguments[:1],
                },
            )
            for name, arguments in TOOLS.items()
        ]
    )


async def call_tool(_ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=f"{params.name}: one towel")])


if __name__ == "__main__":
    server: Server[Any] = Server("system", on_list_tools=list_tools, on_call_tool=call_tool)
    app = server.streamable_http_app()
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", http="h11")
