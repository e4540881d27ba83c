"""Nobody changes the past: not the writer, not the reader, not the owner."""

import psycopg
import pytest

from muster.ledger.events import AgentPaused, EventContext
from muster.ledger.home import LedgerHome
from muster.ledger.postgres import PostgresLedger
from muster.ledger.seal import seal_ledger
from muster.ledger.verify import verify_ledger
from muster.services.postgres import EmbeddedPostgres

WHERE = EventContext(actor="service:test", team="support", agent="desk")

EDITS = (
    "UPDATE ledger.events SET actor = 'nobody'",
    "DELETE FROM ledger.events",
    "TRUNCATE ledger.events",
    "UPDATE ledger.seals SET root_sha256 = ''",
    "DELETE FROM ledger.tree",
    "TRUNCATE ledger.keys",
)
ATTACKS = (
    *EDITS,
    "DROP TRIGGER events_are_final ON ledger.events",
    "ALTER TABLE ledger.events DISABLE TRIGGER ALL",
    "DROP TABLE ledger.events",
    "ALTER TABLE ledger.events OWNER TO CURRENT_USER",
    "CREATE RULE forget AS ON INSERT TO ledger.events DO INSTEAD NOTHING",
    "SET ROLE muster_owner",
    "SET session_replication_role = replica",
)


@pytest.mark.parametrize("role", ["muster_writer", "muster_reader", "muster_loader", "muster"])
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


@pytest.mark.parametrize("attack", EDITS)
async def test_not_even_the_owner_changes_what_is_recorded(
    ledger: PostgresLedger,
    postgres: EmbeddedPostgres,
    database_url: str,
    ledger_home: LedgerHome,
    attack: str,
) -> None:
    """Nobody can sign in as the owner; a superuser who takes the role meets the triggers."""
    await ledger.append(AgentPaused(who="support", reason="a test"), WHERE)
    await seal_ledger(ledger, ledger_home)
    with psycopg.connect(postgres.superuser_url(database_url.rpartition("/")[2])) as connection:
        connection.execute("SET ROLE muster_owner")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            connection.execute(attack)


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        ("DROP TRIGGER events_are_final ON ledger.events", "events_are_final on ledger.events is gone"),
        ("ALTER TABLE ledger.seals DISABLE TRIGGER USER", "seals_are_final on ledger.seals is switched off"),
        ("GRANT DELETE ON ledger.tree TO muster_writer", "muster_writer may delete ledger.tree"),
        ("CREATE RULE x AS ON INSERT TO ledger.keys DO INSTEAD NOTHING", "ledger.keys has a rewrite rule"),
        (
            "CREATE OR REPLACE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql "
            "AS 'BEGIN RETURN NULL; END'",
            "the function ledger.refuse_change was changed",
        ),
    ],
)
async def test_a_guard_the_owner_takes_away_is_missed_by_verify(
    ledger: PostgresLedger, postgres: EmbeddedPostgres, database_url: str, attack: str, said: str
) -> None:
    with psycopg.connect(postgres.superuser_url(database_url.rpartition("/")[2])) as connection:
        connection.execute("SET ROLE muster_owner")
        connection.execute(attack)
    verdict = await verify_ledger(ledger)
    assert any(said in str(problem) for problem in verdict.problems), verdict.problems


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
