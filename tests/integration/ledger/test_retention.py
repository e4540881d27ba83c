"""Months leave whole: never young, never unsealed, and what was sealed still verifies."""

from datetime import UTC, date, datetime
from typing import LiteralString

import psycopg
import pytest

from muster.ledger.errors import MonthKeptError
from muster.ledger.home import LedgerHome
from muster.ledger.postgres import PostgresLedger
from muster.ledger.retention import detach_months
from muster.ledger.seal import seal_ledger
from muster.ledger.verify import verify_ledger
from muster.services.postgres import EmbeddedPostgres
from tests.integration.ledger.sealing import as_superuser, record

OLD = date(2026, 1, 1)
BEFORE = date(2026, 2, 1)
OPERATOR = "person:operator"

_AGE: LiteralString = """
    WITH aged AS (DELETE FROM ledger.events WHERE run_id = 'run_1' RETURNING *)
    INSERT INTO ledger.events OVERRIDING SYSTEM VALUE
    SELECT seq, event_id, kind, task_id, run_id, run_seq, team, agent, actor, model_source, happened_at,
        '2026-01-20T10:00:00Z'::timestamptz + seq * interval '1 second', cost_usd, body, chain_sha256
    FROM aged
"""


async def an_old_month(ledger: PostgresLedger, postgres: EmbeddedPostgres, database_url: str) -> None:
    """Events as if they had been recorded in January."""
    await record(ledger, 5)
    await ledger.fetch("SELECT ledger.ensure_month('2026-01-01')")
    as_superuser(postgres, database_url, _AGE)


async def test_a_sealed_old_month_goes_and_the_record_stays_whole(
    ledger: PostgresLedger, postgres: EmbeddedPostgres, database_url: str, ledger_home: LedgerHome
) -> None:
    await an_old_month(ledger, postgres, database_url)
    await record(ledger, 3)  # the run goes on in the present month
    await seal_ledger(ledger, ledger_home)
    assert (await verify_ledger(ledger, ledger_home)).problems == []

    [gone] = await detach_months(ledger, BEFORE, actor=OPERATOR, mirrored_only=False)

    assert (gone.month, gone.partition, gone.events) == (OLD, "events_2026_01", 5)
    assert len(await ledger.fetch("SELECT 1 FROM ledger.events WHERE kind = 'agent.paused'")) == 3
    assert len(await ledger.fetch("SELECT 1 FROM ledger.events_2026_01")) == 5
    verdict = await verify_ledger(ledger, ledger_home)
    assert verdict.problems == []


async def test_a_detached_month_is_still_guarded(
    ledger: PostgresLedger, postgres: EmbeddedPostgres, database_url: str, ledger_home: LedgerHome
) -> None:
    await an_old_month(ledger, postgres, database_url)
    await seal_ledger(ledger, ledger_home)
    await detach_months(ledger, BEFORE, actor=OPERATOR, mirrored_only=False)
    superuser = postgres.superuser_url(database_url.rpartition("/")[2])
    for attack in ("UPDATE", "DELETE", "TRUNCATE"):
        statements: dict[str, LiteralString] = {
            "UPDATE": "UPDATE ledger.events_2026_01 SET actor = 'nobody'",
            "DELETE": "DELETE FROM ledger.events_2026_01",
            "TRUNCATE": "TRUNCATE ledger.events_2026_01",
        }
        with (
            psycopg.connect(superuser) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"),
        ):
            connection.execute(statements[attack])


async def test_a_month_that_is_not_sealed_stays(
    ledger: PostgresLedger, postgres: EmbeddedPostgres, database_url: str
) -> None:
    await an_old_month(ledger, postgres, database_url)
    with pytest.raises(MonthKeptError, match="not sealed"):
        await detach_months(ledger, BEFORE, actor=OPERATOR, mirrored_only=False)


async def test_a_month_that_analysis_could_no_longer_read_stays(
    ledger: PostgresLedger, postgres: EmbeddedPostgres, database_url: str, ledger_home: LedgerHome
) -> None:
    await an_old_month(ledger, postgres, database_url)
    await seal_ledger(ledger, ledger_home)
    with pytest.raises(MonthKeptError, match="mirror"):
        await detach_months(ledger, BEFORE, actor=OPERATOR)


async def test_no_month_goes_before_180_days_whatever_is_asked(
    ledger: PostgresLedger, ledger_home: LedgerHome
) -> None:
    await record(ledger, 2)
    await seal_ledger(ledger, ledger_home)
    next_year = datetime.now(UTC).date().replace(month=1, day=1, year=datetime.now(UTC).year + 1)
    with pytest.raises(MonthKeptError, match="180 days"):
        await detach_months(ledger, next_year, floor_days=0, actor=OPERATOR, mirrored_only=False)
    assert len(await ledger.fetch("SELECT 1 FROM ledger.events")) == 2
