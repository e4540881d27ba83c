"""One worker a task, whatever happens to workers."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from muster.intake.leases import (
    LeasedTask,
    LeaseLostError,
    attach_run,
    finish,
    free_in_seconds,
    lease,
    release,
    renew,
    renew_all,
)
from muster.intake.queue import enqueue
from muster.ledger.events import Priority, RunStarted
from muster.ledger.postgres import PostgresLedger
from muster.ledger.rebuild import compare_state
from muster.ledger.rebuild.compare import Difference

from .desk import deploy, kinds, message, one


async def _expire(ledger: PostgresLedger) -> None:
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            "UPDATE state.tasks SET lease_until = now() - interval '1 second'"
        )


async def _begin(ledger: PostgresLedger, task: LeasedTask, run_id: str) -> str:
    started = RunStarted(entry_agent="desk", team_version=1, attempt=task.attempt)
    return await attach_run(ledger, task, started, replace(task.context(), run_id=run_id))


async def _unexplained(ledger: PostgresLedger) -> list[Difference]:
    """What of the queue the record does not explain."""
    differences = (await compare_state(ledger)).differences
    return [one for one in differences if one.table in {"state.tasks", "ledger.run_heads"}]


async def test_the_most_urgent_then_oldest_task_comes_first(ledger: PostgresLedger) -> None:
    await deploy(ledger)
    priorities: tuple[Priority, ...] = ("low", "medium", "high", "medium")
    for number, priority in enumerate(priorities):
        await enqueue(ledger, message(number, priority))
    tasks = await lease(ledger, "leads", "w1", limit=3, lease_seconds=60)
    assert [task.title for task in tasks] == ["message 2", "message 1", "message 3"]
    assert await lease(ledger, "support", "w1", limit=3, lease_seconds=60) == []


async def test_what_was_begun_comes_before_what_is_as_urgent_and_fresh(ledger: PostgresLedger) -> None:
    await deploy(ledger)
    for number in range(2):
        await enqueue(ledger, message(number))
    held = await lease(ledger, "leads", "w1", limit=2, lease_seconds=60)
    await release(ledger, held[1], "the model is busy", ready_in_seconds=0.001)
    await _expire(ledger)
    await enqueue(ledger, message(2, "low"))
    await enqueue(ledger, message(3))
    await enqueue(ledger, message(4, "high"))
    taken = [(await lease(ledger, "leads", "w2", limit=1, lease_seconds=60))[0].title for _ in range(5)]
    assert taken == [f"message {number}" for number in (4, 0, 1, 3, 2)]


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


async def test_all_leases_of_a_worker_are_renewed_at_once_and_a_lost_one_is_left_out(
    ledger: PostgresLedger,
) -> None:
    await deploy(ledger)
    for number in range(3):
        await enqueue(ledger, message(number))
    tasks = await lease(ledger, "leads", "w1", limit=3, lease_seconds=5)
    await finish(ledger, tasks[1], "completed", "done")
    renewed = await renew_all(ledger, tasks, lease_seconds=600)
    assert [task.task_id for task in renewed] == [tasks[0].task_id, tasks[2].task_id]
    assert all(task.lease_until > tasks[0].lease_until for task in renewed)
    assert await renew_all(ledger, [], lease_seconds=600) == []


async def test_a_worker_knows_how_long_until_something_is_free_by_itself(ledger: PostgresLedger) -> None:
    await deploy(ledger)
    assert await free_in_seconds(ledger, "leads") is None
    await enqueue(ledger, message(0))
    await enqueue(ledger, message(1, "low"))
    assert await free_in_seconds(ledger, "leads") is None
    _, second = await lease(ledger, "leads", "w1", limit=2, lease_seconds=600)
    assert 590 < (await free_in_seconds(ledger, "leads") or 0) <= 600
    await release(ledger, second, "later", ready_in_seconds=50)
    assert 40 < (await free_in_seconds(ledger, "leads") or 0) <= 50
    await _expire(ledger)
    assert await free_in_seconds(ledger, "leads") == 0


async def test_a_task_given_back_for_later_is_not_taken_before(ledger: PostgresLedger) -> None:
    await deploy(ledger)
    await enqueue(ledger, message())
    [task] = await lease(ledger, "leads", "w1", limit=1, lease_seconds=60)
    await release(ledger, task, "the model server is away", ready_in_seconds=300)
    assert await lease(ledger, "leads", "w1", limit=1, lease_seconds=60) == []
    assert await one(ledger, "SELECT ready_at > now() + interval '200 seconds' FROM state.tasks")
    assert await _unexplained(ledger) == []
    async with ledger.transaction() as transaction:
        await transaction.connection.execute("UPDATE state.tasks SET ready_at = now()")
    [again] = await lease(ledger, "leads", "w2", limit=1, lease_seconds=60)
    assert again.attempt == 2
    assert await one(ledger, "SELECT ready_at IS NULL FROM state.tasks")
    assert await _unexplained(ledger) == []
