"""Taking one task from a shallow and from a deep queue of several teams, priorities, halts and retries.

Run: `python -m tests.benchmarks.queue_depth [--tasks 100000] [--picks 300] [--rounds 3] [--json]`. Both
queues stand on 100,000 tasks that ended; two of the eight teams are paused, and of each team's tasks 40 % are
free, 30 % are for later, 20 % wait for a halt, 5 % are held and 5 % are due again. A pick is one call of
`lease` with its event and its commit, a worker at a time; ours is the deep queue, the baseline the one of
1,000 tasks, in turns.
"""

import argparse
import asyncio
import statistics
from itertools import cycle
from time import perf_counter

from muster.intake.leases import lease
from muster.ledger.postgres import PostgresLedger
from muster.ledger.schema import migrate
from muster.services.postgres import EmbeddedPostgres
from tests.benchmarks.measure import Comparison, durable_server, report
from tests.integration.intake.deep_queue import PAUSED, TEAMS, fill

SHALLOW = 1_000
OPEN = [team for team in TEAMS if team not in PAUSED]


async def picked(ledger: PostgresLedger, picks: int) -> list[float]:
    """Milliseconds of each pick, from one team after the other."""
    took: list[float] = []
    for team, _ in zip(cycle(OPEN), range(picks), strict=False):
        began = perf_counter()
        tasks = await lease(ledger, team, "bench", limit=1, lease_seconds=3_600)
        took.append((perf_counter() - began) * 1_000)
        assert len(tasks) == 1
    return took


async def refused(ledger: PostgresLedger, looks: int) -> list[float]:
    """Milliseconds of each look at a paused team's queue."""
    took: list[float] = []
    for _ in range(looks):
        began = perf_counter()
        assert await lease(ledger, PAUSED[0], "bench", limit=1, lease_seconds=3_600) == []
        took.append((perf_counter() - began) * 1_000)
    return took


def p95(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1]


async def measured(server: EmbeddedPostgres, given: argparse.Namespace) -> list[Comparison]:
    baseline = f"{SHALLOW:,} tasks"
    halted = f"looking at a paused team with {given.tasks // len(TEAMS):,} tasks, p50"
    lines = [
        Comparison(f"picking one of {given.tasks:,} tasks, p50", baseline, "ms", "lower", 1.5),
        Comparison(f"picking one of {given.tasks:,} tasks, p95", baseline, "ms", "lower", 1.5),
        Comparison(halted, baseline, "ms", "lower", 1.5),
    ]
    deep = await PostgresLedger.open(server.url("deep"), pool_size=1)
    shallow = await PostgresLedger.open(server.url("shallow"), pool_size=1)
    for ledger in (deep, shallow):
        await picked(ledger, 20)
    picks = min(given.picks, SHALLOW // 4 // given.rounds)
    for _ in range(given.rounds):
        for ledger, into in ((deep, "ours"), (shallow, "theirs")):
            took = await picked(ledger, picks if ledger is shallow else given.picks)
            getattr(lines[0], into).append(statistics.median(took))
            getattr(lines[1], into).append(p95(took))
            getattr(lines[2], into).append(statistics.median(await refused(ledger, 50)))
    await deep.close()
    await shallow.close()
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--picks", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with durable_server() as server:
        for name, tasks in (("deep", given.tasks), ("shallow", SHALLOW)):
            server.create_database(name)
            migrate(server.url(name))
            fill(server.superuser_url(name), tasks=tasks)
        lines = asyncio.run(measured(server, given))
    deepest = statistics.median(lines[0].ours)
    report(
        lines,
        as_json=given.json,
        tasks=given.tasks,
        picks=given.picks,
        rounds=given.rounds,
        p50_of_a_pick_ms=round(deepest, 3),
        p50_wanted_ms=5.0,
        p50_reached=deepest < 5.0,
    )


if __name__ == "__main__":
    main()
