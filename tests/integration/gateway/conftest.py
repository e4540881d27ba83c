"""A gateway on a real Postgres in front of a real MCP server process."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from psycopg.types.json import Jsonb
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from muster.core.settings import PROJECT_ROOT, Settings
from muster.gateway import desk, tokens
from muster.gateway.client import GatewayClient
from muster.ledger.postgres import PostgresLedger
from muster.services.gateway_app import build
from muster.services.ports import free_port

SHOP = Path(__file__).with_name("shop_server.py")
RUN, TASK = "run_1", "tsk_1"

REGISTRATION = """
servers:
  shop: &shop
    get_order: {effect: read}
    issue_refund: {effect: money, amount: amount, currency: currency, payee: [order_number],
                   idempotency_key: idempotency_key}
    delete_customer: {effect: destructive}
    write_novel: {effect: read}
    who_asks: {effect: read}
    crash: {effect: write}
    sleep: {effect: read}
  corner-shop: *shop
"""

MANIFEST = {
    "team": "support",
    "agents": [
        {"name": "reader", "tier": "ingestion", "tools": ["shop__get_order", "shop__issue_refund"]},
        {
            "name": "clerk",
            "tier": "reconciliation",
            "tools": [
                f"{server}__{tool}"
                for server in ("shop", "corner-shop")
                for tool in (
                    "get_order",
                    "issue_refund",
                    "delete_customer",
                    "write_novel",
                    "who_asks",
                    "crash",
                    "sleep",
                )
            ],
        },
    ],
}


class ShopProcess:
    """The shop as a process that can die and come back."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **env: str) -> None:
        """Start it and wait until it listens."""
        self._process = subprocess.Popen([sys.executable, str(SHOP), "--port", str(self.port)], env=env)
        with httpx2.Client() as http:
            for _ in range(200):
                try:
                    http.get(f"http://127.0.0.1:{self.port}/mcp", timeout=0.2)
                except httpx2.ConnectError:
                    import time

                    time.sleep(0.05)
                else:
                    return
        raise AssertionError("the shop did not start")

    def stop(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@dataclass
class Workplace:
    """What a test of the gateway needs."""

    ledger: PostgresLedger
    settings: Settings
    url: str
    shop: ShopProcess

    async def token(self, agent: str, *, ttl: timedelta = timedelta(minutes=5), run: str = RUN) -> str:
        """A token of the support team's `agent`."""
        return await tokens.issue(self.ledger, agent, "support", run, TASK, ttl)

    @asynccontextmanager
    async def client(self, agent: str, run: str = RUN) -> AsyncIterator[GatewayClient]:
        """The runtime's client with a token of the agent."""
        async with GatewayClient(self.url, await self.token(agent, run=run)) as client:
            yield client

    async def events(self, *kinds: str) -> list[dict[str, Any]]:
        """Payloads of events of those kinds, in order."""
        rows = await self.ledger.fetch(
            "SELECT body::jsonb AS body FROM ledger.events WHERE kind = ANY(%(kinds)s) ORDER BY seq",
            {"kinds": list(kinds)},
        )
        return [row["body"]["payload"] for row in rows]

    async def register(self, *servers: str) -> desk.Findings:
        """Register the tools of those servers."""
        return await desk.registered(self.ledger, self.settings, servers, actor="person:test")


@pytest.fixture(scope="session")
def shop_process() -> Iterator[ShopProcess]:
    """The shop, started once for all tests; a test that kills it starts it again."""
    process = ShopProcess(free_port())
    process.start()
    yield process
    process.stop()


@pytest.fixture
def gateway_settings(tmp_path: Path, shop_process: ShopProcess, database_url: str) -> Settings:
    """Two servers: the shop over HTTP and the same one over stdio."""
    servers = {
        "shop": {"type": "http", "url": "${SHOP_URL:-http://127.0.0.1:" + str(shop_process.port) + "}/mcp"},
        "corner-shop": {
            "command": sys.executable,
            "args": [str(SHOP)],
            "env": {"SHOP_DESCRIPTION": "Corner."},
        },
    }
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": servers}))
    (tmp_path / "tools.yaml").write_text(REGISTRATION)
    return Settings(
        home=tmp_path / "home",
        database_url=database_url,
        http_port=free_port(),
        mcp_servers=tmp_path / "mcp.json",
        tools_registration=tmp_path / "tools.yaml",
        policies_dir=PROJECT_ROOT / "data" / "policies",
    )


@pytest.fixture
async def workplace(
    ledger: PostgresLedger, gateway_settings: Settings, shop_process: ShopProcess
) -> AsyncIterator[Workplace]:
    """A running gateway with the shop's tools registered and the support team deployed."""
    await deploy(ledger, MANIFEST)
    app = build(ledger, gateway_settings)
    routes = [Route("/mcp", endpoint=app.asgi)]
    http_app = Starlette(routes=routes, lifespan=lambda _: app.lifespan())
    async with served(http_app, gateway_settings.http_port):
        place = Workplace(ledger, gateway_settings, gateway_settings.gateway_url, shop_process)
        await place.register("shop")
        yield place


async def deploy(ledger: PostgresLedger, manifest: dict[str, Any], version: int = 1) -> None:
    """Make `manifest` the active version of its team."""
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            "INSERT INTO state.team_versions VALUES (%s, %s, %s, 'sha', now())",
            (manifest["team"], version, Jsonb(manifest)),
        )
        await transaction.connection.execute(
            "INSERT INTO state.teams VALUES (%s, %s) ON CONFLICT (team) DO UPDATE SET active_version = %s",
            (manifest["team"], version, version),
        )


@asynccontextmanager
async def served(asgi: ASGIApp, port: int) -> AsyncIterator[None]:
    """Serve an ASGI app on `port` while the block lasts."""
    config = uvicorn.Config(asgi, host="127.0.0.1", port=port, log_level="error")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await task
