"""Many tasks are leased, begun and ended in one call, each with its events, and each stands alone."""

import asyncio
import hashlib
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, LiteralString

import pytest
from psycopg.rows import DictRow

from muster.core.canonical import canonical_json
from muster.core.clock import SystemClock
from muster.core.ids import IdMaker
from muster.intake.leases import (
    LeasedTask,
    LeaseLostError,
    attach_run,
    finish,
    finish_within,
    hold_within,
    lease,
    release,
)
from muster.intake.queue import enqueue
from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.events import EventContext, RunEnded, RunStarted, TaskLeased
from muster.ledger.postgres import PostgresLedger
from muster.ledger.rebuild import compare_state
from muster.ledger.record import row
from muster.ledger.seal import seal_ledger
from muster.ledger.verify import verify_ledger
from tests.integration.ledger.sealing import home_in

from .desk import deploy, kinds, message, one

BODIES = """
SELECT event_id, kind, run_id, run_seq, happened_at, body, chain_sha256 FROM ledger.events ORDER BY seq
"""


async def _leased(ledger: PostgresLedger, tasks: int, worker: str = "w1") -> list[LeasedTask]:
    await deploy(ledger)
    for number in range(tasks):
        await enqueue(ledger, message(number))
    return await lease(ledger, "leads", worker, limit=tasks, lease_seconds=60)


async def _begin(ledger: PostgresLedger, task: LeasedTask, run_id: str) -> EventContext:
    where = replace(task.context(), run_id=run_id)
    started = RunStarted(entry_agent="desk", team_version=1, attempt=task.attempt)
    return replace(where, run_id=await attach_run(ledger, task, started, where))


async def _expire(ledger: PostgresLedger) -> None:
    async with ledger.transaction() as transaction:
        await transaction.connection.execute("UPDATE state.tasks SET lease_until = now() - interval '1 hour'")


async def _unexplained(ledger: PostgresLedger) -> list[str]:
    differences = (await compare_state(ledger)).differences
    return [one.sentence() for one in differences if one.table in {"state.tasks", "ledger.run_heads"}]


def _chained(events: list[DictRow]) -> list[bytes]:
    """The chain of one run's events, computed from their bodies."""
    chain, links = b"", []
    for event in events:
        chain = hashlib.sha256(chain + hashlib.sha256(event["body"].encode()).digest()).digest()
        links.append(chain)
    return links


def _ended() -> RunEnded:
    return RunEnded(outcome="completed", summary="done", model_calls=0, tool_calls=0, duration_ms=1)


async def test_events_of_leases_are_written_as_any_other_event(ledger: PostgresLedger) -> None:
    worker = 'w "1" \\ ü\t\x7f'
    [first] = await _leased(ledger, 1, worker)
    where = await _begin(ledger, first, "run_1")
    await _expire(ledger)
    [second] = await lease(ledger, "leads", worker, limit=1, lease_seconds=60)
    assert second.run_id == where.run_id == "run_1"
    events = await ledger.fetch(BODIES)
    for event in events:
        assert canonical_json(json.loads(event["body"])).decode() == event["body"]
    fresh, taken_over = (event for event in events if event["kind"] == "task.leased")
    for event, task, context in (
        (fresh, first, first.context()),
        (taken_over, second, second.context()),
    ):
        same = row(
            event["event_id"],
            TaskLeased(worker=worker, attempt=task.attempt),
            context,
            event["happened_at"],
            None,
        )
        assert event["body"] == same["body"]
    of_run = [event for event in events if event["run_id"] == "run_1"]
    assert [event["kind"] for event in of_run] == ["run.started", "task.lease_expired", "task.leased"]
    assert [event["run_seq"] for event in of_run] == [1, 2, 3]
    assert [bytes(event["chain_sha256"]) for event in of_run] == _chained(of_run)
    assert await _unexplained(ledger) == []


async def test_work_that_begins_and_ends_at_the_same_time_shares_commits(ledger: PostgresLedger) -> None:
    tasks = await _leased(ledger, 40)
    wheres = await asyncio.gather(*(_begin(ledger, task, f"run_{place}") for place, task in enumerate(tasks)))
    await asyncio.gather(
        *(
            finish(ledger, task, "completed", "done", where=where, before=(_ended(),))
            for task, where in zip(tasks, wheres, strict=True)
        )
    )
    counted = Counter(await kinds(ledger))
    assert {kind: counted[kind] for kind in ("task.leased", "run.started", "run.ended", "task.ended")} == {
        "task.leased": 40,
        "run.started": 40,
        "run.ended": 40,
        "task.ended": 40,
    }
    for kind in ("task.leased", "run.started", "task.ended"):
        commits = await ledger.fetch(
            "SELECT DISTINCT xmin FROM ledger.events WHERE kind = %(kind)s", {"kind": kind}
        )
        assert len(commits) <= 3
    for place in (0, 20, 39):
        of_run = await ledger.fetch(
            "SELECT kind, body, chain_sha256 FROM ledger.events WHERE run_id = %(run)s ORDER BY run_seq",
            {"run": wheres[place].run_id},
        )
        assert [event["kind"] for event in of_run] == ["run.started", "run.ended", "task.ended"]
        assert [bytes(event["chain_sha256"]) for event in of_run] == _chained(of_run)
    assert await _unexplained(ledger) == []


async def test_one_lost_lease_does_not_hold_up_the_others(ledger: PostgresLedger) -> None:
    tasks = await _leased(ledger, 12)
    await release(ledger, tasks[5], "a test")
    [stolen] = await lease(ledger, "leads", "w2", limit=1, lease_seconds=60)
    ends = await asyncio.gather(
        *(finish(ledger, task, "completed", "done", before=(_ended(),)) for task in tasks),
        return_exceptions=True,
    )
    assert [type(end) for end in ends if end is not None] == [LeaseLostError]
    assert isinstance(ends[5], LeaseLostError)
    counted = Counter(await kinds(ledger))
    assert (counted["run.ended"], counted["task.ended"]) == (11, 11)
    assert await one(ledger, "SELECT task_id FROM state.tasks WHERE status = 'working'") == stolen.task_id


async def test_beginning_and_ending_the_same_task_in_one_batch_is_done_once(ledger: PostgresLedger) -> None:
    [task] = await _leased(ledger, 1)
    ends = await asyncio.gather(
        *(finish(ledger, task, "completed", "done") for _ in range(5)), return_exceptions=True
    )
    assert sorted(type(end).__name__ for end in ends) == ["LeaseLostError"] * 4 + ["NoneType"]
    assert (await kinds(ledger)).count("task.ended") == 1


async def test_a_begun_run_is_kept_by_whoever_takes_over(ledger: PostgresLedger) -> None:
    tasks = await _leased(ledger, 6)
    await asyncio.gather(*(_begin(ledger, task, f"run_{task.title}") for task in tasks[:3]))
    await _expire(ledger)
    again = await lease(ledger, "leads", "w2", limit=6, lease_seconds=60)
    wheres = await asyncio.gather(*(_begin(ledger, task, f"run_new_{task.title}") for task in again))
    kept = {task.title: where.run_id for task, where in zip(again, wheres, strict=True)}
    assert kept == {
        f"message {number}": f"run_message {number}" if number < 3 else f"run_new_message {number}"
        for number in range(6)
    }
    assert (await kinds(ledger)).count("run.started") == 6
    assert await _unexplained(ledger) == []


class _Forgetful(PostgresLedger):
    """A ledger whose connection breaks once, before or after the database did what it was asked for."""

    breaks: str | None = None

    async def fetch(
        self, statement: LiteralString, parameters: dict[str, Any] | None = None
    ) -> list[DictRow]:
        if self.breaks is None or "ledger.work" not in statement:
            return await super().fetch(statement, parameters)
        breaks, self.breaks = self.breaks, None
        if breaks == "after":
            await super().fetch(statement, parameters)
        raise LedgerUnavailableError.because(ConnectionError("it broke"))


@pytest.mark.parametrize("breaks", ["before", "after"])
async def test_an_answer_that_is_lost_with_its_connection_is_looked_up_and_not_done_twice(
    ledger: PostgresLedger, breaks: str
) -> None:
    [task] = await _leased(ledger, 1)
    clock = SystemClock()
    forgetful = _Forgetful(ledger._pool, clock, IdMaker(clock))
    forgetful.breaks = breaks
    where = await _begin(forgetful, task, "run_1")
    assert where.run_id == "run_1"
    forgetful.breaks = breaks
    await finish(forgetful, task, "completed", "done", where=where)
    counted = Counter(await kinds(ledger))
    assert (counted["run.started"], counted["task.ended"]) == (1, 1)
    assert await one(ledger, "SELECT status FROM state.tasks") == "completed"


async def test_with_the_end_of_a_task_its_run_has_no_rights_at_the_gateway_any_more(
    ledger: PostgresLedger,
) -> None:
    tasks = await _leased(ledger, 2)
    wheres = [await _begin(ledger, task, f"run_{place}") for place, task in enumerate(tasks)]
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            "INSERT INTO state.gateway_tokens (token_sha256, agent, team, run_id, policy_revision, issued_at,"
            " expires_at) SELECT n::text, 'desk', 'leads', 'run_' || n % 2, '', now(), 'infinity'"
            " FROM generate_series(0, 3) AS n"
        )
    await finish(ledger, tasks[1], "completed", "done", where=wheres[1])
    left = await ledger.fetch("SELECT DISTINCT run_id FROM state.gateway_tokens WHERE revoked_at IS NULL")
    assert [row["run_id"] for row in left] == ["run_0"]


async def test_a_held_task_is_not_taken_over_before_the_transaction_ends(ledger: PostgresLedger) -> None:
    [task] = await _leased(ledger, 1)
    await _expire(ledger)
    async with ledger.transaction() as transaction:
        await hold_within(transaction, task)
        assert await lease(ledger, "leads", "w2", limit=1, lease_seconds=60) == []
        await finish_within(transaction, task, "completed", "done")
    with pytest.raises(LeaseLostError):
        async with ledger.transaction() as transaction:
            await hold_within(transaction, task)


async def test_what_leases_leave_in_the_record_verifies(ledger: PostgresLedger, tmp_path: Path) -> None:
    tasks = await _leased(ledger, 6, worker="wörker/1")
    wheres = [await _begin(ledger, task, f"run_{place}") for place, task in enumerate(tasks)]
    await _expire(ledger)
    again = await lease(ledger, "leads", "w2", limit=6, lease_seconds=60)
    await release(ledger, again[0], "a test", ready_in_seconds=0.001)
    await asyncio.gather(
        *(
            finish(ledger, task, "completed", "done", where=where, before=(_ended(),))
            for task, where in zip(again[1:], wheres[1:], strict=True)
        )
    )
    home = home_in(tmp_path)
    await seal_ledger(ledger, home)
    verdict = await verify_ledger(ledger, home)
    assert verdict.whole, verdict
    assert verdict.sealed == verdict.events == 6 * 5 + 1 + 5 * 2
