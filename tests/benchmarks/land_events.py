"""What landing many events costs against psycopg COPY of the same rows.

Run: `python -m tests.benchmarks.land_events [--events 100000] [--rounds 5] [--json]`. Two baselines: COPY
into a table
of the same columns and indexes, and into one without any index. Ours adds the chain of every run, the
heads, the
partition and the rights. The rows are made beforehand. The first round is the cold one and is shown apart.
"""

import argparse
import asyncio
from decimal import Decimal
from time import perf_counter
from typing import Any

import psycopg
from psycopg import AsyncConnection

from muster.core.clock import SystemClock
from muster.core.ids import IdMaker
from muster.ledger.landing import Record, land_events
from muster.ledger.record import row
from tests.benchmarks.measure import Comparison, durable_database, report
from tests.benchmarks.write_path import events, place

_TABLES = """
    CREATE TABLE public.bare (LIKE ledger.events);
    ALTER TABLE public.bare DROP COLUMN seq, DROP COLUMN recorded_at, DROP COLUMN run_seq, DROP COLUMN
    chain_sha256;
    CREATE TABLE public.indexed (
        LIKE public.bare, seq bigint GENERATED ALWAYS AS IDENTITY, recorded_at timestamptz DEFAULT
        clock_timestamp(),
        PRIMARY KEY (seq, recorded_at)
    );
    CREATE INDEX ON public.indexed (task_id, seq);
    CREATE INDEX ON public.indexed (run_id);
    CREATE INDEX ON public.indexed (event_id);
    CREATE INDEX ON public.indexed (kind, recorded_at);
"""
_COLUMNS = (
    "event_id", "kind", "task_id", "run_id", "team", "agent", "actor", "model_source", "happened_at",
    "cost_usd", "body",
)  # fmt: skip
_TYPES = ("text",) * 8 + ("timestamptz", "numeric", "text")
_COPY_BARE = b"COPY public.bare FROM STDIN (FORMAT binary)"
_COPY_INDEXED = (
    b"COPY public.indexed (event_id, kind, task_id, run_id, team, agent, actor, model_source, happened_at, "
    b"cost_usd, body) FROM STDIN (FORMAT binary)"
)


def records(number: int, first_run: int) -> list[Record]:
    """Rows of runs of twelve events each."""
    clock, ids = SystemClock(), IdMaker()
    made: list[Record] = []
    while len(made) < number:
        where = place(first_run + len(made) // 12)
        for event in events(len(made)):
            cost = Decimal("0.004") if event.kind == "model_call.settled" else None
            made.append(row(ids.new("evt"), event, where, clock.now(), cost))
    return made[:number]


async def copied(url: str, statement: bytes, rows: list[Record]) -> None:
    async with (
        await AsyncConnection.connect(url) as connection,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        copy.set_types(_TYPES)
        for record in rows:
            await copy.write_row([record[name] for name in _COLUMNS])


async def timed(work: Any) -> float:
    began = perf_counter()
    await work
    return perf_counter() - began


async def measured(url: str, number: int, rounds: int) -> list[Comparison]:
    indexed = Comparison("landing events", "COPY, same indexes", "events/s", "higher", 0.6)
    bare = Comparison("landing events", "COPY, no index", "events/s", "higher", 0.6)
    cold = Comparison("landing events, cold", "COPY, same indexes, cold", "events/s", "higher", 0.6)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TABLES)
    for turn in range(rounds + 1):
        rows = records(number, turn * 1_000_000)
        with_index = number / await timed(copied(url, _COPY_INDEXED, rows))
        without = number / await timed(copied(url, _COPY_BARE, rows))
        ours = number / await timed(land_events(url, rows))
        for comparison, theirs in (
            (indexed if turn else cold, with_index),
            *([(bare, without)] if turn else []),
        ):
            comparison.ours.append(ours)
            comparison.theirs.append(theirs)
    return [indexed, bare, cold]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with durable_database() as url:
        comparisons = asyncio.run(measured(url, given.events, given.rounds))
    report(comparisons, as_json=given.json, events=given.events, rounds=given.rounds)


if __name__ == "__main__":
    main()
