"""How Postgres carries out the reader's queries on a large table: through indexes, never row by row."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from muster.ledger.event_frame import EVENT_FRAME, EVERYTHING, MIRROR_FRAME, events_statement
from muster.ledger.reader import LedgerReader
from muster.ledger.schema import migrate
from muster.ledger.sql import load
from muster.services.postgres import EmbeddedPostgres

EVENTS = 200_000
_EVENTS = """
INSERT INTO ledger.events (event_id, kind, task_id, team, actor, happened_at, recorded_at, body)
SELECT 'evt_' || n, CASE n % 5 WHEN 0 THEN 'task.ended' ELSE 'model_call.settled' END, 'tsk_' || n / 20,
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


@pytest.fixture(scope="module")
def large(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database with five months of events, a seal for each ten of them, and most of it mirrored."""
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


@pytest.mark.parametrize(
    "narrowed",
    [
        {"after_seq": EVENTS - 500},
        {"after_seq": EVENTS - 500, "kinds": ["task.ended"]},
        {"after_seq": 100_000, "before_seq": 100_500},
        {"task_id": "tsk_500"},
    ],
    ids=["the open tail", "its ends of tasks", "a gap in the mirror", "one task"],
)
@pytest.mark.parametrize("columns", [EVENT_FRAME, MIRROR_FRAME], ids=["read", "mirror"])
def test_a_small_part_of_many_events_is_found_by_index(
    large: str, columns: dict[str, Any], narrowed: dict[str, Any]
) -> None:
    nodes = plan(large, events_statement(columns), EVERYTHING | narrowed)
    assert scanned(nodes) <= BY_INDEX


def test_a_task_is_found_by_index(large: str) -> None:
    nodes = plan(large, sql.SQL(load("muster.ledger", "read_bodies")), {"task_id": "tsk_500"})
    assert scanned(nodes) <= BY_INDEX


@pytest.mark.parametrize("statement", ["mirror_cover", "unmirrored_seals"])
def test_what_is_mirrored_is_known_without_reading_every_file_there_ever_was(
    large: str, statement: Any
) -> None:
    nodes = plan(large, sql.SQL(load("muster.ledger", statement)), {})
    assert scanned(nodes) <= BY_INDEX


def test_a_body_is_parsed_once_an_event(large: str) -> None:
    nodes = plan(large, events_statement(EVENT_FRAME), EVERYTHING)
    parsing = [node for node in nodes if node["Node Type"] == "Result" and "::jsonb" in str(node["Output"])]
    assert [node["Output"] for node in parsing] == [["((event_1.body)::jsonb -> 'payload'::text)"]]


def test_the_whole_table_is_read_in_order_without_sorting_it_all_at_once(large: str) -> None:
    nodes = plan(large, events_statement(EVENT_FRAME), EVERYTHING)
    assert "Sort" not in {node["Node Type"] for node in nodes}


def test_a_body_nobody_asked_for_is_not_parsed(large: str, postgres: EmbeddedPostgres) -> None:
    broken = (
        "INSERT INTO ledger.events (event_id, kind, actor, happened_at, recorded_at, body) "
        "VALUES ('evt_broken', 'broken', 'x', now(), '2026-05-01T00:00Z', 'not JSON')"
    )
    with psycopg.connect(postgres.superuser_url("large")) as connection:
        connection.execute(broken)
    assert LedgerReader(large).events(kinds=["task.ended"], task_id="tsk_500").height == 4
