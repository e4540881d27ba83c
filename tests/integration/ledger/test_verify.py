"""Tampering under the server is found, and the place is named."""

import re

import psycopg
import pytest

from muster.ledger.events import AgentPaused, EventContext
from muster.ledger.postgres import PostgresLedger
from muster.ledger.seal import seal_days
from muster.ledger.verify import verify_ledger
from muster.services.postgres import EmbeddedPostgres

WHERE = EventContext(actor="service:test", run_id="run_1", team="support")

ATTACKS = {
    "a column edited": ("UPDATE ledger.events SET team = 'finance' WHERE seq = 2", "event 2 .*team"),
    "a body edited": (
        "UPDATE ledger.events SET body = replace(body, 'reason 1', 'reason 9') WHERE seq = 2",
        "event 2 .*chain",
    ),
    "an event deleted": ("DELETE FROM ledger.events WHERE seq = 2", "event 3 .*place 3 .* where 2 was due"),
    "the end cut off": ("DELETE FROM ledger.events WHERE seq = 3", "run_1: ends at place 2 where 3"),
}


def tamper(postgres: EmbeddedPostgres, database_url: str, statement: str) -> None:
    """Change rows the way only a superuser under the server can."""
    superuser = postgres.superuser_url(database_url.rpartition("/")[2])
    with psycopg.connect(superuser) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement)


async def three_events(ledger: PostgresLedger) -> None:
    for number in range(3):
        await ledger.append(AgentPaused(reason=f"reason {number}"), WHERE)


async def test_an_honest_record_is_whole(ledger: PostgresLedger) -> None:
    await three_events(ledger)
    verdict = await verify_ledger(ledger)
    assert (verdict.events, verdict.runs, verdict.problems) == (3, 1, [])


@pytest.mark.parametrize("attack", ATTACKS)
async def test_tampering_is_found_and_named(
    ledger: PostgresLedger, postgres: EmbeddedPostgres, database_url: str, attack: str
) -> None:
    statement, named = ATTACKS[attack]
    await three_events(ledger)
    tamper(postgres, database_url, statement)
    verdict = await verify_ledger(ledger)
    assert any(re.search(named, problem) for problem in verdict.problems), verdict.problems


async def test_a_sealed_day_that_loses_an_event_is_found(
    ledger: PostgresLedger, postgres: EmbeddedPostgres, database_url: str
) -> None:
    for number in range(3):
        await ledger.append(AgentPaused(reason=f"reason {number}"), EventContext(actor="service:test"))
    yesterday = "UPDATE ledger.events SET recorded_at = recorded_at - interval '1 day'"
    tamper(postgres, database_url, "SELECT ledger.ensure_month(current_date - 1)")
    tamper(postgres, database_url, yesterday)
    [seal] = await seal_days(ledger)
    assert seal.events == 3
    assert (await verify_ledger(ledger)).problems == []
    tamper(postgres, database_url, "DELETE FROM ledger.events WHERE seq = 2")
    [problem] = (await verify_ledger(ledger)).problems
    assert "2 events" in problem
    assert "3 with" in problem
