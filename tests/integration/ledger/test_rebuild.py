"""The present is what the record says, and can be made again from it."""

import asyncio
import random
from pathlib import Path

import psycopg
import pytest

from muster.ledger.events import EventContext, TeamDeployed
from muster.ledger.postgres import PostgresLedger
from muster.ledger.rebuild import Comparison, apply_state, compare_state
from muster.ledger.rebuild.errors import RecordIncompleteError, WorkUnderWayError
from muster.ledger.rebuild.rows import REBUILT, compared, name_of
from muster.services.postgres import EmbeddedPostgres
from tests.integration.ledger.busy_company import BusyCompany

EVERYTHING = {
    "arrive",
    "take",
    "ask_model",
    "use_tool",
    "settle",
    "give_up_on_a_run",
    "finish",
    "escalate",
    "release",
    "go_silent",
    "deploy",
    "keep_unreadable",
    "send_on",
    "register_tools",
    "accept_tool",
    "pause_somebody",
    "resume_somebody",
}


async def busy(ledger: PostgresLedger, folder: Path, seed: int, steps: int, hands: int = 1) -> BusyCompany:
    company = await BusyCompany.open(ledger, random.Random(seed), folder / "support")
    await asyncio.gather(*(company.work(steps // hands) for _ in range(hands)))
    return company


def sentences(comparison: Comparison) -> str:
    return "\n".join(difference.sentence() for difference in comparison.differences)


def superuser(postgres: EmbeddedPostgres, database_url: str) -> psycopg.Connection:
    return psycopg.connect(postgres.superuser_url(database_url.rpartition("/")[2]), autocommit=True)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_happens_the_present_is_what_the_record_says(
    ledger: PostgresLedger, tmp_path: Path, seed: int
) -> None:
    company = await busy(ledger, tmp_path, seed, steps=400)
    comparison = await compare_state(ledger)
    assert sentences(comparison) == ""
    assert (comparison.unread, comparison.beginnings_missing) == ({}, 0)
    assert set(company.done) >= EVERYTHING
    assert company.done["BudgetExhaustedError"] > 0


async def test_so_it_is_when_four_hands_work_at_once(ledger: PostgresLedger, tmp_path: Path) -> None:
    await busy(ledger, tmp_path, seed=4, steps=400, hands=4)
    comparison = await compare_state(ledger)
    assert sentences(comparison) == ""


async def test_a_changed_row_is_named(
    ledger: PostgresLedger, tmp_path: Path, postgres: EmbeddedPostgres, database_url: str
) -> None:
    await busy(ledger, tmp_path, seed=5, steps=120)
    with superuser(postgres, database_url) as connection:
        connection.execute("UPDATE state.teams SET status = 'paused', reason = 'a hand in the till'")
        connection.execute("UPDATE state.budgets SET spent_usd = spent_usd - 0.000001 WHERE scope = 'fleet'")
        connection.execute("DELETE FROM state.prompt_versions WHERE agent = 'support/order_tracker'")
        connection.execute("INSERT INTO state.agents (agent, status) VALUES ('support/nobody', 'paused')")
    found = sentences(await compare_state(ledger))
    assert "state.teams support: status is 'paused' where the record says 'active'" in found
    assert "spent_usd is" in found
    assert "state.prompt_versions support/order_tracker//1: is missing" in found
    assert "state.agents support/nobody: is not explained by any event" in found


async def test_truncated_tables_come_back_as_they_were(
    ledger: PostgresLedger, tmp_path: Path, postgres: EmbeddedPostgres, database_url: str
) -> None:
    await busy(ledger, tmp_path, seed=6, steps=200)
    with superuser(postgres, database_url) as connection:
        before = contents(connection)
        connection.execute(
            "TRUNCATE state.tasks, state.escalations, state.budgets, state.agents, state.teams,"
            " state.team_versions, state.prompt_versions, state.tool_registry, ledger.open_intents,"
            " ledger.run_heads"
        )
        rebuilt = await apply_state(ledger, actor="person:jo", force=True)
        assert contents(connection) == before
    assert rebuilt.lost == []
    assert set(rebuilt.rows_changed) >= {"state.tasks", "state.budgets", "ledger.run_heads"}
    assert sentences(await compare_state(ledger)) == ""


async def test_rebuilding_is_itself_recorded(ledger: PostgresLedger, tmp_path: Path) -> None:
    await busy(ledger, tmp_path, seed=7, steps=40)
    await apply_state(ledger, actor="person:jo", force=True)
    [event] = await ledger.fetch(
        "SELECT actor, body::jsonb -> 'payload' AS said FROM ledger.events WHERE kind = 'state.rebuilt'"
    )
    assert event["actor"] == "person:jo"
    assert event["said"]["rows_changed"] == {}
    assert event["said"]["forced"] is True


async def test_work_goes_on_after_rebuilding(
    ledger: PostgresLedger, tmp_path: Path, postgres: EmbeddedPostgres, database_url: str
) -> None:
    company = await busy(ledger, tmp_path, seed=8, steps=100)
    with superuser(postgres, database_url) as connection:
        connection.execute("TRUNCATE state.tasks, state.budgets, ledger.open_intents, ledger.run_heads")
    await apply_state(ledger, actor="person:jo", force=True)
    company.in_hand.clear()  # the leases have run out; the next workers take the tasks over
    await company.work(100)
    assert sentences(await compare_state(ledger)) == ""


async def test_nothing_is_rebuilt_while_somebody_works(ledger: PostgresLedger, tmp_path: Path) -> None:
    company = await busy(ledger, tmp_path, seed=9, steps=0)
    await company.arrive()
    await company.take()
    with pytest.raises(WorkUnderWayError, match="1 leases"):
        await apply_state(ledger, actor="person:jo")


async def test_a_lost_kept_message_is_named_and_not_made_up(
    ledger: PostgresLedger, tmp_path: Path, postgres: EmbeddedPostgres, database_url: str
) -> None:
    company = await busy(ledger, tmp_path, seed=10, steps=0)
    await company.keep_unreadable()
    [kept] = company.kept
    with superuser(postgres, database_url) as connection:
        connection.execute("TRUNCATE state.quarantine")
    rebuilt = await apply_state(ledger, actor="person:jo")
    assert rebuilt.lost == [f"state.quarantine {kept}"]


async def test_a_record_that_lacks_a_field_leaves_the_live_column_alone(ledger: PostgresLedger) -> None:
    """Records made before the manifest was kept in them say nothing about it."""
    old = TeamDeployed(version=1, manifest_sha256="0", agents=["desk"])
    async with ledger.transaction() as transaction:
        await transaction.append(old, EventContext(actor="person:jo", team="old"))
        await transaction.connection.execute(
            "INSERT INTO state.team_versions VALUES ('old', 1, '{\"team\": \"old\"}', 'wrong', %s)",
            (transaction.now,),
        )
        await transaction.connection.execute("INSERT INTO state.teams VALUES ('old', 1)")
    assert "manifest_sha256 is 'wrong'" in sentences(await compare_state(ledger))
    await apply_state(ledger, actor="person:jo")
    [row] = await ledger.fetch("SELECT manifest, manifest_sha256 FROM state.team_versions")
    assert row == {"manifest": {"team": "old"}, "manifest_sha256": "0"}


def contents(connection: psycopg.Connection) -> dict[str, list[str]]:
    """Every rebuilt table as text, without the columns the record cannot know."""
    found = {}
    for table in REBUILT:
        columns = ", ".join(compared(table))
        rows = connection.execute(f"SELECT ({columns})::text FROM {name_of(table)} ORDER BY 1")  # noqa: S608
        found[name_of(table)] = [text for (text,) in rows]
    return found


def detach_every_month(connection: psycopg.Connection) -> list[str]:
    """Take every month out of the table, as retention does after half a year."""
    months = connection.execute(
        "SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid"
        " WHERE inhparent = 'ledger.events'::regclass"
    ).fetchall()
    for (name,) in months:
        connection.execute(f"ALTER TABLE ledger.events DETACH PARTITION ledger.{name}")
        connection.execute(f"GRANT SELECT ON ledger.{name} TO muster_writer")
        connection.execute(
            "INSERT INTO ledger.detached_months"
            " VALUES (to_date(right(%s, 7), 'YYYY_MM'), %s, 0, 0, 0, now())",
            (name, name),
        )
    return [name for (name,) in months]


async def test_months_that_were_detached_still_explain_the_present(
    ledger: PostgresLedger, tmp_path: Path, postgres: EmbeddedPostgres, database_url: str
) -> None:
    await busy(ledger, tmp_path, seed=11, steps=60)
    before = await compare_state(ledger)
    with superuser(postgres, database_url) as connection:
        months = detach_every_month(connection)
        after = await compare_state(ledger)
        assert sentences(after) == ""
        assert after.events == before.events > 0
        for name in months:
            connection.execute(f"ALTER TABLE ledger.{name} SET SCHEMA public")
    with pytest.raises(RecordIncompleteError, match=months[0]):
        await compare_state(ledger)
