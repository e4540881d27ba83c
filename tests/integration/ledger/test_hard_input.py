"""Input that breaks things: each is refused with a clear error or kept whole; nothing is half recorded."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from psycopg import sql

from muster.core.clock import Clock
from muster.ledger.errors import EventRefusedError
from muster.ledger.events import (
    EventContext,
    ModelCallIntended,
    ModelCallSettled,
    TaskEnded,
    ToolCallIntended,
    ToolCallSettled,
)
from muster.ledger.postgres import PostgresLedger
from muster.ledger.verify import verify_ledger
from muster.services.postgres import EmbeddedPostgres

WHERE = EventContext(
    actor="agent:support/desk", team="support", agent="desk", run_id="run_1", task_id="tsk_1"
)


def ended(summary: str) -> TaskEnded:
    return TaskEnded(status="completed", summary=summary)


class TurnedBack(Clock):
    """Each look at it is a minute earlier."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)

    def now(self) -> datetime:
        self._now -= timedelta(minutes=1)
        return self._now


@pytest.mark.parametrize("text", ["a\0b", "half a pair \ud83d", "\udc80 raw byte"])
async def test_a_text_that_cannot_be_kept_is_refused_and_nothing_is_recorded(
    ledger: PostgresLedger, text: str
) -> None:
    with pytest.raises(EventRefusedError):
        await ledger.append(ended(text), WHERE)
    assert await ledger.fetch("SELECT 1 FROM ledger.events") == []


async def test_an_outcome_that_cannot_be_kept_leaves_its_intent_open(ledger: PostgresLedger) -> None:
    intended = ToolCallIntended(call_id="tcl_1", tool="t", effect="read", arguments={}, arguments_sha256="")
    intent = await ledger.intend(intended, WHERE, reserve_usd=Decimal(0))
    broken = ToolCallSettled(call_id="tcl_1", tool="t", status="ok", result="\0", latency_ms=1)
    with pytest.raises(EventRefusedError):
        await ledger.settle(intent, broken, cost_usd=Decimal(0))
    await ledger.settle(intent, broken.model_copy(update={"result": "clean"}), cost_usd=Decimal(0))


async def test_ten_megabytes_of_text_are_kept_to_the_byte(ledger: PostgresLedger) -> None:
    text = 'Größe "10 MB"\n\t\\ ' * 600_000
    assert len(text.encode()) > 10_000_000
    await asyncio.gather(
        ledger.append(ended(text), WHERE),
        ledger.append(ended("beside it"), EventContext(actor="service:test")),
    )
    [row] = await ledger.fetch(
        "SELECT (body::jsonb #>> '{payload,summary}') = %(text)s AS same FROM ledger.events "
        "WHERE run_id = 'run_1'",
        {"text": text},
    )
    assert row["same"]
    assert (await verify_ledger(ledger)).problems == []


async def test_a_clock_that_goes_backwards_breaks_no_chain_and_no_order(database_url: str) -> None:
    ledger = await PostgresLedger.open(database_url, clock=TurnedBack())
    for number in range(5):
        await ledger.append(ended(str(number)), WHERE)
    rows = await ledger.fetch("SELECT run_seq, happened_at FROM ledger.events ORDER BY seq")
    assert [row["run_seq"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["happened_at"] for row in rows] == sorted((row["happened_at"] for row in rows), reverse=True)
    assert (await verify_ledger(ledger)).problems == []
    await ledger.close()


async def test_a_month_nobody_prepared_is_made_when_its_first_event_comes(
    ledger: PostgresLedger, postgres: EmbeddedPostgres, database_url: str
) -> None:
    [now] = await ledger.fetch("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY_MM') AS month")
    with psycopg.connect(postgres.superuser_url(database_url.rpartition("/")[2])) as connection:
        connection.execute(
            sql.SQL("DROP TABLE {}").format(sql.Identifier("ledger", f"events_{now['month']}"))
        )
    await asyncio.gather(*(ledger.append(ended(str(number)), WHERE) for number in range(3)))
    assert len(await ledger.fetch("SELECT 1 FROM ledger.events")) == 3


async def test_money_keeps_its_cents_in_both_columns_and_body(ledger: PostgresLedger) -> None:
    intended = ModelCallIntended(
        call_id="mcl_1",
        role="worker",
        model="m",
        prompt_version=1,
        request_sha256="",
        estimated_cost_usd="0.1",
    )
    intent = await ledger.intend(intended, WHERE, reserve_usd=Decimal("0.1"))
    settled = ModelCallSettled(call_id="mcl_1", model="m", status="ok", latency_ms=1)
    await ledger.settle(intent, settled, cost_usd=Decimal("0.0000015"))
    [row] = await ledger.fetch(
        "SELECT cost_usd, body::jsonb ->> 'cost_usd' AS in_body FROM ledger.events "
        "WHERE kind = 'model_call.settled'"
    )
    assert (row["cost_usd"], row["in_body"]) == (Decimal("0.000002"), "0.000002")
