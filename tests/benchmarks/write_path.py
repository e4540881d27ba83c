"""What recording an act costs: intend + settle against two plain INSERTs of the same bytes, a commit each.

Run: `python -m tests.benchmarks.write_path [--pairs 400] [--rounds 5] [--json]`. The baseline's table has
the same
columns and a primary key, no other index, no trigger, no chain and no budget. Every round measures both, in
turns;
the first round is the cold one and is shown apart.
"""

import argparse
import asyncio
import statistics
from collections.abc import Awaitable, Callable
from decimal import Decimal
from itertools import count
from time import perf_counter
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from muster.ledger.events import EventContext, ModelCallIntended, ModelCallSettled
from muster.ledger.intents import BudgetLimit
from muster.ledger.postgres import PostgresLedger
from tests.benchmarks.measure import Comparison, durable_database, report

MANY = 32
CALLS_A_TASK = 5
"""Model calls an agent makes for a task, about what the demo company's teams need."""
_NUMBERS = count()
_PLAIN = """
    CREATE TABLE public.plain (
        event_id text PRIMARY KEY, kind text, task_id text, run_id text, team text, agent text, actor text,
        model_source text, happened_at timestamptz, cost_usd numeric(18, 6), body text
    )
"""
_INSERT = """
    INSERT INTO public.plain VALUES (%(event_id)s, %(kind)s, %(task_id)s, %(run_id)s, %(team)s, %(agent)s,
    %(actor)s,
        %(model_source)s, %(happened_at)s, %(cost_usd)s, %(body)s)
"""


def place(number: int) -> EventContext:
    """One of many runs of four teams."""
    return EventContext(
        actor=f"agent:team{number % 4}/desk",
        task_id=f"tsk_{number:026}",
        run_id=f"run_{number:026}",
        team=f"team{number % 4}",
        agent="desk",
        model_source="rehearsal",
    )


def events(number: int) -> tuple[ModelCallIntended, ModelCallSettled]:
    """An intent and its outcome, about as large as those of the demo company."""
    call_id = f"mcl_{next(_NUMBERS):026}"
    intended = ModelCallIntended(
        call_id=call_id,
        role="worker",
        model="claude-sonnet-5-5",
        prompt_version=1,
        request_sha256="0" * 64,
        estimated_cost_usd="0.012000",
    )
    answer = [
        {
            "type": "tool_use",
            "id": f"toolu_{number:020}",
            "name": "shop__get_order",
            "input": {"n": "x" * 200},
        }
    ]
    settled = ModelCallSettled(
        call_id=call_id,
        model="claude-sonnet-5-5",
        status="ok",
        stop_reason="tool_use",
        input_tokens=1_800,
        output_tokens=70,
        latency_ms=900,
        response=answer,
        request_id=f"req_{number:020}",
    )
    return intended, settled


def budgets(where: EventContext) -> list[BudgetLimit]:
    """The four purses of a model call, in dollars and in calls."""
    return [
        BudgetLimit(f"task:{where.task_id}/desk", Decimal(10), 100, "task"),
        BudgetLimit(f"agent:{where.team}/desk", Decimal(100_000), 10_000_000),
        BudgetLimit(f"team:{where.team}", Decimal(400_000), 40_000_000),
        BudgetLimit("fleet", Decimal(1_000_000), 100_000_000),
    ]


Pair = Callable[[int], Awaitable[None]]


async def paired(ledger: PostgresLedger, number: int) -> None:
    where = place(number)
    intended, settled = events(number)
    intent = await ledger.intend(intended, where, reserve_usd=Decimal("0.012"), budgets=budgets(where))
    await ledger.settle(intent, settled, cost_usd=Decimal("0.004"))


async def plain(ledger: PostgresLedger, pool: AsyncConnectionPool[Any], number: int) -> None:
    where = place(number)
    intended, settled = events(number)
    for event in (intended, settled):
        columns = ledger.columns(event, where, None)
        async with pool.connection() as connection:
            await connection.execute(_INSERT, columns)


async def timed(pair: Pair, pairs: int, writers: int) -> list[float]:
    """Seconds each pair took, and at the end the seconds of the whole."""
    took: list[float] = []
    numbers = iter(range(pairs))
    base = next(_NUMBERS) * 1_000_000

    async def writer() -> None:
        for number in numbers:
            began = perf_counter()
            await pair(base + number)
            took.append(perf_counter() - began)

    began = perf_counter()
    await asyncio.gather(*(writer() for _ in range(writers)))
    return [*took, perf_counter() - began]


async def in_turns(one: Pair, other: Pair, pairs: int) -> tuple[list[float], list[float]]:
    """Seconds each pair took, one of each kind after the other: the disk is never the same for long."""
    took: tuple[list[float], list[float]] = ([], [])
    base = next(_NUMBERS) * 1_000_000
    for number in range(pairs):
        for pair, times in zip((one, other), took, strict=True):
            began = perf_counter()
            await pair(base + number // CALLS_A_TASK)
            times.append(perf_counter() - began)
    return took


async def measured(url: str, pairs: int, rounds: int) -> list[Comparison]:
    many = Comparison(
        f"intend + settle, {MANY} writers", "plain INSERT, a commit each", "pairs/s", "higher", 0.8
    )
    one = Comparison("intend + settle, 1 writer", "two committed INSERTs", "ms p50", "lower", 1.3)
    cold = Comparison(f"the same cold, {MANY} writers", "plain INSERT, cold", "pairs/s", "higher", 0.8)
    cold_one = Comparison("the same cold, 1 writer", "two committed INSERTs, cold", "ms p50", "lower", 1.3)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_PLAIN)
    ledger = await PostgresLedger.open(url, pool_size=8)
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
        url, min_size=MANY, max_size=MANY, open=False, kwargs={"autocommit": True}
    )
    await pool.open(wait=True)
    for turn in range(rounds + 1):
        to_many, to_one = (many, one) if turn else (cold, cold_one)
        few = max(pairs // 4, 10)
        alone = await in_turns(
            lambda number: plain(ledger, pool, number), lambda number: paired(ledger, number), few
        )
        to_one.theirs.append(statistics.median(alone[0]) * 1000)
        to_one.ours.append(statistics.median(alone[1]) * 1000)
        *_, whole = await timed(lambda number: plain(ledger, pool, number), pairs, MANY)
        to_many.theirs.append(pairs / whole)
        *_, whole = await timed(lambda number: paired(ledger, number), pairs, MANY)
        to_many.ours.append(pairs / whole)
    await pool.close()
    await ledger.close()
    return [many, one, cold, cold_one]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with durable_database() as url:
        comparisons = asyncio.run(measured(url, given.pairs, given.rounds))
    report(comparisons, as_json=given.json, pairs=given.pairs, rounds=given.rounds)


if __name__ == "__main__":
    main()
