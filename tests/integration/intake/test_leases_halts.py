"""Nothing new is taken while somebody is halted; a task that met a halt waits until it is over."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from muster.intake.leases import LeasedTask, LeaseLostError, lease, park
from muster.intake.queue import enqueue
from muster.intake.status import standing
from muster.ledger.postgres import PostgresLedger
from muster.ledger.rebuild import compare_state

from .desk import deploy, kinds, message, one


async def _halt(ledger: PostgresLedger, who: str, status: str, seconds: int | None = None) -> None:
    """Put a halt in force as its tables have it; who does that in earnest is tested elsewhere."""
    values = {"who": who, "status": status, "seconds": seconds}
    async with ledger.transaction() as transaction:
        if "/" in who or who == "fleet":
            await transaction.connection.execute(
                "INSERT INTO state.agents (agent, status, paused_until)"
                " VALUES (%(who)s, %(status)s, clock_timestamp() + make_interval(secs => %(seconds)s))"
                " ON CONFLICT (agent) DO UPDATE"
                " SET status = excluded.status, paused_until = excluded.paused_until",
                values,
            )
        else:
            await transaction.connection.execute(
                "UPDATE state.teams SET status = %(status)s,"
                " paused_until = clock_timestamp() + make_interval(secs => %(seconds)s) WHERE team = %(who)s",
                values,
            )


async def _take(ledger: PostgresLedger) -> list[LeasedTask]:
    return await lease(ledger, "leads", "w1", limit=1, lease_seconds=60)


async def _one_task(ledger: PostgresLedger) -> LeasedTask:
    await deploy(ledger)
    await enqueue(ledger, message())
    [task] = await _take(ledger)
    return task


@pytest.mark.parametrize("status", ["paused", "draining"])
@pytest.mark.parametrize("who", ["leads", "leads/lead_desk", "fleet"])
async def test_whoever_of_these_is_halted_nothing_is_leased(
    ledger: PostgresLedger, who: str, status: str
) -> None:
    await deploy(ledger)
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            """UPDATE state.team_versions SET manifest = manifest || '{"coordinator": "lead_desk"}'"""
        )
    await enqueue(ledger, message())
    await _halt(ledger, who, status)
    assert await _take(ledger) == []
    await _halt(ledger, who, status, seconds=-1)
    assert len(await _take(ledger)) == 1


@pytest.mark.parametrize("who", ["support", "leads/lead_researcher", "support/support_desk"])
async def test_the_halt_of_another_one_does_not_matter(ledger: PostgresLedger, who: str) -> None:
    await deploy(ledger)
    await enqueue(ledger, message())
    await _halt(ledger, who, "paused")
    assert len(await _take(ledger)) == 1


@pytest.mark.parametrize("who", ["leads", "leads/lead_researcher", "fleet"])
async def test_a_task_that_met_a_halt_waits_for_its_end(ledger: PostgresLedger, who: str) -> None:
    task = await _one_task(ledger)
    await _halt(ledger, who, "paused")
    assert await park(ledger, task, who, "a test", task.context()) == "waiting"
    assert await one(ledger, "SELECT waiting_for FROM state.tasks WHERE status = 'waiting'") == who
    assert (await kinds(ledger))[-1] == "task.parked"
    await _halt(ledger, who, "active")
    assert await _take(ledger) == []
    with pytest.raises(LeaseLostError):
        await park(ledger, task, who, "again", task.context())


@pytest.mark.parametrize("who", ["leads", "leads/lead_researcher", "fleet", "nobody"])
async def test_a_task_whose_halt_is_over_already_is_queued_again(ledger: PostgresLedger, who: str) -> None:
    task = await _one_task(ledger)
    assert await park(ledger, task, who, "a test", task.context()) == "queued"
    assert (await kinds(ledger))[-1] == "task.released"
    [again] = await _take(ledger)
    assert again.attempt == 2


async def test_a_parked_task_belongs_to_its_run_and_is_what_the_record_says(ledger: PostgresLedger) -> None:
    task = await _one_task(ledger)
    await _halt(ledger, "leads", "paused")
    where = replace(task.context(), model_source="rehearsal")
    assert await park(ledger, task, "leads", "a test", where) == "waiting"
    differences = (await compare_state(ledger)).differences
    assert [one for one in differences if one.table in {"state.tasks", "ledger.run_heads"}] == []
    assert (
        await one(ledger, "SELECT model_source FROM ledger.events WHERE kind = 'task.parked'") == "rehearsal"
    )


async def test_a_resume_at_the_same_moment_leaves_no_task_waiting(ledger: PostgresLedger) -> None:
    await deploy(ledger)
    for number in range(20):
        await enqueue(ledger, message(number))
        [task] = await _take(ledger)
        await _halt(ledger, "leads", "paused")

        async def resume() -> None:
            async with ledger.transaction() as transaction:
                execute = transaction.connection.execute
                await execute("UPDATE state.teams SET status = 'active' WHERE team = 'leads'")
                await execute(
                    "UPDATE state.tasks SET status = 'queued', waiting_for = NULL WHERE waiting_for = 'leads'"
                )

        await asyncio.gather(park(ledger, task, "leads", "a test", task.context()), resume())
        assert await one(ledger, "SELECT count(*) FROM state.tasks WHERE status = 'waiting'") == 0
        [again] = await _take(ledger)
        assert again.task_id == task.task_id


async def test_what_waits_and_what_is_for_later_is_counted(ledger: PostgresLedger, tmp_path: Path) -> None:
    task = await _one_task(ledger)
    await _halt(ledger, "leads/lead_researcher", "paused")
    await park(ledger, task, "leads/lead_researcher", "a test", task.context())
    await enqueue(ledger, message(2))
    await enqueue(ledger, message(3))
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            "UPDATE state.tasks SET ready_at = now() + interval '1 hour' WHERE title = 'message 3'"
        )
    now = await standing(ledger, tmp_path / "mail", tmp_path / "drop", recent=1)
    assert [(count.status, count.tasks, count.later) for count in now.queues] == [
        ("queued", 2, 1),
        ("waiting", 1, 0),
    ]
