"""What the webhook door takes of a message, against one durable row of Postgres.

Run: `.venv/bin/python -m tests.benchmarks.intake_door [--messages 200] [--rounds 3] [--json]`.

Ours is the door's own `latency_ms`: reading, routing, and the task with its event in one durable commit.
The baseline is one row inserted and committed over an open connection. The aim of 50 ms a message is printed
beside it.
"""

import argparse
import asyncio
import statistics
import time

import httpx
import psycopg
from starlette.applications import Starlette

from muster.ledger.postgres import PostgresLedger
from muster.services.intake_api import routes
from tests.benchmarks.measure import Comparison, durable_database, report
from tests.integration.intake.desk import deploy

_WANTED_MS = 50
_MESSAGE = {"source": "website-form", "priority": "high", "content": "We need 40 beds"}


async def door(ledger: PostgresLedger, messages: int, turn: int) -> float:
    """The median of what the door says it took, in milliseconds."""
    app = Starlette(routes=routes(lambda: ledger))
    taken = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://muster") as caller:
        for number in range(messages):
            message = {**_MESSAGE, "task_id": f"{turn}-{number}"}
            answer = await caller.post("/api/v1/dispatch-task", json=message)
            answer.raise_for_status()
            taken.append(float(answer.json()["latency_ms"]))
    return statistics.median(taken)


async def row(url: str, messages: int) -> float:
    """The median of one inserted and committed row, in milliseconds."""
    taken = []
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("CREATE TABLE IF NOT EXISTS bare (content text)")
        for _ in range(messages):
            before = time.perf_counter()
            await connection.execute("INSERT INTO bare VALUES (%s)", [_MESSAGE["content"]])
            taken.append((time.perf_counter() - before) * 1000)
    return statistics.median(taken)


async def compare(url: str, messages: int, rounds: int) -> Comparison:
    """Rounds of ours and the baseline, in turns."""
    comparison = Comparison("a message at the door", "one committed row", "ms", "lower", 10)
    ledger = await PostgresLedger.open(url, pool_size=2)
    try:
        await deploy(ledger)
        for turn in range(rounds):
            comparison.ours.append(await door(ledger, messages, turn))
            comparison.theirs.append(await row(url, messages))
    finally:
        await ledger.close()
    return comparison


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with durable_database() as url:
        comparison = asyncio.run(compare(url, given.messages, given.rounds))
    median = statistics.median(comparison.ours)
    within = "reached" if median < _WANTED_MS else "NOT reached"
    report([comparison], as_json=given.json, wanted=f"under {_WANTED_MS} ms: {within} ({median:.1f} ms)")


if __name__ == "__main__":
    main()
