"""What one worker's memory does over many tasks: it should stay where it was after the first thousand.

Run: `python -m tests.benchmarks.worker_memory [--tasks 10000] [--json]`. A real shift on a real database, the
ledger on, with a model and tools in this process that answer at once; RSS is read every tenth of the tasks.
"""

import argparse
import asyncio
import gc
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from muster.gateway.client import ToolOutcome
from muster.intake.message import Content, IncomingMessage
from muster.intake.queue import enqueue
from muster.ledger.postgres import PostgresLedger
from muster.models.client import ModelAnswer
from muster.teams.shift import Shift
from tests.benchmarks.measure import durable_database
from tests.integration.intake.desk import deploy
from tests.integration.teams.scripted import ScriptedClient, ScriptedTools, agent, bench, team, use

REACH_PERCENT = 5.0
"""Growth from the first tenth to the last that is still called flat."""
_ANSWERS = (
    use("shop__get_order", 1, order_number="BL-1"),
    use("finish", summary="answered", confidence=0.95),
)


@dataclass(frozen=True)
class Sample:
    """The worker after so many tasks."""

    tasks: int
    rss_mb: float
    objects: int
    """Containers the garbage collector knows of."""


class Instant(ScriptedClient):
    """A model that looks an order up and finishes."""

    async def reachable(self, roles: Mapping[str, Any]) -> None:
        return None

    async def send(self, *asked: Any, **more: Any) -> ModelAnswer:
        messages = next(
            one for one in (*asked, *more.values()) if isinstance(one, list) and "role" in str(one)
        )
        said = sum(message["role"] == "assistant" for message in messages)
        return _ANSWERS[min(said, 1)]


class Forgetful(ScriptedTools):
    """Tools that do not keep what they were asked, as tests do."""

    async def call(self, *asked: Any) -> ToolOutcome:
        outcome = await super().call(*asked)
        self.calls.clear()
        return outcome


def rss_mb() -> float:
    """Resident memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def sample(tasks: int) -> Sample:
    gc.collect()
    return Sample(tasks, round(rss_mb(), 1), len(gc.get_objects()))


async def fill(ledger: PostgresLedger, numbers: range) -> None:
    """Put so many tasks into the queue."""
    for number in numbers:
        message = IncomingMessage(
            source="bench",
            external_id=str(number),
            channel="webhook",
            destinations=("bench",),
            priority="medium",
            title=f"message {number}",
            content=Content(text="Where is my order? " * 20, received_at=datetime(2026, 11, 21, tzinfo=UTC)),
        )
        await enqueue(ledger, message, team="support")


async def measure(url: str, tasks: int) -> list[Sample]:
    """The worker's memory, ten times on the way."""
    ledger = await PostgresLedger.open(url)
    try:
        await deploy(ledger)
        tools = Forgetful(ledger, shop__get_order=ToolOutcome("ok", "shipped"))
        shift = Shift(
            bench(ledger, Instant(), tools), team(agent("desk", budget={"usd_per_day": "1000"})), "w1"
        )
        working = asyncio.create_task(shift.work(stay_seconds=1e6))
        samples = []
        for part in range(10):
            upto = tasks * (part + 1) // 10
            await fill(ledger, range(tasks * part // 10, upto))
            while shift.report.completed < upto:
                if working.done() or shift.report.escalated or shift.report.failed:
                    raise RuntimeError(f"the worker did something else: {shift.report}")
                await asyncio.sleep(0.05)
            samples.append(sample(upto))
        shift.leave()
        await working
        return samples
    finally:
        await ledger.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with durable_database() as url:
        samples = asyncio.run(measure(url, options.tasks))
    growth = 100 * (samples[-1].rss_mb / samples[0].rss_mb - 1)
    if options.json:
        print(json.dumps({"growth_percent": growth, "samples": [asdict(one) for one in samples]}, indent=2))
        return
    for one in samples:
        print(f"after {one.tasks:>6,} tasks: {one.rss_mb:7.1f} MB, {one.objects:>9,} objects")
    reached = "reached" if growth <= REACH_PERCENT else "NOT reached"
    print(f"growth from first to last: {growth:+.1f} % (at most {REACH_PERCENT:g} % wanted: {reached})")


if __name__ == "__main__":
    main()
