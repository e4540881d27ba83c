"""Events landed by COPY are like any others: chained, sealed, verified."""

from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest

from muster.ledger.events import AgentPaused, EventContext
from muster.ledger.landing import Record, land_events
from muster.ledger.postgres import PostgresLedger
from muster.ledger.record import row
from muster.ledger.verify import verify_ledger


def records(ledger: PostgresLedger, count: int, runs: int = 3) -> Iterator[Record]:
    for number in range(count):
        where = EventContext(
            actor="service:test", run_id=f"run_{number % runs}" if number % 5 else None, team="größe"
        )
        event = AgentPaused(who="support/desk", reason=f'reason\t"{number}"\n')
        yield row(ledger.ids.new("evt"), event, where, ledger.clock.now(), Decimal("0.000001"))


async def test_landed_events_go_on_the_chains_that_are_there(
    ledger: PostgresLedger, database_url: str
) -> None:
    await ledger.append(
        AgentPaused(who="support", reason="before"), EventContext(actor="service:test", run_id="run_1")
    )
    assert await land_events(database_url, records(ledger, 500), batch=90) == 500
    await ledger.append(
        AgentPaused(who="support", reason="after"), EventContext(actor="service:test", run_id="run_1")
    )
    verdict = await verify_ledger(ledger)
    assert (verdict.problems, verdict.events) == ([], 502)


async def test_the_loader_may_neither_choose_places_nor_change_anything(database_url: str) -> None:
    attacks = (
        "INSERT INTO ledger.events (seq, event_id, kind, actor, happened_at, body) OVERRIDING SYSTEM VALUE "
        "VALUES (1, 'evt_x', 'k', 'me', now(), '{}')",
        "INSERT INTO ledger.events (recorded_at, event_id, kind, actor, happened_at, body) "
        "VALUES (now(), 'evt_x', 'k', 'me', now(), '{}')",
        "UPDATE ledger.events SET actor = 'nobody'",
        "DELETE FROM ledger.events",
        "TRUNCATE ledger.events",
        "UPDATE ledger.run_heads SET run_seq = 0",
    )
    for attack in attacks:
        with (
            psycopg.connect(database_url, options="-c role=muster_loader") as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(attack)
