"""Nobody changes the past: not the writer, not the reader, not the owner."""

import psycopg
import pytest

from muster.ledger.events import AgentPaused, EventContext
from muster.ledger.postgres import PostgresLedger

WHERE = EventContext(actor="service:test", team="support", agent="desk")

ATTACKS = (
    "UPDATE ledger.events SET actor = 'nobody'",
    "DELETE FROM ledger.events",
    "TRUNCATE ledger.events",
)


@pytest.mark.parametrize("role", ["muster_writer", "muster_reader", "muster"])
@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_recorded_event_cannot_be_changed(
    ledger: PostgresLedger, database_url: str, role: str, attack: str
) -> None:
    await ledger.append(AgentPaused(who="support", reason="a test"), WHERE)
    with (
        psycopg.connect(database_url, options=f"-c role={role}") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(attack)
    assert len(await ledger.fetch("SELECT 1 FROM ledger.events WHERE actor = 'service:test'")) == 1


async def test_a_month_cannot_be_truncated_behind_its_parent(
    ledger: PostgresLedger, database_url: str
) -> None:
    await ledger.append(AgentPaused(who="support", reason="a test"), WHERE)
    [month] = await ledger.fetch("SELECT tableoid::regclass::text AS name FROM ledger.events")
    with (
        psycopg.connect(database_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(psycopg.sql.SQL("TRUNCATE {}").format(psycopg.sql.SQL(month["name"])))


async def test_a_writer_cannot_go_past_the_append_function(database_url: str) -> None:
    with (
        psycopg.connect(database_url, options="-c role=muster_writer") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(
            "INSERT INTO ledger.events (event_id, kind, actor, happened_at, body) "
            "VALUES ('evt_x', 'agent.paused', 'me', now(), '{}')"
        )
