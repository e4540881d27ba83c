"""What a call through the gateway costs, policy and ledger on, against the system direct and fastmcp's proxy.

Run: `python -m tests.benchmarks.gateway_overhead [--calls 400] [--rounds 3] [--json]`. On a shared machine
trust CPU-ms and ratios, not absolute times. Every call is a run's: 25 calls, then another token.
"""

import argparse
import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from muster.core.settings import PROJECT_ROOT
from muster.gateway import desk, tokens
from muster.gateway.client import GatewayClient
from muster.gateway.http_pool import HttpPool
from muster.gateway.modern import ModernClient
from muster.ledger.postgres import PostgresLedger
from muster.ledger.schema import migrate
from muster.services.ports import free_port
from tests.benchmarks import gateway_overhead_rig as rig
from tests.benchmarks.gateway_overhead_rig import Processes, Sample, sampled
from tests.benchmarks.measure import Comparison, durable_server, report
from tests.integration.gateway.workplace import deploy

WORK = {
    "read": ("get_order", {"order_number": "BL-1"}),
    "keyed write": ("set_note", {"note": "one towel"}),
    "unkeyed write": ("add_note", {"note": "one towel"}),
}
MANY = 32
_CALLS_A_RUN = 25
_CPU_TARGET_MS = 3.0

Call = Callable[[], Awaitable[object]]


class Bench:
    """Makes the callers of everyone compared."""

    def __init__(self, ledger: PostgresLedger, everyone: Processes, pool: HttpPool) -> None:
        self._ledger = ledger
        self._everyone = everyone
        self._pool = pool
        self._runs = count(1)
        self._tokens: list[str] = []

    async def stock(self, calls: int) -> None:
        """Issue tokens for that many calls, so that it is not measured."""
        while len(self._tokens) * _CALLS_A_RUN < calls + MANY * _CALLS_A_RUN:
            run = f"run_{next(self._runs)}"
            self._tokens.append(
                await tokens.issue(self._ledger, "clerk", "bench", run, "tsk_bench", timedelta(hours=1))
            )

    def through(self, work: str) -> Call:
        """A caller through the gateway: a new run every 25 calls."""
        tool, arguments = WORK[work]
        made = count()
        client: GatewayClient | None = None

        async def call() -> object:
            nonlocal client
            if client is None or next(made) % _CALLS_A_RUN == _CALLS_A_RUN - 1:
                url = f"http://127.0.0.1:{self._everyone.gateway}/mcp"
                client = GatewayClient(url, self._tokens.pop(), http=self._pool)
            outcome = await client.call(f"system__{tool}", arguments)
            assert outcome.status == "ok", outcome
            return outcome

        return call

    def straight(self, work: str, port: int) -> Call:
        """A caller of whoever listens on the port."""
        tool, arguments = WORK[work]
        client = ModernClient("direct", f"http://127.0.0.1:{port}/mcp", self._pool)

        async def call() -> object:
            return await client.request(
                "tools/call", {"name": tool, "arguments": arguments}, seconds=60, name=tool
            )

        return call

    async def round(self, calls: int) -> dict[tuple[str, str, int], Sample]:
        """Everyone once, by who, work and how many at once."""
        made: dict[tuple[str, str, int], Sample] = {}
        for work, at_once in [*((work, 1) for work in WORK), ("read", MANY), ("unkeyed write", MANY)]:
            await self.stock(calls)
            direct = [self.straight(work, self._everyone.system) for _ in range(at_once)]
            made["direct", work, at_once] = await sampled(
                f"direct, {work}", direct, calls, lambda: self._everyone.of("system")
            )
            ours = [self.through(work) for _ in range(at_once)]
            made["gateway", work, at_once] = await sampled(
                f"gateway, {work}", ours, calls, lambda: self._everyone.of("gateway", "postgres", "system")
            )
            for name, port in self._everyone.fastmcp.items() if work == "read" else ():
                rival = [self.straight(work, port) for _ in range(at_once)]
                made[name, work, at_once] = await sampled(
                    f"{name}, {work}", rival, max(calls // 5, at_once), _pids(self._everyone, name)
                )
        return made


def _pids(everyone: Processes, name: str) -> Callable[[], dict[str, list[int]]]:
    return lambda: {"gateway": everyone.of(name)[name], "system": everyone.of("system")["system"]}


def compared(rounds: list[dict[tuple[str, str, int], Sample]], commits: list[float]) -> list[Comparison]:
    """Ours against what is aimed for, and against fastmcp's proxy."""
    made = []
    for work in WORK:
        wanted = Comparison(
            f"a {work}, one at a time, p50", "3x direct and one commit", "ms", "lower", reach=1.0
        )
        cpu = Comparison(f"a {work}, CPU of the gateway", "the aim", "CPU-ms", "lower", reach=1.0)
        for each, commit in zip(rounds, commits, strict=True):
            wanted.ours.append(each["gateway", work, 1].p50_ms)
            wanted.theirs.append(3 * each["direct", work, 1].p50_ms + commit)
            cpu.ours.append(each["gateway", work, 1].cpu_ms["gateway"])
            cpu.theirs.append(_CPU_TARGET_MS)
        made += [wanted, cpu]
    for work in ("read", "unkeyed write"):
        many = Comparison(f"{MANY} at once, {work}", "direct", "calls/s", "higher", reach=0.5)
        for each in rounds:
            many.ours.append(each["gateway", work, MANY].calls_per_second)
            many.theirs.append(each["direct", work, MANY].calls_per_second)
        made.append(many)
    for rival in ("fastmcp", "fastmcp, held"):
        for at_once in (1, MANY) if (rival, "read", 1) in rounds[0] else ():
            against = Comparison(f"a read, {at_once} at once, p50", rival, "ms", "lower", reach=1.0)
            cpu = Comparison(f"a read, {at_once} at once, CPU", rival, "CPU-ms", "lower", reach=1.0)
            for each in rounds:
                mine, theirs = each["gateway", "read", at_once], each[rival, "read", at_once]
                against.ours.append(mine.p50_ms)
                against.theirs.append(theirs.p50_ms)
                cpu.ours.append(mine.cpu_ms["gateway"])
                cpu.theirs.append(theirs.cpu_ms["gateway"])
            made += [against, cpu]
    return made


async def measured(
    everyone: Processes, folder: Path, url: str, calls: int, times: int
) -> tuple[list[dict[tuple[str, str, int], Sample]], list[float]]:
    """All rounds, and the cost of a commit in each."""
    ledger = await PostgresLedger.open(url)
    pool = HttpPool(most_idle=MANY)
    try:
        bench = Bench(ledger, everyone, pool)
        rounds, commits = [], []
        for _ in range(times):
            commits.append(await asyncio.to_thread(rig.commit_ms, url))
            rounds.append(await bench.round(calls))
        return rounds, commits
    finally:
        await pool.aclose()
        await ledger.close()


async def prepared(folder: Path, url: str, system: int) -> None:
    """The configuration, the team; the tools are registered once the system listens."""
    entry = {"url": f"http://127.0.0.1:{system}/mcp"}
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": {"system": entry}}))
    (folder / "tools.yaml").write_text(rig.REGISTRATION)
    shutil.copytree(PROJECT_ROOT / "data" / "policies", folder / "own_policies")
    ledger = await PostgresLedger.open(url)
    await deploy(ledger, rig.MANIFEST)
    await ledger.close()


async def registered(folder: Path, url: str, port: int) -> None:
    """Pin the system's tools."""
    ledger = await PostgresLedger.open(url)
    await desk.registered(ledger, rig.settings_for(folder, url, port), [], actor="person:bench")
    await ledger.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", dest="as_json")
    given = parser.parse_args()
    with TemporaryDirectory() as name, durable_server() as postgres:
        folder, url, system = Path(name), postgres.url("muster"), free_port()
        migrate(url)
        asyncio.run(prepared(folder, url, system))
        with rig.running(folder, url, postgres.data_dir, system) as everyone:
            asyncio.run(registered(folder, url, everyone.gateway))
            rounds, commits = asyncio.run(measured(everyone, folder, url, given.calls, given.rounds))
    if not given.as_json:
        for each in rounds:
            for sample in each.values():
                print(sample.line())
    report(
        compared(rounds, commits),
        as_json=given.as_json,
        commit_ms=[round(each, 2) for each in commits],
        fastmcp="measured" if rig.BENCH_PYTHON.exists() else "not installed: make bench-setup",
    )


if __name__ == "__main__":
    main()
