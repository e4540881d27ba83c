"""A ledger of a day's work and a collector for it, on real ports."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from muster.ledger.schema import migrate
from muster.services.postgres import EmbeddedPostgres
from tests.acceptance.worked import work_done
from tests.integration.exports.receiver import Receiver, receiving


@pytest.fixture(scope="session")
def worked_url(postgres: EmbeddedPostgres) -> str:
    """Forty tasks of real work and thirty of a rehearsal; the tests only read it."""
    postgres.create_database("exports_worked")
    url = postgres.url("exports_worked")
    migrate(url)
    asyncio.run(work_done(url, tasks=40, source="claude", seed=1))
    asyncio.run(work_done(url, tasks=30, source="rehearsal", seed=2))
    return url


@pytest.fixture
def worked(worked_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same, as the installation's ledger."""
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MUSTER_DATABASE_URL", worked_url)
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS"):
        monkeypatch.delenv(name, raising=False)
    return worked_url


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as at_work:
        yield at_work
