"""Whether appending stays as cheap as the ledger grows: a ledger of ten million events beside one of ten
thousand.

Run: `python -m tests.benchmarks.growth [--events 10000000] [--rounds 7] [--json]`. Both are databases of
one server,
measured in turns: intend + settle with 32 writers, and one writer's p50. Needs about 15 GB of disk for ten
million.
"""

import argparse
import asyncio
import statistics
from time import perf_counter

import psycopg
from psycopg import sql

from muster.ledger.postgres import PostgresLedger
from muster.ledger.schema import migrate
from tests.benchmarks.measure import Comparison, durable_server, report
from tests.benchmarks.write_path import MANY, in_turns, paired, timed

SMALL = 10_000
_AT_ONCE = 500_000
_FILL = """
    INSERT INTO ledger.events (event_id, kind, task_id, run_id, run_seq, team, agent, actor, model_source,
    happened_at,
        recorded_at, cost_usd, body, chain_sha256)
    SELECT 'evt_0' || lpad(n::text, 25, '0'), (ARRAY['model_call.intended', 'model_call.settled',
    'tool_call.intended',
            'tool_call.settled'])[1 + n %% 4], 'tsk_0' || lpad((n / 12)::text, 25, '0'),
        'run_0' || lpad((n / 12)::text, 25, '0'), 1 + n %% 12, 'team' || n %% 4, 'desk', 'agent:desk',
        'rehearsal',
        clock_timestamp(), clock_timestamp(), 0.004, '{"n":' || n || ',"text":"' || repeat('x', 600) || '"}',
        sha256(int8send(n))
    FROM generate_series(%s::bigint, %s::bigint) AS n
"""
_HEADS = """
    INSERT INTO ledger.run_heads (run_id, run_seq, chain_sha256)
    SELECT 'run_0' || lpad(n::text, 25, '0'), 12, sha256(int8send(n)) FROM generate_series(0, %s::bigint) AS n
"""
_PURSES = """
    INSERT INTO state.budgets
    SELECT 'task:tsk_0' || lpad(n::text, 25, '0') || '/desk', 'task', 1, 12, 0, 0.05, 12, 100
    FROM generate_series(0, %s::bigint) AS n
"""


def fill(url: str, events: int) -> None:
    """Put that many events, their runs and their tasks' budgets into a ledger."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for first in range(0, events, _AT_ONCE):
            connection.execute(_FILL, (first, min(first + _AT_ONCE, events) - 1))
        connection.execute(_HEADS, (events // 12,))
        connection.execute(_PURSES, (events // 12,))
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


async def rate(ledger: PostgresLedger) -> float:
    """Pairs a second of many writers."""
    pairs = 400
    *_, whole = await timed(lambda number: paired(ledger, number), pairs, MANY)
    return pairs / whole


async def measured(small_url: str, large_url: str, events: int, rounds: int) -> list[Comparison]:
    many = Comparison(
        f"intend + settle at {events:,} events, {MANY} writers", f"at {SMALL:,}", "pairs/s", "higher", 0.9
    )
    one = Comparison(
        f"intend + settle at {events:,} events, 1 writer", f"at {SMALL:,}", "ms p50", "lower", 1.11
    )
    small = await PostgresLedger.open(small_url, pool_size=4)
    large = await PostgresLedger.open(large_url, pool_size=4)
    for turn in range(rounds + 1):
        alone = await in_turns(
            lambda number: paired(small, number), lambda number: paired(large, number), 100
        )
        rates = [await rate(ledger) for ledger in (small, large)]
        if turn:  # the first one only warms up
            many.theirs.append(rates[0])
            many.ours.append(rates[1])
            one.theirs.append(statistics.median(alone[0]) * 1000)
            one.ours.append(statistics.median(alone[1]) * 1000)
    await small.close()
    await large.close()
    return [many, one]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with durable_server() as postgres:
        began = perf_counter()
        for name, events in (("small", SMALL), ("large", given.events)):
            postgres.create_database(name)
            migrate(postgres.url(name))
            fill(postgres.superuser_url(name), events)
        filled = perf_counter() - began
        with psycopg.connect(postgres.superuser_url("large")) as connection:
            [size] = connection.execute(sql.SQL("SELECT pg_database_size('large')")).fetchone() or (0,)
        comparisons = asyncio.run(
            measured(postgres.url("small"), postgres.url("large"), given.events, given.rounds)
        )
    report(
        comparisons,
        as_json=given.json,
        events=given.events,
        rounds=given.rounds,
        filled_seconds=round(filled),
        size_gib=round(size / 2**30, 1),
    )


if __name__ == "__main__":
    main()
