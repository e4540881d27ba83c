"""How Postgres carries out hot queries on a large table: through indexes, never row by row."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql

from muster.ledger.event_frame import EVENT_FRAME, EVERYTHING, MIRROR_FRAME, events_statement
from muster.ledger.reader import LedgerReader
from muster.ledger.sql import load
from muster.services.postgres import EmbeddedPostgres
from tests.integration.ledger.large_ledger import BY_INDEX, EVENTS, large_ledger, plan, scanned


@pytest.fixture(scope="module")
def large(postgres: EmbeddedPostgres) -> Iterator[str]:
    with large_ledger(postgres) as url:
        yield url


HOT: list[tuple[LiteralString, LiteralString, dict[str, Any]]] = [
    ("muster.ledger", "is_recorded", {"event_id": "evt_777"}),
    ("muster.ledger", "event_to_prove", {"event_id": "evt_777"}),
    ("muster.ledger", "entries", {"after": 199_000, "up_to": 199_900, "most": 1_000}),
    ("muster.ledger", "oldest_unsealed", {}),
    ("muster.ledger", "last_seal", {}),
    ("muster.teams", "run_bodies", {"run_id": "run_500"}),
    (
        "muster.gateway",
        "committed_today",
        {"payees": ["x"], "agent": "a/b", "payment": "", "since": datetime(2026, 5, 19, tzinfo=UTC)},
    ),
    ("muster.gateway", "calls_of_run", {"run_id": "run_500", "through": 0}),
    ("muster.gateway", "written_values", {"servers": ["shop"], "digests": ["x"]}),
    ("muster.gateway", "resolve_token", {"token_sha256": "x", "now": datetime(2026, 5, 1, tzinfo=UTC)}),
]
"""What runs for every act, every run, every minute or every proof."""


@pytest.mark.parametrize(("package", "name", "parameters"), HOT, ids=[name for _, name, _ in HOT])
def test_a_hot_query_reads_by_index(
    large: str, package: LiteralString, name: LiteralString, parameters: dict[str, Any]
) -> None:
    nodes = plan(large, sql.SQL(load(package, name)), parameters)
    assert scanned(nodes) <= BY_INDEX


@pytest.mark.parametrize(
    "narrowed",
    [
        {"after_seq": EVENTS - 500},
        {"after_seq": EVENTS - 500, "kinds": ["task.ended"]},
        {"after_seq": 100_000, "before_seq": 100_500},
        {"task_ids": ["tsk_500"]},
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
    nodes = plan(large, sql.SQL(load("muster.ledger", "read_bodies")), {"task_ids": ["tsk_500"]})
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
