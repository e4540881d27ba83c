"""The gateway as its users meet it: through a stock MCP client, and through the command line."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import orjson
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import TextContent

from muster.core.settings import load_settings
from muster.ledger.postgres import PostgresLedger
from tests.integration.gateway.workplace import ShopProcess, Workplace, opened, prepared, running_shop

ORDER = {"order_number": "BL-1"}


@pytest.fixture(scope="module")
def shop() -> Iterator[ShopProcess]:
    """The system behind the gateway."""
    with running_shop() as process:
        yield process


@pytest.fixture
async def workplace(
    ledger: PostgresLedger, tmp_path: Path, database_url: str, shop: ShopProcess
) -> Workplace:
    """The support team deployed and the shop configured; no gateway runs yet."""
    return await prepared(ledger, tmp_path, database_url, shop)


@asynccontextmanager
async def stock_client(workplace: Workplace, token: str, mode: str = "auto") -> AsyncIterator[Client]:
    """The SDK's own client with a bearer token."""
    headers = {"authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers) as http,
        Client(streamable_http_client(workplace.url, http_client=http), mode=mode) as client,
    ):
        yield client


@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_a_stock_client_of_either_era_sees_and_does_what_is_granted_and_no_more(
    workplace: Workplace, mode: str, version: str
) -> None:
    await workplace.register()
    async with opened(workplace), stock_client(workplace, await workplace.token("reader"), mode) as client:
        assert client.protocol_version == version
        assert [tool.name for tool in (await client.list_tools()).tools] == ["shop__get_order"]
        answered = await client.call_tool("shop__get_order", ORDER)
        refused = await client.call_tool("shop__delete_customer", {"customer_id": "C-1"})
    assert answered.content == [TextContent(text="BL-1: one towel")]
    assert not answered.is_error
    assert refused.content == [TextContent(text="refused (grant): no such tool is available to you")]
    assert refused.is_error
    kinds = await workplace.ledger.fetch(
        "SELECT kind, run_id, task_id, team, agent, actor FROM ledger.events "
        "WHERE run_id IS NOT NULL ORDER BY seq"
    )
    assert [row.pop("kind") for row in kinds] == [
        "tool_call.intended",
        "tool_call.settled",
        "tool_call.refused",
    ]
    where = {"run_id": "run_1", "task_id": "tsk_1", "team": "support", "agent": "reader"}
    assert kinds == [where | {"actor": "agent:support/reader"}] * 3


async def test_a_session_cannot_be_taken_over_with_another_token(workplace: Workplace) -> None:
    await workplace.register()
    headers = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "t", "version": "1"},
        },
    }
    async with opened(workplace), httpx2.AsyncClient(headers=headers) as http:
        own = {"authorization": f"Bearer {await workplace.token('clerk')}"}
        session = (await http.post(workplace.url, json=hello, headers=own)).headers["mcp-session-id"]
        foreign = {"authorization": f"Bearer {await workplace.token('reader')}", "mcp-session-id": session}
        listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
        assert (await http.post(workplace.url, json=listing, headers=foreign)).status_code == 404


async def test_without_a_live_token_there_is_only_a_401(workplace: Workplace) -> None:
    async with opened(workplace), httpx2.AsyncClient() as http:
        for headers in ({}, {"authorization": "Bearer mgt_foreign"}, {"authorization": "Basic eDp5"}):
            response = await http.post(workplace.url, json={}, headers=headers)
            assert response.status_code == 401
            assert response.headers["www-authenticate"].startswith('Bearer error="invalid_token"')


async def test_the_official_time_server_is_connected_by_configuration_alone(workplace: Workplace) -> None:
    command = load_settings().home_dir / "tools" / "time" / "bin" / "mcp-server-time"
    if not command.exists():
        pytest.skip(f"{command} is not there; `make setup` installs it")
    workplace.set_servers(time={"command": str(command), "args": ["--local-timezone", "UTC"]})
    await workplace.register()
    arguments = {"source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"}
    async with opened(workplace), stock_client(workplace, await workplace.token("clerk")) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["time__convert_time"]
        answered = await client.call_tool("time__convert_time", arguments)
    (block,) = answered.content
    assert isinstance(block, TextContent)
    assert "T21:00:00+09:00" in block.text


async def test_the_command_line_registers_explains_and_accepts(workplace: Workplace) -> None:
    workplace.set_servers(shop=workplace.shop.entry, gone={"url": "http://127.0.0.1:9/mcp"})
    registered = muster(workplace, "register")
    assert registered.returncode == 5
    assert "pinned       active       shop__get_order (read)" in registered.stdout
    assert "away         gone: the system gone cannot be reached" in registered.stderr
    assert "Traceback" not in registered.stderr
    refund = {**ORDER, "amount": 2500, "currency": "EUR", "idempotency_key": "k"}
    asked = ("support/clerk", "shop__issue_refund", orjson.dumps(refund).decode())
    steps = muster(workplace, "explain", *asked, noun="policy").stdout.splitlines()
    held = [step for step in steps if step.startswith("needs_approval")]
    assert held[0].startswith("needs_approval  money_band   2500.00 EUR is in the band approval")
    assert any(step.strip() == "amount is from: decided" for step in steps)
    as_json = muster(workplace, "explain", *asked, "--json", noun="policy")
    assert orjson.loads(as_json.stdout)["outcome"] == "needs_approval"
    await workplace.ledger.fetch("UPDATE state.tool_registry SET status = 'quarantined' RETURNING tool")
    accepted = muster(workplace, "accept", "shop", "get_order")
    assert accepted.stdout == "active       shop__get_order (read)\n"


def muster(workplace: Workplace, *arguments: str, noun: str = "tool") -> subprocess.CompletedProcess[str]:
    """`muster tool`, or another noun, with those arguments."""
    settings = workplace.settings
    environment = {
        **os.environ,
        "MUSTER_HOME": str(settings.home),
        "MUSTER_DATABASE_URL": settings.database_url or "",
        "MUSTER_MCP_SERVERS": str(settings.mcp_servers),
        "MUSTER_TOOLS_REGISTRATION": str(settings.tools_registration),
    }
    command = [sys.executable, "-c", "from muster.cli import main; main()", noun, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
