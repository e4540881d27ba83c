"""The fixture's resources, prompts and completions."""

import json
import re
from typing import Any

import mcp_types as types
from mcp import MCPError
from mcp.server import ServerRequestContext

from tests.conformance.fixture_content import PNG, embedded, image, text
from tests.conformance.fixture_questions import asked_as_the_era_has_it, context_prompt

Context = ServerRequestContext[Any, Any]

_TEMPLATE = re.compile(r"test://template/([^/]+)/data")
_RESOURCES = [
    ("test://static-text", "static-text", "A text that never changes.", "text/plain"),
    ("test://static-binary", "static-binary", "A picture that never changes.", "image/png"),
    ("test://watched-resource", "watched-resource", "A text one can subscribe to.", "text/plain"),
]
_PROMPTS = {
    "test_simple_prompt": (),
    "test_prompt_with_arguments": ("arg1", "arg2"),
    "test_prompt_with_embedded_resource": ("resourceUri",),
    "test_prompt_with_image": (),
    "test_input_required_result_prompt": (),
}
_PLACES = ("paris", "park", "party")


async def list_resources(_ctx: Context, _params: object) -> types.ListResourcesResult:
    return types.ListResourcesResult(
        resources=[
            types.Resource(uri=uri, name=name, description=description, mime_type=mime_type)
            for uri, name, description, mime_type in _RESOURCES
        ]
    )


async def list_templates(_ctx: Context, _params: object) -> types.ListResourceTemplatesResult:
    template = types.ResourceTemplate(
        uri_template="test://template/{id}/data",
        name="template",
        description="Data of an id.",
        mime_type="application/json",
    )
    return types.ListResourceTemplatesResult(resource_templates=[template])


async def read_resource(_ctx: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
    return types.ReadResourceResult(contents=[_contents(str(params.uri))])


def _contents(uri: str) -> types.TextResourceContents | types.BlobResourceContents:
    if uri == "test://static-binary":
        return types.BlobResourceContents(uri=uri, mime_type="image/png", blob=PNG)
    if uri == "test://static-text":
        words = "This is the content of the static text resource."
        return types.TextResourceContents(uri=uri, mime_type="text/plain", text=words)
    if uri == "test://watched-resource":
        return types.TextResourceContents(uri=uri, mime_type="text/plain", text="Watched.")
    if found := _TEMPLATE.fullmatch(uri):
        data = {"id": found[1], "templateTest": True, "data": f"Data for ID: {found[1]}"}
        return types.TextResourceContents(uri=uri, mime_type="application/json", text=json.dumps(data))
    raise MCPError(types.INVALID_PARAMS, "Resource not found", {"uri": uri})


async def subscribe(_ctx: Context, _params: types.SubscribeRequestParams) -> types.EmptyResult:
    return types.EmptyResult()


async def unsubscribe(_ctx: Context, _params: types.UnsubscribeRequestParams) -> types.EmptyResult:
    return types.EmptyResult()


async def list_prompts(_ctx: Context, _params: object) -> types.ListPromptsResult:
    return types.ListPromptsResult(
        prompts=[
            types.Prompt(
                name=name,
                description=f"The prompt {name}.",
                arguments=[
                    types.PromptArgument(name=each, description=f"The {each}.", required=True)
                    for each in arguments
                ],
            )
            for name, arguments in _PROMPTS.items()
        ]
    )


async def get_prompt(
    ctx: Context, params: types.GetPromptRequestParams
) -> types.GetPromptResult | types.InputRequiredResult:
    given = params.arguments or {}
    match params.name:
        case "test_simple_prompt":
            return _prompt(text("This is a simple prompt for testing."))
        case "test_prompt_with_arguments":
            words = f"Prompt with arguments: arg1='{given.get('arg1')}', arg2='{given.get('arg2')}'"
            return _prompt(text(words))
        case "test_prompt_with_embedded_resource":
            inside = embedded(given["resourceUri"], "text/plain", "Embedded resource content for testing.")
            return _prompt(inside, text("Please process the embedded resource above."))
        case "test_prompt_with_image":
            return _prompt(image(), text("Please analyze the image above."))
        case "test_input_required_result_prompt":
            return await asked_as_the_era_has_it(ctx, params, context_prompt)
        case unknown:
            raise MCPError(types.INVALID_PARAMS, f"there is no prompt {unknown}")


async def complete(_ctx: Context, params: types.CompleteRequestParams) -> types.CompleteResult:
    values = [place for place in _PLACES if place.startswith(params.argument.value)]
    return types.CompleteResult(completion=types.Completion(values=values, total=len(values), has_more=False))


def _prompt(*blocks: types.ContentBlock) -> types.GetPromptResult:
    return types.GetPromptResult(
        messages=[types.PromptMessage(role="user", content=block) for block in blocks]
    )
