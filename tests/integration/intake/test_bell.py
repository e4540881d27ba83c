"""Whoever waits for work hears at once when some arrives, whatever happens to the connection."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from muster.intake.bell import WorkBell
from muster.intake.leases import lease, release
from muster.intake.queue import enqueue, enqueue_within
from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.pauses import pause, resume
from muster.ledger.postgres import PostgresLedger
from muster.services.postgres import EmbeddedPostgres

from .desk import away, deploy, message

LONG = 30.0
"""Longer than any of these tests waits when all is well."""


@pytest.fixture
async def bell(database_url: str) -> AsyncIterator[WorkBell]:
    async with WorkBell.open(database_url) as bell:
        await asyncio.wait_for(bell.connected(), LONG)
        for team in ("leads", "support"):  # connecting wakes everybody once
            assert await bell.wait(team, LONG)
        yield bell


async def test_it_rings_for_the_team_whose_work_arrived(ledger: PostgresLedger, bell: WorkBell) -> None:
    await deploy(ledger)
    leads = asyncio.create_task(bell.wait("leads", LONG))
    support = asyncio.create_task(bell.wait("support", 0.5))
    await asyncio.sleep(0)
    await enqueue(ledger, message())
    assert await leads
    assert not await support


async def test_a_ring_while_nobody_waited_is_not_missed(ledger: PostgresLedger, bell: WorkBell) -> None:
    await deploy(ledger)
    before = bell.rings("leads")
    await enqueue(ledger, message())
    async with asyncio.timeout(LONG):
        while bell.rings("leads") == before:
            await asyncio.sleep(0.01)
    for _ in range(2):  # one and the other of two that found the queue empty before it rang
        assert await bell.wait("leads", LONG, since=before)
    assert not await bell.wait("leads", 0.05, since=bell.rings("leads"))


async def test_a_released_task_and_the_end_of_a_halt_ring(ledger: PostgresLedger, bell: WorkBell) -> None:
    await deploy(ledger)
    await enqueue(ledger, message())
    assert await bell.wait("leads", LONG)
    [task] = await lease(ledger, "leads", "w1", limit=1, lease_seconds=60)
    await release(ledger, task, "a test")
    assert await bell.wait("leads", LONG)
    for who in ("leads", "leads/lead_desk"):
        await pause(ledger, who, "a test", "person:test")
        await resume(ledger, who, "a test", "person:test")
        assert await bell.wait("leads", LONG)
    assert not await bell.wait("support", 0.05)


async def test_the_end_of_the_fleets_halt_rings_for_all(ledger: PostgresLedger, bell: WorkBell) -> None:
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            "INSERT INTO state.agents (agent, status) VALUES ('fleet', 'paused')"
        )
    async with ledger.transaction() as transaction:
        await transaction.connection.execute("UPDATE state.agents SET status = 'active'")
    assert await bell.wait("leads", LONG)
    assert await bell.wait("support", LONG)


async def test_it_rings_only_when_the_work_is_committed(ledger: PostgresLedger, bell: WorkBell) -> None:
    await deploy(ledger)
    async with ledger.transaction() as transaction:
        await enqueue_within(ledger, transaction, message())
        assert not await bell.wait("leads", 0.3)
    assert await bell.wait("leads", LONG)


async def test_after_a_lost_connection_everybody_is_woken_and_it_rings_again(
    ledger: PostgresLedger, bell: WorkBell, postgres: EmbeddedPostgres, database_url: str
) -> None:
    await deploy(ledger)
    waiting = asyncio.create_task(bell.wait("leads", LONG))
    await asyncio.sleep(0)
    with away(postgres, database_url):
        assert not waiting.done()
    assert await waiting
    assert await bell.wait("support", LONG)
    await enqueue_when_back(ledger)
    assert await bell.wait("leads", LONG)


async def test_it_opens_while_the_database_is_away(postgres: EmbeddedPostgres, database_url: str) -> None:
    with away(postgres, database_url):
        opened = WorkBell.open(database_url)
        bell = await opened.__aenter__()
        assert not await bell.wait("leads", 0.2)
    await asyncio.wait_for(bell.connected(), LONG)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SELECT pg_notify('muster_work', 'leads')")
    assert await bell.wait("leads", LONG)
    await opened.__aexit__(None, None, None)


async def enqueue_when_back(ledger: PostgresLedger) -> None:
    """The ledger's own connections were cut too; the first use of each finds that out."""
    async with asyncio.timeout(LONG):
        while True:
            try:
                await enqueue(ledger, message())
                return
            except LedgerUnavailableError:
                await asyncio.sleep(0.05)
