"""A ledger of five months and 200,000 events, and how Postgres would carry out a query on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from muster.ledger.schema import migrate
from muster.services.postgres import EmbeddedPostgres

EVENTS = 200_000
_EVENTS = """
INSERT INTO ledger.events (event_id, kind, task_id, run_id, run_seq, team, actor, happened_at, recorded_at,
    body)
SELECT 'evt_' || n, CASE n % 5 WHEN 0 THEN 'task.ended' ELSE 'model_call.settled' END, 'tsk_' || n / 20,
    'run_' || n / 20, n % 20,
    'support', 'service:test', at, at, '{"kind":"x","payload":{"status":"ok","input_tokens":5}}'
FROM generate_series(1, 200000) AS n
CROSS JOIN LATERAL (SELECT '2026-01-01T00:00Z'::timestamptz + n * interval '1 minute') AS place (at)
"""
_SEALS = """
INSERT INTO ledger.seals
SELECT n * 10, n * 10 - 10, n * 10 - 9, n * 10, '', '', '',
    '2026-01-01T00:00Z'::timestamptz + n * interval '10 minutes'
FROM generate_series(1, 20000) AS n
"""
_FILES = """
INSERT INTO ledger.mirror_files
SELECT 'small' || n, n * 10 - 10, n * 10, n * 10 - 9, n * 10, 10, '', 1, '', now()
FROM generate_series(1, 19900) AS n
UNION ALL
SELECT 'day' || n, n * 1000 - 1000, n * 1000, n * 1000 - 999, n * 1000, 1000, '', 1, '', now()
FROM generate_series(1, 190) AS n
"""


@contextmanager
def large_ledger(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The address of a database with five months of events, a seal for each ten, and most of it mirrored."""
    postgres.create_database("large")
    url = postgres.url("large")
    migrate(url)
    with psycopg.connect(postgres.superuser_url("large"), autocommit=True) as connection:
        for month in range(1, 7):
            connection.execute("SELECT ledger.ensure_month(make_date(2026, %s, 1))", [month])
        for statement in (_EVENTS, _SEALS, _FILES):
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE")
    yield url
    with psycopg.connect(postgres.superuser_url(), autocommit=True) as connection:
        connection.execute("DROP DATABASE large WITH (FORCE)")


def plan(url: str, statement: sql.Composable, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """Every node of the statement's plan."""
    with psycopg.connect(url, options="-c role=muster_reader") as connection:
        explained = sql.SQL("EXPLAIN (FORMAT JSON, VERBOSE) ") + statement
        row = psycopg.ClientCursor(connection).execute(explained, parameters).fetchone()
        assert row is not None
        [whole] = row[0]

    def below(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield node
        for child in node.get("Plans", ()):
            yield from below(child)

    return [*below(whole["Plan"])]


def scanned(nodes: list[dict[str, Any]]) -> set[str]:
    """How the tables are read; months without events do not count."""
    return {node["Node Type"] for node in nodes if node.get("Relation Name") in FILLED}


FILLED = {f"events_2026_{month:02d}" for month in range(1, 6)} | {"mirror_files", "seals"}
BY_INDEX = {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}
