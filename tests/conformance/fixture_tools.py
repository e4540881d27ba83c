"""The fixture's tools: one for each thing the harness asks a server to do."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import mcp_types as types
from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.server.subscriptions import PromptsListChanged, SubscriptionBus, ToolsListChanged
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from tests.conformance import fixture_questions
from tests.conformance.fixture_content import audio, embedded, image, says
from tests.conformance.fixture_forms import DEFAULTS, ENUMS, RICH_SCHEMA, USER
from tests.conformance.fixture_questions import asked_as_the_era_has_it, thought, words_of

Context = ServerRequestContext[Any, Any]
Answer = types.CallToolResult | types.InputRequiredResult

_TEXT = {"type": "string"}
_PAUSE_SECONDS = 0.05


class Tools:
    """Lists and calls; `bus` carries what changed to who listens."""

    def __init__(self, bus: SubscriptionBus) -> None:
        self._bus = bus
        self._live: dict[str, Callable[[Context, dict[str, Any]], Awaitable[Answer]]] = {
            "test_tool_with_logging": self._logging,
            "test_logging_tool": self._logging,
            "test_tool_with_progress": self._progress,
            "test_reconnection": self._reconnection,
            "test_missing_capability": self._missing_capability,
            "test_trigger_tool_change": self._tool_change,
            "test_trigger_prompt_change": self._prompt_change,
        }

    async def list_tools(self, _ctx: Context, _params: object) -> types.ListToolsResult:
        return types.ListToolsResult(
            tools=[
                types.Tool(name=name, description=f"The fixture's {name}.", input_schema=schema)
                for name, schema in SCHEMAS.items()
            ]
        )

    async def call_tool(self, ctx: Context, params: types.CallToolRequestParams) -> Answer:
        if params.name in fixture_questions.NAMES:
            return await asked_as_the_era_has_it(ctx, params, fixture_questions.question_tool)
        if params.name in _FORMS or params.name in ("test_elicitation", "test_sampling"):
            return await asked_as_the_era_has_it(ctx, params, _asking_tool)
        given = params.arguments or {}
        if (live := self._live.get(params.name)) is not None:
            return await live(ctx, given)
        match params.name:
            case "test_simple_text":
                return says("This is a simple text response for testing.")
            case "test_image_content":
                return says(image())
            case "test_audio_content":
                return says(audio())
            case "test_embedded_resource":
                words = "This is an embedded resource content."
                return says(embedded("test://embedded-resource", "text/plain", words))
            case "test_multiple_content_types":
                data = embedded(
                    "test://mixed-content-resource", "application/json", '{"test":"data","value":123}'
                )
                return says("Multiple content types test:", image(), data)
            case "test_error_handling":
                return says("This tool intentionally returns an error for testing", is_error=True)
            case "test_mirrored_argument":
                return says(f"region {given['region']}")
            case "json_schema_2020_12_tool":
                return says(f"reached {given.get('name')}")
            case unknown:
                raise MCPError(types.INVALID_PARAMS, f"there is no tool {unknown}")

    async def _logging(self, ctx: Context, _given: dict[str, Any]) -> Answer:
        for words in ("Tool execution started", "Tool processing data", "Tool execution completed"):
            await ctx.session.send_log_message("info", words, related_request_id=ctx.request_id)
            await anyio.sleep(_PAUSE_SECONDS)
        return says("The tool is done and has told of it.")

    async def _progress(self, ctx: Context, _given: dict[str, Any]) -> Answer:
        for done in (0, 50, 100):
            await ctx.session.report_progress(done, 100)
            await anyio.sleep(_PAUSE_SECONDS)
        return says("The tool is done and has told how far it was.")

    async def _reconnection(self, ctx: Context, _given: dict[str, Any]) -> Answer:
        if ctx.close_sse_stream is not None:
            await ctx.close_sse_stream()
        await anyio.sleep(_PAUSE_SECONDS)
        return says("The answer came after the stream was closed.")

    async def _missing_capability(self, ctx: Context, _given: dict[str, Any]) -> Answer:
        declared = ctx.session.client_capabilities
        if declared is None or declared.sampling is None:
            raise MCPError(
                types.MISSING_REQUIRED_CLIENT_CAPABILITY,
                "the client must declare sampling",
                {"requiredCapabilities": {"sampling": {}}},
            )
        return says("The client declares sampling.")

    async def _tool_change(self, ctx: Context, _given: dict[str, Any]) -> Answer:
        await self._bus.publish(ToolsListChanged())
        if ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            await ctx.session.send_tool_list_changed()
        return says("The tools are said to have changed.")

    async def _prompt_change(self, ctx: Context, _given: dict[str, Any]) -> Answer:
        await self._bus.publish(PromptsListChanged())
        if ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            await ctx.session.send_prompt_list_changed()
        return says("The prompts are said to have changed.")


def _asking_tool(ctx: Context, params: types.CallToolRequestParams) -> Answer:
    """The tools that need one answer of the client's before they are done."""
    given, reply = params.arguments or {}, (params.input_responses or {}).get("asked")
    if params.name == "test_sampling":
        capabilities = ctx.session.client_capabilities
        if capabilities is None or capabilities.sampling is None:
            return says("the client cannot be asked for a model's words", is_error=True)
        if reply is None:
            return types.InputRequiredResult(input_requests={"asked": thought(given["prompt"])})
        return says(f"LLM response: {words_of(reply)}")
    if not isinstance(reply, types.ElicitResult):
        message, schema = _FORMS.get(params.name) or (given["message"], USER)
        asked = types.ElicitRequestFormParams(message=message, requested_schema=schema)
        return types.InputRequiredResult(input_requests={"asked": types.ElicitRequest(params=asked)})
    said = "User response" if params.name == "test_elicitation" else "Elicitation completed"
    return says(f"{said}: action={reply.action}, content={reply.content}")


_FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "test_elicitation_sep1034_defaults": ("Please check what is filled in.", DEFAULTS),
    "test_elicitation_sep1330_enums": ("Please choose.", ENUMS),
    "test_streaming_elicitation": ("May we go on?", USER),
}


def _schema(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


SCHEMAS: dict[str, dict[str, Any]] = {
    **{
        name: _schema()
        for name in (
            *("test_simple_text", "test_image_content", "test_audio_content", "test_embedded_resource"),
            *("test_multiple_content_types", "test_error_handling", "test_tool_with_logging"),
            *("test_tool_with_progress", "test_elicitation_sep1034_defaults"),
            *("test_elicitation_sep1330_enums", "test_reconnection", "test_missing_capability"),
            *("test_streaming_elicitation", "test_logging_tool", "test_trigger_tool_change"),
            *("test_trigger_prompt_change", *fixture_questions.NAMES),
        )
    },
    "test_sampling": _schema(prompt=_TEXT),
    "test_elicitation": _schema(message=_TEXT),
    "test_mirrored_argument": _schema(region=_TEXT | {"x-mcp-header": "Region"}),
    "json_schema_2020_12_tool": RICH_SCHEMA,
}
"""Every tool's input schema, in the order they are listed in."""
