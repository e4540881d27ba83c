"""The real gateway in front of the company's real systems, on a record of its own for each attack."""

import asyncio
import itertools
import json
import os
import shutil
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import uvicorn
from psycopg import sql
from ruamel.yaml import YAML
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from muster.core.clock import SystemClock
from muster.core.settings import PROJECT_ROOT, Settings
from muster.demo.company.catalogue import CATALOGUE
from muster.demo.company.server import build_app
from muster.gateway import desk, tokens
from muster.gateway.client import GatewayClient
from muster.gateway.http_pool import HttpPool
from muster.intake.queue import enqueue
from muster.ledger.postgres import PostgresLedger
from muster.ledger.schema import migrate
from muster.services.gateway_app import build
from muster.services.ports import free_port
from muster.services.postgres import EmbeddedPostgres
from muster.teams.autonomy_changes import grant_as_written
from muster.teams.deploy import deploy_team
from tests.injection.arriving import arrived
from tests.injection.attack import Attack, Letter, Plant
from tests.injection.books import Books
from tests.injection.without import ungated_registration

_places = itertools.count(1)
_DATA = PROJECT_ROOT / "data"
_LIFETIME = timedelta(minutes=30)
_GATEWAY_PATH = "/mcp"


@dataclass(frozen=True, slots=True)
class Scene:
    """One attack's surroundings."""

    ledger: PostgresLedger
    books: Books
    url: str
    team: str
    http: HttpPool

    async def task(self, letter: Letter) -> str:
        """The id of the task the letter became at the door."""
        return (await enqueue(self.ledger, arrived(letter, self.team, self.ledger.clock.now()))).task_id

    async def client(self, agent: str, run_id: str, task_id: str) -> GatewayClient:
        """The agent's way to its tools, by a token of its own."""
        token = await tokens.issue(self.ledger, agent, self.team, run_id, task_id, _LIFETIME)
        return GatewayClient(self.url, token, http=self.http)


class Place:
    """Postgres, the company's systems and what a gateway is made of; kept while all attacks run."""

    def __init__(self, postgres: EmbeddedPostgres, folder: Path) -> None:
        self._postgres = postgres
        self._name = f"injection_{os.getpid()}_{next(_places)}"
        self._folder = folder / self._name
        self._numbers = itertools.count(1)
        self._company_port = free_port()
        self.model_port = free_port()
        self.books = Books(self._folder / "books", _DATA / "demo" / "company.json")
        self.grants = _grants()

    @asynccontextmanager
    async def ready(self) -> AsyncIterator["Place"]:
        """The place with its systems running and its template made."""
        app = build_app(self.books.engine, SystemClock())
        async with served(app, self._company_port):
            await self._make_template()
            yield self
        self.books.close()

    async def _make_template(self) -> None:
        self._postgres.create_database(self._name)
        url = self._postgres.url(self._name)
        await asyncio.to_thread(migrate, url)
        ledger = await PostgresLedger.open(url, pool_size=2)
        try:
            for manifest in sorted((_DATA / "teams").glob("*/team.yaml")):
                await deploy_team(ledger, manifest.parent, "person:suite")
            await grant_as_written(ledger, "co-pilot", reason="attacks", actor="person:suite")
            settings = self.settings(url, gated=True)
            await desk.registered(ledger, settings, (), actor="person:suite")
        finally:
            await ledger.close()

    def settings(self, url: str, *, gated: bool) -> Settings:
        """The settings of a gateway; without the gate every value may come from anywhere."""
        folder = self._folder / ("gated" if gated else "open")
        if not folder.exists():
            shutil.copytree(_DATA / "policies", folder / "policies")
            servers = {
                name: {"type": "http", "url": f"http://127.0.0.1:{self._company_port}/{name}/mcp"}
                for name in CATALOGUE
            }
            (folder / "mcp.json").write_text(json.dumps({"mcpServers": servers}))
            registration = YAML(typ="safe").load((_DATA / "demo" / "tools.yaml").read_text())
            if not gated:
                registration, policy = ungated_registration(registration)
                _write_yaml(folder / "policies" / "provenance.yaml", policy)
            _write_yaml(folder / "tools.yaml", registration)
        return Settings(
            home=folder / "home",
            database_url=url,
            http_port=free_port(),
            rehearsal_port=self.model_port,
            mcp_servers=folder / "mcp.json",
            tools_registration=folder / "tools.yaml",
            policies_dir=folder / "policies",
        )

    @asynccontextmanager
    async def scene(self, attack: Attack, *, gated: bool) -> AsyncIterator[Scene]:
        """Fresh books with the attack's plants, a fresh record, and a gateway on them."""
        async with self.at_work(gated=gated, plants=attack.plants) as (ledger, settings):
            http = HttpPool()
            try:
                yield Scene(ledger, self.books, settings.gateway_url, attack.domain, http)
            finally:
                await http.aclose()

    @asynccontextmanager
    async def at_work(
        self, *, gated: bool, plants: Iterable[Plant] = ()
    ) -> AsyncIterator[tuple[PostgresLedger, Settings]]:
        """Fresh books, a fresh record with the teams deployed, and a gateway that serves them."""
        self.books.reset(plants)
        name = f"{self._name}_{next(self._numbers)}"
        await self._database(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER muster").format(
                sql.Identifier(name), sql.Identifier(self._name)
            )
        )
        settings = self.settings(self._postgres.url(name), gated=gated)
        ledger = await PostgresLedger.open(settings.database_url or "", pool_size=3)
        try:
            app = build(ledger, settings)
            asgi = Starlette(
                routes=[Route(_GATEWAY_PATH, endpoint=app.asgi)], lifespan=lambda _: app.lifespan()
            )
            async with served(asgi, settings.http_port):
                yield ledger, settings
        finally:
            await ledger.close()
            await self._database(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    async def _database(self, statement: sql.Composed) -> None:
        url = self._postgres.superuser_url()
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute(statement)


def _grants() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """The tools of each team's agents, as their manifests name them; coordinators first."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for path in sorted((_DATA / "teams").glob("*/team.yaml")):
        manifest = YAML(typ="safe").load(path.read_text())
        found[manifest["team"]] = {agent["name"]: frozenset(agent["tools"]) for agent in manifest["agents"]}
    return found


def _write_yaml(path: Path, value: Mapping[str, Any]) -> None:
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(dict(value), file)


@asynccontextmanager
async def served(asgi: ASGIApp, port: int) -> AsyncIterator[None]:
    """Serve an ASGI app on `port` while the block lasts."""
    server = _ReadyServer(
        uvicorn.Config(asgi, host="127.0.0.1", port=port, log_level="error", access_log=False)
    )
    task = asyncio.create_task(server.serve())
    await server.ready.wait()
    try:
        yield
    finally:
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
