"""Clients of both eras before the gateway, systems of both behind it: each gets what MCP has, its own way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp_types import (
    ElicitRequestParams,
    ElicitResult,
    ImageContent,
    PromptReference,
    TextContent,
    TextResourceContents,
)

from muster.ledger.postgres import PostgresLedger
from tests.conformance.rig import TRANSPORTS, Gateway, Transport, gateway

MODES = {"auto": "2026-07-28", "legacy": "2025-11-25"}


@pytest.fixture(params=TRANSPORTS)
async def place(
    request: pytest.FixtureRequest, tmp_path: Path, ledger: PostgresLedger, database_url: str
) -> AsyncIterator[Gateway]:
    """A gateway before a system that has everything, reached in one of three ways."""
    transport: Transport = request.param
    async with gateway(tmp_path / "gateway", database_url, transport) as running:
        yield running


@asynccontextmanager
async def client_of(
    place: Gateway, mode: str, path: str | None = None, **callbacks: Any
) -> AsyncIterator[Client]:
    """The SDK's own client."""
    headers = {"authorization": f"Bearer {place.token}"}
    url = f"http://127.0.0.1:{place.port}{path or place.path}"
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode, **callbacks) as client,
    ):
        assert client.protocol_version == MODES[mode]
        yield client


@pytest.mark.parametrize("mode", MODES)
async def test_a_client_of_either_era_uses_a_system_of_either(
    place: Gateway, mode: str, ledger: PostgresLedger
) -> None:
    told: list[float] = []
    asked: list[str] = []

    async def progress(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    async def answer(_ctx: Any, params: ElicitRequestParams) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action="accept", content={"username": "ada", "email": "ada@x.example"})

    async with client_of(place, mode, elicitation_callback=answer) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        assert "test_simple_text" in names
        assert isinstance((await client.call_tool("test_image_content")).content[0], ImageContent)
        await client.call_tool("test_tool_with_progress", progress_callback=progress)
        question = await client.call_tool("test_elicitation", {"message": "Who are you?"})
        assert "accept" in str(question.content)
        resources = (await client.list_resources()).resources
        read = await client.read_resource("test://static-text")
        assert isinstance(read.contents[0], TextResourceContents)
        prompt = await client.get_prompt("test_simple_prompt")
        assert prompt.messages
        completed = await client.complete(
            PromptReference(name="test_prompt_with_arguments"), {"name": "arg1", "value": "t"}
        )
        assert completed.completion is not None
        with pytest.raises(MCPError) as missing:
            await client.read_resource("test://nowhere")
    assert told == [0, 50, 100]
    assert asked == ["Who are you?"]
    assert "test://static-text" in [str(resource.uri) for resource in resources]
    assert missing.value.error.code in (-32602, -32002)
    rows = await ledger.fetch(
        "SELECT body::jsonb #>> '{payload,tool}' AS tool FROM ledger.events WHERE kind = 'tool_call.intended'"
    )
    recorded = [row["tool"] for row in rows]
    assert recorded.count("everything__resources/read") == 2
    assert recorded.count("everything__prompts/get") == recorded.count("everything__completion/complete") == 1
    assert recorded.count("everything__test_elicitation") == 1
    settled = await ledger.fetch("SELECT event_id FROM ledger.events WHERE kind = 'tool_call.settled'")
    assert len(settled) == len(recorded)


@pytest.mark.parametrize("mode", MODES)
async def test_what_a_caller_did_not_declare_it_is_not_asked(place: Gateway, mode: str) -> None:
    async with client_of(place, mode) as client:
        try:
            text = str((await client.call_tool("test_elicitation", {"message": "Who?"})).content)
        except MCPError as error:
            text = error.error.message
        assert "accept" not in text
        assert (await client.call_tool("test_simple_text")).content


async def test_all_systems_together_carry_their_name_before_tools_prompts_and_addresses(
    place: Gateway,
) -> None:
    async with client_of(place, "auto", "/mcp") as client:
        assert "everything__test_simple_text" in [tool.name for tool in (await client.list_tools()).tools]
        called = await client.call_tool("everything__test_simple_text")
        assert isinstance(called.content[0], TextContent)
        uris = [str(resource.uri) for resource in (await client.list_resources()).resources]
        assert "everything+test://static-text" in uris
        read = await client.read_resource("everything+test://static-text")
        assert str(read.contents[0].uri) == "everything+test://static-text"
        names = [prompt.name for prompt in (await client.list_prompts()).prompts]
        assert "everything__test_simple_prompt" in names
        assert (await client.get_prompt("everything__test_simple_prompt")).messages
