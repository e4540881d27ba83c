"""A shift takes what is in the queue, keeps its leases, and gives back what it cannot do."""

import asyncio
from datetime import UTC, datetime

from muster.intake import leases
from muster.intake.message import Content, IncomingMessage
from muster.intake.queue import enqueue
from muster.ledger.postgres import PostgresLedger
from muster.models.claude import ModelAnswer
from muster.models.errors import ModelCallError
from muster.teams.shift import Shift
from tests.integration.intake.desk import deploy
from tests.integration.teams.scripted import ScriptedClient, ScriptedTools, agent, bench, team, use

DONE = use("finish", summary="answered", confidence=0.95)


async def queue(ledger: PostgresLedger, count: int) -> None:
    await deploy(ledger)
    for number in range(count):
        message = IncomingMessage(
            source="test",
            external_id=str(number),
            channel="webhook",
            destinations=("test",),
            priority="medium",
            title=f"message {number}",
            content=Content(text="hello", received_at=datetime(2026, 11, 21, tzinfo=UTC)),
        )
        await enqueue(ledger, message, team="support")


class SilentClient(ScriptedClient):
    """A server that takes the question and never answers."""

    async def send(self, *asked: object, **more: object) -> ModelAnswer:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


def shift(ledger: PostgresLedger, client: ScriptedClient, lease_seconds: float = 60.0) -> Shift:
    at_work = bench(ledger, client, ScriptedTools(ledger))
    return Shift(at_work, team(agent("desk")), "w1", None, lease_seconds=lease_seconds)


async def statuses(ledger: PostgresLedger) -> list[str]:
    return [row["status"] for row in await ledger.fetch("SELECT status FROM state.tasks ORDER BY task_id")]


async def test_a_shift_ends_every_task_of_the_queue_once(ledger: PostgresLedger) -> None:
    await queue(ledger, 5)
    at_work = shift(ledger, ScriptedClient(*[DONE] * 5))
    report = await at_work.work(at_work.do)
    assert (report.completed, report.interrupted) == (5, 0)
    assert await statuses(ledger) == ["completed"] * 5
    ended = await ledger.fetch("SELECT task_id FROM ledger.events WHERE kind = 'task.ended'")
    assert len({row["task_id"] for row in ended}) == len(ended) == 5


async def test_when_the_model_server_goes_away_nothing_is_lost(ledger: PostgresLedger) -> None:
    await queue(ledger, 3)
    gone = ModelCallError("connection refused", error_type="connection_error", retryable=True)
    at_work = shift(ledger, ScriptedClient(*[gone] * 9))
    report = await at_work.work(at_work.do)
    assert report.completed == 0
    assert report.problems
    assert await statuses(ledger) == ["queued"] * 3
    after = shift(ledger, ScriptedClient(*[DONE] * 3))
    assert (await after.work(after.do)).completed == 3


async def test_an_unforeseen_failure_ends_the_task_as_failed_with_its_cause(ledger: PostgresLedger) -> None:
    await queue(ledger, 1)
    at_work = shift(ledger, ScriptedClient(ZeroDivisionError("a fault of ours")))
    report = await at_work.work(at_work.do)
    assert report.failed == 1
    [ended] = await ledger.fetch(
        "SELECT body::jsonb -> 'payload' AS p FROM ledger.events WHERE kind = 'task.ended'"
    )
    assert "ZeroDivisionError: a fault of ours" in ended["p"]["summary"]


async def test_a_worker_that_lost_its_lease_drops_the_work(ledger: PostgresLedger) -> None:
    await queue(ledger, 1)
    asked = asyncio.Event()

    class Slow(ScriptedClient):
        async def send(self, *_: object) -> ModelAnswer:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError("never answers")

    slow = shift(ledger, Slow(), lease_seconds=0.6)
    [leased] = await leases.lease(ledger, "support", "w1", limit=1, lease_seconds=0.6)
    working = asyncio.create_task(slow.do(leased))
    await asked.wait()
    async with ledger.transaction() as transaction:
        await transaction.connection.execute("UPDATE state.tasks SET lease_until = now() - interval '1 s'")
    [taken] = await leases.lease(ledger, "support", "w2", limit=1, lease_seconds=60)
    assert await asyncio.wait_for(working, timeout=10) == "interrupted"
    assert taken.attempt == 2
    assert await statuses(ledger) == ["working"]


async def test_what_a_dead_worker_held_back_is_free_again_when_its_task_is_taken_over(
    ledger: PostgresLedger,
) -> None:
    await queue(ledger, 1)
    dying = shift(ledger, SilentClient(), lease_seconds=0.3)
    working = asyncio.create_task(dying.work(dying.do))
    reserved = "SELECT scope FROM state.budgets WHERE reserved_usd > 0"
    async with asyncio.timeout(10):
        while not await ledger.fetch(reserved):
            await asyncio.sleep(0.02)
    working.cancel()
    await asyncio.wait([working])
    async with asyncio.timeout(10):
        after = shift(ledger, ScriptedClient(DONE))
        while (await after.work(after.do)).completed == 0:
            await asyncio.sleep(0.05)
    assert await ledger.fetch(reserved) == []
    lost = await ledger.fetch("SELECT run_id FROM ledger.events WHERE kind = 'intent.abandoned'")
    assert len(lost) == 1
