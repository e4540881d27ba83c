"""One Postgres server for the suite, started when first asked for; a fresh migrated database a test."""

import itertools
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from muster.ledger.postgres import PostgresLedger
from muster.ledger.schema import migrate
from muster.services.ports import free_port
from muster.services.postgres import EmbeddedPostgres

_numbers = itertools.count(1)

# a busy machine is no counterexample: what must be fast is measured in benchmarks
settings.register_profile("muster", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("muster")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """The suite's own server; everything in it is thrown away."""
    data_dir: Path = tmp_path_factory.mktemp("postgres") / "data"
    with EmbeddedPostgres(data_dir, free_port(), durable=False).running() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: EmbeddedPostgres) -> str:
    """A migrated database that tests only copy."""
    postgres.create_database("template_muster")
    url = postgres.url("template_muster")
    migrate(url)
    return url


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, postgres_url: str) -> Iterator[str]:
    """A fresh migrated database."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template_muster").format(sql.Identifier(name))
        )
    yield postgres.url(name)
    # only a superuser may end an autovacuum worker that happens to be in it
    with psycopg.connect(postgres.superuser_url(), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
async def ledger(database_url: str) -> AsyncIterator[PostgresLedger]:
    """A ledger on a fresh database."""
    ledger = await PostgresLedger.open(database_url, pool_size=4)
    yield ledger
    await ledger.close()
