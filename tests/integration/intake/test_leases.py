"""One worker a task, whatever happens to workers."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from muster.intake.leases import LeasedTask, LeaseLostError, attach_run, finish, lease, release, renew
from muster.intake.queue import enqueue
from muster.ledger.events import Priority, RunStarted
from muster.ledger.pauses import pause, resume
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

from .desk import deploy, kinds, message, one


async def _expire(ledger: PostgresLedger) -> None:
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            "UPDATE state.tasks SET lease_until = now() - interval '1 second'"
        )


async def _begin(ledger: PostgresLedger, task: LeasedTask, run_id: str) -> str:
    started = RunStarted(entry_agent="desk", team_version=1, attempt=task.attempt)
    return await attach_run(ledger, task, started, replace(task.context(), run_id=run_id))


async def test_the_most_urgent_then_oldest_task_comes_first(ledger: PostgresLedger) -> None:
    await deploy(ledger)
    priorities: tuple[Priority, ...] = ("low", "medium", "high", "medium")
    for number, priority in enumerate(priorities):
        await enqueue(ledger, message(number, priority))
    tasks = await lease(ledger, "leads", "w1", limit=3, lease_seconds=60)
    assert [task.title for task in tasks] == ["message 2", "message 1", "message 3"]
    assert await lease(ledger, "support", "w1", limit=3, lease_seconds=60) == []


async def test_a_paused_team_leaves_its_work_in_the_queue(ledger: PostgresLedger) -> None:
    await deploy(ledger)
    await enqueue(ledger, message())
    await pause(ledger, "leads", "a test", "person:test")
    assert await lease(ledger, "leads", "w1", limit=1, lease_seconds=60) == []
    await resume(ledger, "leads", "a test", "person:test")
    assert len(await lease(ledger, "leads", "w1", limit=1, lease_seconds=60)) == 1


async def test_sixteen_workers_get_each_task_once(ledger: PostgresLedger) -> None:
    await deploy(ledger)
    for number in range(48):
        await enqueue(ledger, message(number))

    async def work(worker: str) -> list[str]:
        taken: list[str] = []
        while tasks := await lease(ledger, "leads", worker, limit=2, lease_seconds=60):
            taken += [task.task_id for task in tasks]
        return taken

    taken = await asyncio.gather(*(work(f"w{number}") for number in range(16)))
    counts = Counter(task_id for tasks in taken for task_id in tasks)
    assert len(counts) == 48
    assert set(counts.values()) == {1}
    assert Counter(await kinds(ledger)) == {"task.queued": 48, "task.leased": 48}


async def test_an_expired_lease_is_taken_over_and_said_so(ledger: PostgresLedger) -> None:
    await deploy(ledger)
    await enqueue(ledger, message())
    (first,) = await lease(ledger, "leads", "silent", limit=1, lease_seconds=60)
    run_id = await _begin(ledger, first, "run_1")
    assert await lease(ledger, "leads", "other", limit=1, lease_seconds=60) == []
    await _expire(ledger)
    (second,) = await lease(ledger, "leads", "other", limit=1, lease_seconds=60)
    assert (second.task_id, second.attempt, second.run_id) == (first.task_id, 2, run_id)
    assert await _begin(ledger, second, "run_2") == "run_1"
    assert (await kinds(ledger)).count("run.started") == 1
    assert (await kinds(ledger))[-2:] == ["task.lease_expired", "task.leased"]
    for late in (
        renew(ledger, first, lease_seconds=60),
        release(ledger, first, "a test"),
        _begin(ledger, first, "run_3"),
    ):
        with pytest.raises(LeaseLostError):
            await late


async def test_a_late_finish_changes_and_records_nothing(ledger: PostgresLedger) -> None:
    await deploy(ledger)
    await enqueue(ledger, message())
    (first,) = await lease(ledger, "leads", "same", limit=1, lease_seconds=60)
    await _expire(ledger)
    (second,) = await lease(ledger, "leads", "same", limit=1, lease_seconds=60)
    with pytest.raises(LeaseLostError, match="does not hold"):
        await finish(ledger, first, "completed", "too late")
    assert "task.ended" not in await kinds(ledger)
    await finish(ledger, second, "escalated", "in time")
    with pytest.raises(LeaseLostError):
        await finish(ledger, second, "completed", "twice")
    assert await one(ledger, "SELECT status FROM state.tasks WHERE ended_at IS NOT NULL") == "escalated"
    assert (await kinds(ledger)).count("task.ended") == 1


async def test_a_renewed_lease_lasts_longer_and_a_released_one_is_free(ledger: PostgresLedger) -> None:
    await deploy(ledger)
    await enqueue(ledger, message())
    (task,) = await lease(ledger, "leads", "w1", limit=1, lease_seconds=1)
    renewed = await renew(ledger, task, lease_seconds=600)
    assert (renewed.lease_until - task.lease_until).total_seconds() > 500
    await release(ledger, renewed, "the model server is away")
    assert (await kinds(ledger))[-1] == "task.released"
    (again,) = await lease(ledger, "leads", "w2", limit=1, lease_seconds=60)
    assert (again.attempt, again.worker) == (2, "w2")


async def test_leasing_reads_the_open_tasks_by_index_only(ledger: PostgresLedger) -> None:
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            "INSERT INTO state.tasks (task_id, source, external_id, team, channel, priority, title, content,"
            " status, created_at, updated_at)"
            " SELECT 'tsk_' || n, 's', n::text, 'leads', 'webhook', 1, '', '{}',"
            " CASE WHEN n % 500 = 0 THEN 'queued' ELSE 'completed' END, now(), now()"
            " FROM generate_series(1, 50000) n"
        )
    async with ledger.transaction() as transaction:
        await transaction.connection.execute("SET LOCAL ROLE NONE")
        await transaction.connection.execute("ANALYZE state.tasks")
        plan = await transaction.connection.execute(
            "EXPLAIN " + load("muster.intake", "lease_tasks"),
            {"team": "leads", "worker": "w", "limit": 8, "lease_seconds": 60, "now": datetime.now(UTC)},
        )
        lines = [next(iter(row.values())) for row in await plan.fetchall()]
    assert any("Index Scan using tasks_open_idx" in line for line in lines), lines
    assert not any("Sort" in line or "Seq Scan" in line for line in lines), lines
