"""A database of the first schema comes up with what it holds: chains go on, budgets keep what was spent."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from alembic import command
from alembic.config import Config

from muster.ledger import schema
from muster.ledger.events import AgentPaused, EventContext
from muster.ledger.home import LedgerHome
from muster.ledger.postgres import PostgresLedger
from muster.ledger.recovery import abandon_lost_intents
from muster.ledger.seal import seal_ledger
from muster.ledger.verify import verify_ledger
from muster.services.postgres import EmbeddedPostgres

_BODY = (
    '{"actor":"a","agent":null,"cost_usd":null,"event_id":"evt_%d","happened_at":"2026-11-01T10:00:00.000000Z",'
    '"kind":"seal.made","model_source":null,"payload":{"day":"2026-11-01"},"run_id":%s,"task_id":null,"team":null}'
)
_APPEND = (
    "SELECT ledger.append(%s, 'seal.made', NULL, %s, NULL, NULL, 'a', NULL, '2026-11-01T10:00Z', NULL, %s)"
)


@pytest.fixture
def old_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database of the first schema with events, budgets and an act under way."""
    postgres.create_database("of_old")
    url = postgres.url("of_old")
    engine = sqlalchemy.create_engine(schema.sqlalchemy_url(url), poolclass=sqlalchemy.NullPool)
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with psycopg.connect(url) as old:
        for number, run in enumerate(("run_1", None, "run_1")):
            body = _BODY % (number, f'"{run}"' if run else "null")
            old.execute(_APPEND, (f"evt_{number}", run, body))
        old.execute(
            "INSERT INTO state.budgets VALUES ('task:tsk_1/desk', '2026-11-01', 1, 0.2, 0.1), "
            "('task:tsk_1/desk', '2026-11-02', 1, 0, 0.3), ('team:support', '2026-11-02', 9, 0.2, 4)"
        )
        old.execute(
            "INSERT INTO ledger.open_intents VALUES "
            "('evt_0', 'run_1', 'mcl_1', '{task:tsk_1/desk,team:support}', '2026-11-02', 0.2, "
            "'2026-11-02T10:00Z')"
        )
        old.execute("INSERT INTO state.seals VALUES ('2026-11-01', 1, 3, 3, 'abc', now())")
    yield url
    with psycopg.connect(postgres.superuser_url(), autocommit=True) as connection:
        connection.execute("DROP DATABASE of_old WITH (FORCE)")


async def test_a_database_of_the_first_schema_goes_on(old_url: str, ledger_home: LedgerHome) -> None:
    schema.migrate(old_url)
    ledger = await PostgresLedger.open(old_url)
    where = EventContext(actor="service:test", run_id="run_1")
    await ledger.append(AgentPaused(who="support", reason="after"), where)
    await seal_ledger(ledger, ledger_home)
    verdict = await verify_ledger(ledger, ledger_home)
    assert (verdict.problems, verdict.events, verdict.sealed) == ([], 4, 4)

    [lost] = await abandon_lost_intents(ledger)
    assert lost.released_usd == Decimal("0.2")
    rows = await ledger.fetch(
        "SELECT scope, period, reserved_usd, spent_usd FROM state.budgets ORDER BY scope"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("task:tsk_1/desk", "task", Decimal(0), Decimal("0.4")),
        ("team:support", "2026-11-02", Decimal(0), Decimal(4)),
    ]
    await ledger.close()
