"""What a call through the gateway costs, with policy and ledger on, against the same server direct.

Run: `python tests/benchmarks/gateway_overhead.py [--calls 400]`. Trust CPU-ms and ratios, not absolute times.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

import psycopg
import uvicorn
from psycopg.types.json import Jsonb
from starlette.applications import Starlette
from starlette.routing import Route

from muster.core.settings import PROJECT_ROOT, Settings
from muster.gateway import desk, tokens
from muster.gateway.client import GatewayClient
from muster.gateway.http_pool import HttpPool
from muster.gateway.modern import ModernClient
from muster.ledger.postgres import PostgresLedger
from muster.ledger.schema import migrate
from muster.services.gateway_app import build
from muster.services.ports import free_port
from muster.services.postgres import EmbeddedPostgres

SHOP = PROJECT_ROOT / "tests" / "integration" / "gateway" / "shop_server.py"
ARGUMENTS = {"order_number": "BL-1"}
MANIFEST = {"team": "bench", "agents": [{"name": "a", "tier": "ingestion", "tools": ["shop__get_order"]}]}


@dataclass(frozen=True)
class Cost:
    """What one call costs, on average."""

    p50_ms: float
    calls_per_second: float
    cpu_ms: dict[str, float]

    def line(self, name: str) -> str:
        cpu = "  ".join(f"{process} {value:.2f}" for process, value in self.cpu_ms.items())
        return f"{name:<22} p50 {self.p50_ms:6.2f} ms   {self.calls_per_second:6.0f} calls/s   CPU-ms: {cpu}"


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def postgres_pids(data_dir: Path) -> list[int]:
    """The server and its children."""
    parent = int((data_dir / "postmaster.pid").read_text().splitlines()[0])
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [parent, *map(int, children)]


async def measured(
    call: Callable[[], Awaitable[object]],
    calls: int,
    at_once: int,
    processes: Callable[[], dict[str, list[int]]],
) -> Cost:
    """The cost of `calls` calls, `at_once` of them side by side."""
    await asyncio.gather(*(call() for _ in range(max(at_once, 20))))
    pids = processes()
    before = {name: sum(map(cpu_seconds, each)) for name, each in pids.items()}
    own, began, walls = time.process_time(), time.perf_counter(), []

    async def worker(share: int) -> None:
        for _ in range(share):
            start = time.perf_counter()
            await call()
            walls.append(time.perf_counter() - start)

    await asyncio.gather(*(worker(calls // at_once) for _ in range(at_once)))
    seconds, done = time.perf_counter() - began, len(walls)
    cpu = {name: (sum(map(cpu_seconds, each)) - before[name]) * 1000 / done for name, each in pids.items()}
    cpu["client"] = (time.process_time() - own) * 1000 / done
    return Cost(median(walls) * 1000, done / seconds, cpu)


def settings_for(folder: Path, url: str, shop_port: int, port: int) -> Settings:
    shop = {"url": f"http://127.0.0.1:{shop_port}/mcp"}
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": {"shop": shop}}))
    (folder / "tools.yaml").write_text("servers: {shop: {'*': {effect: read}}}")
    return Settings(
        home=folder,
        database_url=url,
        http_port=port,
        mcp_servers=folder / "mcp.json",
        tools_registration=folder / "tools.yaml",
    )


def serve(folder: Path, url: str, shop_port: int, port: int) -> None:
    """The gateway alone in this process."""

    async def run() -> None:
        ledger = await PostgresLedger.open(url)
        app = build(ledger, settings_for(folder, url, shop_port, port))
        routes = [Route("/mcp", endpoint=app.asgi)]
        http_app = Starlette(routes=routes, lifespan=lambda _: app.lifespan())
        await uvicorn.Server(uvicorn.Config(http_app, port=port, log_level="error", http="h11")).serve()

    asyncio.run(run())


async def listening(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


class Caller:
    """Calls through the gateway, as runs of 25 calls each."""

    def __init__(self, ledger: PostgresLedger, url: str, pool: HttpPool) -> None:
        self._ledger, self._url, self._pool = ledger, url, pool
        self._calls = 0
        self._client: GatewayClient | None = None

    async def call(self) -> object:
        if self._client is None or self._calls % 25 == 0:
            run = f"run_{self._calls}"
            token = await tokens.issue(self._ledger, "a", "bench", run, "tsk_1", timedelta(minutes=5))
            self._client = GatewayClient(self._url, token, http=self._pool)
        self._calls += 1
        outcome = await self._client.call("shop__get_order", ARGUMENTS)
        assert outcome.status == "ok", outcome
        return outcome


async def compare(folder: Path, url: str, ports: tuple[int, int], pids: tuple[int, int], calls: int) -> None:
    shop_port, port = ports
    await listening(shop_port)
    await listening(port)
    settings = settings_for(folder, url, shop_port, port)
    ledger = await PostgresLedger.open(url)
    await desk.registered(ledger, settings, [], actor="person:bench")
    pool = HttpPool()
    shop = ModernClient("shop", f"http://127.0.0.1:{shop_port}/mcp", pool)
    caller = Caller(ledger, settings.gateway_url, pool)

    async def direct() -> object:
        params = {"name": "get_order", "arguments": ARGUMENTS}
        return await shop.request("tools/call", params, seconds=10, name="get_order")

    def everyone() -> dict[str, list[int]]:
        return {"gateway": [pids[1]], "postgres": postgres_pids(folder / "pg"), "shop": [pids[0]]}

    for at_once in (1, 32):
        alone = await measured(direct, calls, at_once, lambda: {"shop": [pids[0]]})
        through = await measured(caller.call, calls, at_once, everyone)
        print(alone.line(f"direct, {at_once} at once"))
        print(through.line(f"gateway, {at_once} at once"))
        ratio = through.p50_ms / alone.p50_ms
        share = through.calls_per_second / alone.calls_per_second
        print(f"{'':<22} p50 {ratio:.1f}x direct   throughput {share:.2f} of direct")
    await pool.aclose()
    await ledger.close()


def with_processes(folder: Path, url: str, calls: int) -> None:
    migrate(url)
    with psycopg.connect(url) as connection:
        version = "INSERT INTO state.team_versions VALUES ('bench', 1, %s, 'sha', now())"
        connection.execute(version, [Jsonb(MANIFEST)])
        connection.execute("INSERT INTO state.teams VALUES ('bench', 1)")
    shop_port, port = free_port(), free_port()
    given = ["--serve", str(folder), url, str(shop_port), str(port)]
    shop = subprocess.Popen([sys.executable, str(SHOP), "--port", str(shop_port)])
    gateway = subprocess.Popen([sys.executable, __file__, *given])
    try:
        asyncio.run(compare(folder, url, (shop_port, port), (shop.pid, gateway.pid), calls))
    finally:
        gateway.kill()
        shop.kill()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=400)
    parser.add_argument("--serve", nargs=4, metavar=("FOLDER", "DATABASE_URL", "SHOP_PORT", "PORT"))
    given = parser.parse_args()
    if given.serve:
        folder, url, shop_port, port = given.serve
        serve(Path(folder), url, int(shop_port), int(port))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with EmbeddedPostgres(folder / "pg", free_port()).running() as postgres:
            postgres.create_database("muster")
            with_processes(folder, postgres.url("muster"), given.calls)


if __name__ == "__main__":
    main()
