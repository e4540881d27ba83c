"""However much stands in the queue, what is free is found by index, and nothing is read to be passed over."""

import asyncio
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from muster.intake.leases import finish, lease
from muster.ledger.postgres import PostgresLedger
from muster.services.postgres import EmbeddedPostgres

from .deep_queue import PAUSED, TEAMS, fill

LEASE = "SELECT * FROM ledger.lease_tasks(%(team)s, 'w', %(most)s::integer, 60, %(now)s, %(ids)s)"
WORK = "SELECT * FROM ledger.work(%(acts)s::jsonb)"


@pytest.fixture(scope="module")
def deep_name(postgres: EmbeddedPostgres, postgres_url: str) -> Iterator[str]:
    """The name of a database with a deep queue."""
    postgres.create_database("deep", template=postgres_url.rpartition("/")[2])
    fill(postgres.superuser_url("deep"), tasks=50_000, past=50_000)
    yield "deep"
    with psycopg.connect(postgres.superuser_url(), autocommit=True) as connection:
        connection.execute("DROP DATABASE deep WITH (FORCE)")


@pytest.fixture
def deep(postgres: EmbeddedPostgres, deep_name: str) -> Iterator[psycopg.Connection]:
    """A superuser's connection, which may see the plans inside of functions."""
    with psycopg.connect(postgres.superuser_url(deep_name), autocommit=True) as connection:
        yield connection


def _lease_values(team: str, most: int) -> dict[str, Any]:
    ids = [f"evt_{secrets.token_hex(13)}" for _ in range(most)]
    return {"team": team, "most": most, "now": datetime.now(UTC), "ids": ids}


def _plans(connection: psycopg.Connection, statement: Any, values: dict[str, Any]) -> list[dict[str, Any]]:
    """Every node of every plan the statement led to, on the tables of the queue."""
    said: list[str] = []
    for setting in (
        "LOAD 'auto_explain'",
        "SET auto_explain.log_min_duration = 0",
        "SET auto_explain.log_nested_statements = on",
        "SET auto_explain.log_analyze = on",
        "SET auto_explain.log_format = json",
        "SET auto_explain.log_parameter_max_length = 0",
        "SET client_min_messages = log",
    ):
        connection.execute(setting)
    connection.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
    connection.execute(statement, values)
    connection.execute("SET client_min_messages = notice")

    def below(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield node
        for child in node.get("Plans", ()):
            yield from below(child)

    plans = [json.loads(text.partition("plan:")[2]) for text in said if "plan:" in text]
    nodes = [node for plan in plans for node in below(plan["Plan"])]
    return [node for node in nodes if node.get("Relation Name") == "tasks"]


def _scans(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [node for node in nodes if "Scan" in node["Node Type"] and node.get("Actual Loops")]


def test_taking_reads_each_kind_of_free_task_by_its_own_index(deep: psycopg.Connection) -> None:
    scans = _scans(_plans(deep, LEASE, _lease_values(TEAMS[0], 8)))
    used = {node["Index Name"]: node["Index Cond"] for node in scans}
    assert {node["Node Type"] for node in scans} == {"Index Scan"}
    assert set(used) >= {"tasks_working_idx", "tasks_delayed_idx"}
    assert "lease_until <" in used["tasks_working_idx"]
    assert "ready_at <=" in used["tasks_delayed_idx"]
    assert sum(node.get("Rows Removed by Filter", 0) for node in scans) == 0


def test_fresh_tasks_are_taken_in_their_order_without_sorting(deep: psycopg.Connection) -> None:
    deep.execute(
        "UPDATE state.tasks SET ready_at = now() + interval '1 hour'"
        " WHERE team = %s AND ready_at IS NOT NULL",
        [TEAMS[1]],
    )
    nodes = _plans(deep, LEASE, _lease_values(TEAMS[1], 8))
    assert "tasks_fresh_idx" in {node["Index Name"] for node in _scans(nodes)}
    assert sum(node["Actual Rows"] for node in _scans(nodes) if node["Index Name"] == "tasks_fresh_idx") == 8


def test_a_paused_team_costs_no_look_at_its_tasks(deep: psycopg.Connection) -> None:
    assert _plans(deep, LEASE, _lease_values(PAUSED[0], 8)) == []


def test_ending_finds_each_task_by_its_id(deep: psycopg.Connection) -> None:
    leased = deep.execute(LEASE, _lease_values(TEAMS[2], 20)).fetchall()
    now = datetime.now(UTC).isoformat()
    acts = [
        {
            "op": "end",
            "task_id": task[0],
            "worker": "w",
            "attempt": task[8],
            "at": now,
            "status": "completed",
            "events": [],
        }
        for task in leased
    ]
    scans = _scans(_plans(deep, WORK, {"acts": json.dumps(acts)}))
    assert {node["Index Name"] for node in scans} == {"tasks_pkey"}
    assert sum(node["Actual Loops"] for node in scans) == 20


async def test_taking_touches_few_pages_of_a_deep_queue(deep: psycopg.Connection) -> None:
    deep.execute(LEASE, _lease_values(TEAMS[3], 1))
    for team in TEAMS:
        row = deep.execute(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + LEASE, _lease_values(team, 1)
        ).fetchone()
        assert row is not None
        [plan] = row[0]
        assert plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] < 150, team


async def test_workers_of_all_teams_take_what_is_free_and_nothing_else(
    deep: psycopg.Connection, postgres: EmbeddedPostgres, deep_name: str
) -> None:
    ledger = await PostgresLedger.open(postgres.url(deep_name), pool_size=4)

    async def work(worker: str, team: str) -> int:
        taken = 0
        for _ in range(3):
            tasks = await lease(ledger, team, worker, limit=5, lease_seconds=60)
            await asyncio.gather(*(finish(ledger, task, "completed", "") for task in tasks))
            taken += len(tasks)
        return taken

    taken = await asyncio.gather(*(work(f"{team}-{number}", team) for team in TEAMS for number in range(2)))
    await ledger.close()
    assert sum(taken) == 15 * 2 * (len(TEAMS) - len(PAUSED))
    row = deep.execute(
        "SELECT count(*) FROM state.tasks WHERE status = 'completed' AND source = 'deep'"
        " AND (team = ANY (%s) OR waiting_for IS NOT NULL OR priority > 0)",
        [list(PAUSED)],
    ).fetchone()
    assert row == (0,)
