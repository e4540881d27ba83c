"""A gateway on a real Postgres in front of a real MCP server process: what its tests are made of."""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from psycopg.types.json import Jsonb
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from muster.core.settings import PROJECT_ROOT, Settings
from muster.gateway import desk, tokens
from muster.gateway.client import GatewayClient
from muster.gateway.registering import Findings
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
                   idempotency_key: idempotency_key, decided: {order_number: any, amount: any}}
    delete_customer: {effect: destructive, decided: {customer_id: any}}
    write_novel: {effect: read}
    who_asks: {effect: read}
    crash: {effect: write}
    note: {effect: write, free_text: [text]}
    sleep: {effect: read}
  corner-shop: *shop
  time: {"*": {effect: read}}
"""

SHOP_TOOLS = (
    *("crash", "delete_customer", "get_order", "issue_refund"),
    *("note", "sleep", "who_asks", "write_novel"),
)
MANIFEST = {
    "team": "support",
    "agents": [
        {
            "name": "reader",
            "tier": "ingestion",
            "phase": "core",
            "tools": ["shop__get_order", "shop__issue_refund"],
        },
        {
            "name": "clerk",
            "tier": "reconciliation",
            "phase": "core",
            "tools": [
                *(f"{server}__{tool}" for server in ("shop", "corner-shop") for tool in SHOP_TOOLS),
                "time__convert_time",
            ],
        },
    ],
}


class ShopProcess:
    """The shop as a process that can die and come back."""

    def __init__(self, *options: str) -> None:
        self.port = free_port()
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **env: str) -> None:
        """Start it and wait until it listens."""
        command = [sys.executable, str(SHOP), "--port", str(self.port), *self._options]
        self._process = subprocess.Popen(command, env=env)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                httpx2.get(f"http://127.0.0.1:{self.port}/mcp", timeout=0.5)
            except httpx2.TransportError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the shop did not start")

    @property
    def entry(self) -> dict[str, Any]:
        """Its entry in the mcpServers JSON."""
        return {"type": "http", "url": f"http://127.0.0.1:{self.port}/mcp"}

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
    shop: ShopProcess

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return self.settings.gateway_url

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

    async def soon(self, kind: str) -> list[dict[str, Any]]:
        """Payloads of events of that kind, waited for up to five seconds."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            if found := await self.events(kind):
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"no {kind} in five seconds")

    async def register(self, *servers: str) -> Findings:
        """Register the tools of those servers."""
        return await desk.registered(self.ledger, self.settings, servers, actor="person:test")

    def set_servers(self, **servers: dict[str, Any]) -> None:
        """Write the mcpServers JSON; holds for gateways built from now on."""
        self.settings.mcp_servers.write_text(json.dumps({"mcpServers": servers}))


@contextmanager
def running_shop(*options: str) -> Iterator[ShopProcess]:
    """A shop that runs while the block lasts."""
    process = ShopProcess(*options)
    process.start()
    try:
        yield process
    finally:
        process.stop()


async def prepared(ledger: PostgresLedger, folder: Path, database_url: str, shop: ShopProcess) -> Workplace:
    """The support team deployed and the shop configured; no gateway runs yet."""
    (folder / "tools.yaml").write_text(REGISTRATION)
    (folder / "own_policies").mkdir()
    for name in ("limits.yaml", "money.yaml", "sensitive.yaml"):
        shutil.copy(PROJECT_ROOT / "data" / "policies" / name, folder / "own_policies")
    settings = Settings(
        home=folder / "home",
        database_url=database_url,
        http_port=free_port(),
        mcp_servers=folder / "mcp.json",
        tools_registration=folder / "tools.yaml",
        policies_dir=folder / "own_policies",
    )
    workplace = Workplace(ledger, settings, shop)
    workplace.set_servers(shop=shop.entry)
    await deploy(ledger, MANIFEST)
    return workplace


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
        for agent in manifest["agents"]:
            await transaction.connection.execute(
                "INSERT INTO state.agent_phases VALUES (%s, 'core', 'person', 'test', '{}', now())"
                " ON CONFLICT DO NOTHING",
                (f"{manifest['team']}/{agent['name']}",),
            )


@asynccontextmanager
async def opened(workplace: Workplace) -> AsyncIterator[None]:
    """Run the gateway while the block lasts, composed as the HTTP app composes it."""
    app = build(workplace.ledger, workplace.settings)
    http_app = Starlette(routes=[Route("/mcp", endpoint=app.asgi)], lifespan=lambda _: app.lifespan())
    async with served(http_app, workplace.settings.http_port):
        yield


@asynccontextmanager
async def served(asgi: ASGIApp, port: int) -> AsyncIterator[None]:
    """Serve an ASGI app on `port` while the block lasts."""
    server = _ReadyServer(uvicorn.Config(asgi, host="127.0.0.1", port=port, log_level="error"))
    task = asyncio.create_task(server.serve())
    await server.ready.wait()
    yield
    server.should_exit = True
    await task


class _ReadyServer(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.ready.set()
