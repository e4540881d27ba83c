"""Reading the record for analysis."""

from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest

from muster.ledger.errors import NotMigratedError
from muster.ledger.events import EventContext, ModelCallIntended, ModelCallSettled, TaskQueued
from muster.ledger.postgres import PostgresLedger
from muster.ledger.reader import EVENT_FRAME, LedgerReader
from muster.services.postgres import EmbeddedPostgres

WHERE = EventContext(
    actor="agent:support/desk",
    team="support",
    agent="desk",
    task_id="tsk_1",
    run_id="run_1",
    model_source="rehearsal",
)


async def record_a_call(ledger: PostgresLedger) -> None:
    queued = TaskQueued(
        source="mail:x",
        external_id="1",
        channel="mail",
        priority="high",
        title="Hallo Welt",
        content_sha256="",
    )
    await ledger.append(queued, WHERE)
    intended = ModelCallIntended(
        call_id="mcl_1", role="writer", model="m", prompt_version=1, request_sha256="", estimated_cost_usd="0"
    )
    intent = await ledger.intend(intended, WHERE, reserve_usd=Decimal(0))
    settled = ModelCallSettled(
        call_id="mcl_1",
        model="m",
        role="writer",
        status="ok",
        input_tokens=7,
        output_tokens=3,
        latency_ms=12,
        response=[],
    )
    await ledger.settle(intent, settled, cost_usd=Decimal("0.000123"))


async def test_an_empty_ledger_is_an_empty_frame_of_the_right_types(database_url: str) -> None:
    frame = LedgerReader(database_url).events()
    assert frame.schema == pl.Schema(EVENT_FRAME)
    assert frame.is_empty()


async def test_figures_come_out_as_they_went_in(ledger: PostgresLedger, database_url: str) -> None:
    await record_a_call(ledger)
    frame = LedgerReader(database_url).events()
    assert frame["kind"].to_list() == ["task.queued", "model_call.intended", "model_call.settled"]
    last = frame.row(2, named=True)
    assert last["cost_usd"] == Decimal("0.000123")
    assert (last["input_tokens"], last["output_tokens"], last["latency_ms"]) == (7, 3, 12)
    assert frame["title"][0] == "Hallo Welt"
    assert frame["role"].to_list() == [None, "writer", "writer"]


async def test_filters_narrow_the_frame(ledger: PostgresLedger, database_url: str) -> None:
    await record_a_call(ledger)
    reader = LedgerReader(database_url)
    now = ledger.clock.now()
    assert reader.events(kinds=["task.queued", "task.ended"]).height == 1
    assert reader.events(team="finance").is_empty()
    assert reader.events(since=now + timedelta(minutes=1)).is_empty()
    assert reader.events(until=now + timedelta(minutes=1)).height == 3
    assert [event["kind"] for event in reader.task_events("tsk_1")] == frame_kinds(reader)


def frame_kinds(reader: LedgerReader) -> list[str]:
    return reader.events(task_id="tsk_1")["kind"].to_list()


def test_a_database_without_a_ledger_says_what_to_do(postgres: EmbeddedPostgres, postgres_url: str) -> None:
    postgres.create_database("bare")
    with pytest.raises(NotMigratedError):
        LedgerReader(postgres.url("bare")).events()
