"""What the fixture asks back: a result that says what is missing (2026-07-28), or live questions (2025)."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import mcp_types as types
from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.shared.message import ServerMessageMetadata
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from tests.conformance.fixture_content import says, text

Context = ServerRequestContext[Any, Any]
Answers = Mapping[str, Any]
_Asking = TypeVar("_Asking", types.CallToolRequestParams, types.GetPromptRequestParams)
_Given = TypeVar("_Given", types.CallToolResult, types.GetPromptResult)

_PREFIX = "test_input_required_result_"
NAMES = tuple(
    _PREFIX + name
    for name in (
        *("elicitation", "sampling", "list_roots", "request_state", "multiple_inputs"),
        *("multi_round", "tampered_state", "capabilities"),
    )
)


def form(message: str, **properties: str) -> types.ElicitRequest:
    """A question with one field for each property, whose JSON type is given."""
    schema = {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in properties.items()},
        "required": list(properties),
    }
    return types.ElicitRequest(params=types.ElicitRequestFormParams(message=message, requested_schema=schema))


def thought(words: str, tokens: int = 100) -> types.CreateMessageRequest:
    """A question to the client's model."""
    asked = types.SamplingMessage(role="user", content=text(words))
    return types.CreateMessageRequest(
        params=types.CreateMessageRequestParams(messages=[asked], max_tokens=tokens)
    )


async def asked_as_the_era_has_it(
    ctx: Context, params: _Asking, answer: Callable[[Context, _Asking], _Given | types.InputRequiredResult]
) -> _Given | types.InputRequiredResult:
    """`answer`, with its questions asked live where the client is of the 2025 era."""
    live = ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS
    given = answer(ctx, params)
    while live and isinstance(given, types.InputRequiredResult):
        answers: dict[str, Any] = dict(params.input_responses or {})
        for key, question in (given.input_requests or {}).items():
            answers[key] = await ask_live(ctx, question)
        params = params.model_copy(update={"input_responses": answers, "request_state": given.request_state})
        given = answer(ctx, params)
    return given


async def ask_live(ctx: Context, question: types.InputRequest) -> types.InputResponse:
    """The client's answer to a question asked on the stream of the call it belongs to."""
    metadata = ServerMessageMetadata(related_request_id=ctx.request_id)
    match question:
        case types.ElicitRequest():
            return await ctx.session.send_request(question, types.ElicitResult, metadata=metadata)
        case types.CreateMessageRequest():
            return await ctx.session.send_request(question, types.CreateMessageResult, metadata=metadata)
        case _:
            return await ctx.session.send_request(question, types.ListRootsResult, metadata=metadata)


def question_tool(
    ctx: Context, params: types.CallToolRequestParams
) -> types.CallToolResult | types.InputRequiredResult:
    """The answer of one of the tools `NAMES`.

    Raises:
        MCPError: the state that came back is none of this tool's.
    """
    answers, state = dict(params.input_responses or {}), params.request_state
    match params.name.removeprefix(_PREFIX):
        case "elicitation":
            if (name := _accepted(answers, "user_name").get("name")) is None:
                return _ask(user_name=form("What is your name?", name="string"))
            return says(f"Hello, {name}!")
        case "sampling":
            if not isinstance(reply := answers.get("capital_question"), types.CreateMessageResult):
                return _ask(capital_question=thought("What is the capital of France?"))
            return says(f"The model says: {words_of(reply)}")
        case "list_roots":
            if not isinstance(roots := answers.get("client_roots"), types.ListRootsResult):
                return _ask(client_roots=types.ListRootsRequest())
            return says("The roots are: " + ", ".join(str(root.uri) for root in roots.roots))
        case "multiple_inputs":
            if {"user_name", "greeting", "client_roots"} - answers.keys():
                return _ask(
                    "several",
                    user_name=form("What is your name?", name="string"),
                    greeting=thought("Generate a greeting", 50),
                    client_roots=types.ListRootsRequest(),
                )
            _expect(state, "several")
            return says("All three questions are answered.")
        case "multi_round":
            return _rounds(answers, state)
        case "capabilities":
            return _only_what_is_declared(ctx, answers)
        case confirming:
            if "confirm" not in answers:
                return _ask(confirming, confirm=form("Please confirm", ok="boolean"))
            _expect(state, confirming)
            return says("state-ok")


def context_prompt(
    _ctx: Context, params: types.GetPromptRequestParams
) -> types.GetPromptResult | types.InputRequiredResult:
    """A prompt that asks what it is about."""
    about = _accepted(dict(params.input_responses or {}), "user_context").get("context")
    if about is None:
        return _ask(user_context=form("What context should the prompt use?", context="string"))
    message = types.PromptMessage(role="user", content=text(f"The context is {about}."))
    return types.GetPromptResult(messages=[message])


def _rounds(answers: Answers, state: str | None) -> types.CallToolResult | types.InputRequiredResult:
    if state is None:
        return _ask("round-1", step1=form("Step 1: What is your name?", name="string"))
    if state == "round-1" and "step1" in answers:
        return _ask("round-2", step2=form("Step 2: What is your favorite color?", color="string"))
    _expect(state, "round-2")
    return says("Both steps are done.")


def _only_what_is_declared(
    ctx: Context, answers: Answers
) -> types.CallToolResult | types.InputRequiredResult:
    declared = ctx.session.client_capabilities
    asked: dict[str, types.InputRequest] = {}
    if declared is not None and declared.sampling is not None:
        asked["greeting"] = thought("Generate a greeting")
    if declared is not None and declared.elicitation is not None:
        asked["user_name"] = form("What is your name?", name="string")
    if asked.keys() - answers.keys():
        return types.InputRequiredResult(input_requests=asked)
    return says("Nothing is left to ask.")


def _ask(state: str | None = None, **questions: types.InputRequest) -> types.InputRequiredResult:
    return types.InputRequiredResult(input_requests=questions, request_state=state)


def _accepted(answers: Answers, key: str) -> Mapping[str, Any]:
    """The fields a person filled in; none where the answer is missing, of another kind or a refusal."""
    answer = answers.get(key)
    return answer.content or {} if isinstance(answer, types.ElicitResult) else {}


def _expect(state: str | None, wanted: str) -> None:
    if state != wanted:
        raise MCPError(types.INVALID_PARAMS, "the state is not the one this server gave out")


def words_of(reply: types.InputResponse) -> str:
    """What the client's model said."""
    content = reply.content if isinstance(reply, types.CreateMessageResult) else None
    return content.text if isinstance(content, types.TextContent) else ""
