"""What the harness is run against: the fixture itself, and the same fixture behind a gateway."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from shutil import copytree
from typing import Any, Final, Literal

from ruamel.yaml import YAML

from muster.core.settings import PROJECT_ROOT, Settings
from muster.gateway import desk, tokens
from muster.ledger.postgres import PostgresLedger
from muster.ledger.schema import migrate
from muster.services import http_app
from muster.services.ports import free_port
from muster.services.postgres import EmbeddedPostgres
from tests.conformance.fixture_tools import SCHEMAS
from tests.integration.gateway.workplace import deploy, served

Transport = Literal["http", "http-2025", "stdio"]
"""How the gateway reaches the fixture: over HTTP, over HTTP with only the 2025 era, or as a subprocess."""
TRANSPORTS: Final[tuple[Transport, ...]] = ("http", "http-2025", "stdio")

SERVER: Final = "everything"
_FIXTURE: Final = "tests.conformance.everything_server"
_STARTED_SECONDS: Final = 30.0
_MANY_CALLS: Final = 100_000
"""One token makes all calls of a suite: the limit a run has would end it."""
_REGISTRATION: Final = f"servers: {{{SERVER}: {{'*': {{effect: read}}}}}}\n"
_GRANTED: Final = [
    *(f"{SERVER}__{tool}" for tool in SCHEMAS),
    f"mcp:{SERVER}",
]
_MANIFEST: Final = {
    "team": "conformance",
    "agents": [{"name": "harness", "tier": "reconciliation", "phase": "core", "tools": _GRANTED}],
}


@asynccontextmanager
async def fixture(*options: str) -> AsyncIterator[int]:
    """The port of the fixture, running over HTTP while the block lasts."""
    port = free_port()
    command = [sys.executable, "-m", _FIXTURE, "--port", str(port), *options]
    process = await asyncio.create_subprocess_exec(*command, cwd=PROJECT_ROOT)
    try:
        await _listening(port)
        yield port
    finally:
        process.kill()
        await process.wait()


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway in front of the fixture."""

    port: int
    token: str

    @property
    def path(self) -> str:
        """Where the fixture's own names are served."""
        return f"/mcp/{SERVER}"


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """The address of a fresh migrated database; it is lost with the block."""
    folder.chmod(0o755)
    with EmbeddedPostgres(folder / "pg", free_port(), durable=False).running() as postgres:
        postgres.create_database("muster")
        url = postgres.url("muster")
        migrate(url)
        yield url


@asynccontextmanager
async def gateway(folder: Path, database_url: str, transport: Transport) -> AsyncIterator[Gateway]:
    """A gateway with policy and ledger on, its fixture behind it, while the block lasts."""
    async with _upstream(transport) as entry:
        settings = _settings(folder, database_url, entry)
        ledger = await PostgresLedger.open(database_url, pool_size=8)
        try:
            await deploy(ledger, _MANIFEST)
            await desk.registered(ledger, settings, [], actor="person:conformance")
            token = await tokens.issue(
                ledger, "harness", "conformance", "run_conformance", "tsk_conformance", timedelta(hours=2)
            )
            async with served(http_app.build(ledger, settings), settings.http_port):
                yield Gateway(settings.http_port, token)
        finally:
            await ledger.close()


@asynccontextmanager
async def _upstream(transport: Transport) -> AsyncIterator[dict[str, Any]]:
    """The fixture's entry in the mcpServers JSON."""
    if transport == "stdio":
        yield {"command": sys.executable, "args": ["-m", _FIXTURE], "cwd": str(PROJECT_ROOT)}
        return
    options = ("--legacy",) if transport == "http-2025" else ()
    async with fixture(*options) as port:
        yield {"type": "http", "url": f"http://127.0.0.1:{port}/mcp"}


def _settings(folder: Path, database_url: str, entry: dict[str, Any]) -> Settings:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": {SERVER: entry}}))
    (folder / "tools.yaml").write_text(_REGISTRATION)
    policies = folder / "own_policies"
    copytree(PROJECT_ROOT / "data" / "policies", policies)
    yaml = YAML()
    limits = yaml.load(policies / "limits.yaml")
    limits["calls_per_run"] = _MANY_CALLS
    limits.pop("rates", None)
    yaml.dump(limits, policies / "limits.yaml")
    return Settings(
        home=folder / "home",
        database_url=database_url,
        http_port=free_port(),
        mcp_servers=folder / "mcp.json",
        tools_registration=folder / "tools.yaml",
        policies_dir=policies,
    )


async def _listening(port: int) -> None:
    deadline = time.monotonic() + _STARTED_SECONDS
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
