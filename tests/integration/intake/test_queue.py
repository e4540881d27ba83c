"""Messages become tasks once, in the transaction that records it."""

import asyncio

import pytest

from muster.intake.queue import enqueue
from muster.intake.routing import NoRouteError
from muster.ledger.postgres import PostgresLedger

from .desk import deploy, kinds, message, one


async def test_a_message_becomes_a_task_and_an_event(ledger: PostgresLedger) -> None:
    await deploy(ledger)
    enqueued = await enqueue(ledger, message(priority="high"))
    assert (enqueued.team, enqueued.duplicate) == ("leads", False)
    (task,) = await ledger.fetch("SELECT * FROM state.tasks")
    assert (task["task_id"], task["status"], task["priority"]) == (enqueued.task_id, "queued", 0)
    assert task["content"]["text"] == "message 1"
    assert await kinds(ledger) == ["task.queued"]


async def test_the_same_message_from_many_senders_at_once_is_one_task(ledger: PostgresLedger) -> None:
    await deploy(ledger)
    outcomes = await asyncio.gather(*(enqueue(ledger, message()) for _ in range(12)))
    assert sum(not outcome.duplicate for outcome in outcomes) == 1
    assert len({outcome.task_id for outcome in outcomes}) == 1
    assert await one(ledger, "SELECT count(*) FROM state.tasks") == 1
    assert sorted(await kinds(ledger)) == ["task.duplicated"] * 11 + ["task.queued"]


async def test_a_message_for_nobody_writes_nothing(ledger: PostgresLedger) -> None:
    with pytest.raises(NoRouteError):
        await enqueue(ledger, message())
    assert await one(ledger, "SELECT count(*) FROM state.tasks") == 0
    assert await kinds(ledger) == []


async def test_a_person_may_choose_the_team(ledger: PostgresLedger) -> None:
    await deploy(ledger)
    enqueued = await enqueue(ledger, message(), team="support", actor="person:jo")
    assert enqueued.team == "support"
    assert await one(ledger, "SELECT actor FROM ledger.events") == "person:jo"


async def test_a_very_long_id_of_a_sender_is_still_one_task(ledger: PostgresLedger) -> None:
    await deploy(ledger)
    long = message()
    object.__setattr__(long, "external_id", "x" * 9000)
    first, second = await enqueue(ledger, long), await enqueue(ledger, long)
    assert second.duplicate
    assert second.task_id == first.task_id
