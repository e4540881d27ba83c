"""Mirror files written before a column existed say the same as those that have it, alone and put together."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import polars as pl
import psycopg
import pytest
from polars.testing import assert_frame_equal
from psycopg.rows import dict_row

from muster.core.clock import FixedClock
from muster.ledger.event_frame import MIRROR_FRAME, read_frame
from muster.ledger.events import (
    ApprovalDecided,
    EscalationAnswered,
    EventContext,
    ModelCallIntended,
    TaskWoken,
)
from muster.ledger.head import Seal
from muster.ledger.home import LedgerHome, read_private
from muster.ledger.mirror import compact_mirror, mirror_sealed
from muster.ledger.mirror_store import MirrorStore
from muster.ledger.mirror_writer import MirrorWriter
from muster.ledger.postgres import PostgresLedger
from muster.ledger.reader import LedgerReader
from muster.ledger.seal import seal_ledger
from muster.ledger.sql import load

WHERE: Final = EventContext(actor="person:jo", task_id="tsk_1", run_id="run_1", team="support")


async def people_decide(ledger: PostgresLedger) -> None:
    """One event of each kind whose columns were added later."""
    given = ApprovalDecided(
        approval_id="apr_1", decision="approve", arguments_sha256="", note='said "null"', attention_seconds=45
    )
    await ledger.append(given, WHERE)
    unmeasured = ApprovalDecided(approval_id="apr_2", decision="expire", arguments_sha256="")
    await ledger.append(unmeasured, WHERE)
    answered = EscalationAnswered(
        escalation_id="esc_1", outcome="resolved", answer="done", attention_seconds=30, context_rating=4
    )
    await ledger.append(answered, WHERE)
    await ledger.append(TaskWoken(waited_for="apr_1", reason="jo approved it"), WHERE)
    intended = ModelCallIntended(
        call_id="m", role="writer", model="m", prompt_version=1, request_sha256="", estimated_cost_usd="0"
    )
    await ledger.intend(intended, WHERE, reserve_usd=Decimal(0))


def older(frame: pl.DataFrame) -> pl.DataFrame:
    """The same events as they were mirrored before those columns existed."""
    kind = pl.col("kind")
    return frame.with_columns(
        status=pl.when(kind != "approval.decided").then("status"),
        subject=pl.when(kind != "task.woken").then("subject"),
    ).drop("attention_seconds", "context_rating", "role")


@pytest.fixture
def store(tmp_path: Path) -> MirrorStore:
    return MirrorStore(str(tmp_path / "mirror"), tmp_path / "cache")


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    options = "-c role=muster_writer"
    with psycopg.connect(database_url, options=options, autocommit=True) as connection:
        yield connection


def write_older(
    connection: psycopg.Connection, store: MirrorStore, home: LedgerHome, clock: FixedClock
) -> None:
    """Mirror every seal that is not, as an older muster did."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(load("muster.ledger", "unmirrored_seals")).fetchall()
    writer = MirrorWriter(connection, store, read_private(home.key_file).sign, clock)
    for seal in map(Seal.of, rows):
        span = {"after_seq": seal.first_seq - 1, "before_seq": seal.last_seq + 1}
        writer.write([older(read_frame(connection, MIRROR_FRAME, **span))], seal)


async def test_older_files_are_read_as_if_they_had_the_columns(
    ledger: PostgresLedger,
    ledger_home: LedgerHome,
    database_url: str,
    store: MirrorStore,
    connection: psycopg.Connection,
) -> None:
    clock = FixedClock(ledger.clock.now())
    await people_decide(ledger)
    await seal_ledger(ledger, ledger_home)
    write_older(connection, store, ledger_home, clock)
    await people_decide(ledger)
    await seal_ledger(ledger, ledger_home)
    mirror_sealed(database_url, store, read_private(ledger_home.key_file).sign, clock)
    await people_decide(ledger)  # stays in Postgres
    schemas = {len(pl.read_parquet_schema(path)) for path in store.folder.iterdir()}
    assert schemas == {len(MIRROR_FRAME) - 3, len(MIRROR_FRAME)}

    mirrored = LedgerReader(database_url, store).events()

    assert_frame_equal(mirrored, LedgerReader(database_url).events())
    people = mirrored.filter(pl.col("attention_seconds").is_not_null())
    assert people["attention_seconds"].to_list() == [45, 30] * 3
    assert mirrored["context_rating"].sum() == 12
    assert mirrored["role"].drop_nulls().to_list() == ["writer"] * 3


async def test_a_day_that_has_older_files_and_newer_ones_becomes_one_whole_file(
    ledger: PostgresLedger,
    ledger_home: LedgerHome,
    database_url: str,
    store: MirrorStore,
    connection: psycopg.Connection,
) -> None:
    clock = FixedClock(ledger.clock.now())
    await people_decide(ledger)
    await seal_ledger(ledger, ledger_home)
    sign = read_private(ledger_home.key_file).sign
    write_older(connection, store, ledger_home, clock)
    await people_decide(ledger)
    await seal_ledger(ledger, ledger_home)
    mirror_sealed(database_url, store, sign, clock)

    [day] = compact_mirror(database_url, store, sign, FixedClock(clock.now() + timedelta(days=1)))

    assert pl.read_parquet_schema(store.folder / day.path) == pl.Schema(MIRROR_FRAME)
    assert_frame_equal(LedgerReader(database_url, store).events(), LedgerReader(database_url).events())
