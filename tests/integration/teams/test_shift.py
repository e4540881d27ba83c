"""A shift takes what is in the queue, keeps its leases, and gives back what it cannot do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from muster.gateway.client import ToolOutcome
from muster.intake import leases
from muster.intake.message import Content, IncomingMessage
from muster.intake.queue import enqueue
from muster.ledger.events import EventContext
from muster.ledger.pauses import drain, pause, resume, standings, until_drained
from muster.ledger.postgres import PostgresLedger
from muster.models.claude import ModelAnswer
from muster.models.errors import ModelCallError
from muster.teams.deploy import deploy_team
from muster.teams.leased_work import Done
from muster.teams.shift import Shift, ShiftReport
from muster.teams.slots import Slots
from tests.integration.intake.desk import deploy
from tests.integration.teams.desk_folder import desk_folder
from tests.integration.teams.scripted import ScriptedClient, ScriptedTools, agent, bench, team, use

DONE = use("finish", summary="answered", confidence=0.95)
GONE = ModelCallError("connection refused", error_type="connection_error", retryable=True)
ME = "person:jo@example.com"


async def queue(ledger: PostgresLedger, count: int) -> None:
    await deploy(ledger)
    await more_work(ledger, range(count))


async def more_work(ledger: PostgresLedger, numbers: Iterable[int], team: str = "support") -> None:
    for number in numbers:
        message = IncomingMessage(
            source="test",
            external_id=str(number),
            channel="webhook",
            destinations=("test",),
            priority="medium",
            title=f"message {number}",
            content=Content(text="hello", received_at=datetime(2026, 11, 21, tzinfo=UTC)),
        )
        await enqueue(ledger, message, team=team)


class SilentClient(ScriptedClient):
    """A server that takes the question and never answers."""

    async def send(self, *asked: object, **more: object) -> ModelAnswer:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


class Answering(ScriptedClient):
    """A server that finishes every task, unless it is told to be away or to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.at_work = 0

    async def reachable(self, *_: object) -> None:
        if self.away:
            raise GONE

    async def send(self, *asked: Any, **more: Any) -> ModelAnswer:
        if self.away:
            raise GONE
        self.at_work += 1
        try:
            await self.go_on.wait()
        finally:
            self.at_work -= 1
        return DONE


class OneByOne(Answering):
    """A server that finishes as many tasks as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self._answers = asyncio.Semaphore(0)

    def answer(self, count: int) -> None:
        for _ in range(count):
            self._answers.release()

    async def send(self, *asked: Any, **more: Any) -> ModelAnswer:
        self.at_work += 1
        try:
            await self._answers.acquire()
        finally:
            self.at_work -= 1
        return DONE


def shift(ledger: PostgresLedger, client: ScriptedClient, lease_seconds: float = 60.0) -> Shift:
    at_work = bench(ledger, client, ScriptedTools(ledger))
    return Shift(at_work, team(agent("desk")), "w1", None, lease_seconds=lease_seconds)


@asynccontextmanager
async def on_duty(shift: Shift) -> AsyncIterator[ShiftReport]:
    """A shift that stays while the block lasts, and has ended after it."""
    working = asyncio.create_task(shift.work(stay_seconds=600))
    try:
        yield shift.report
    finally:
        shift.leave()
        await asyncio.wait_for(working, timeout=20)


async def becomes(condition: Callable[[], bool | Awaitable[bool]], seconds: float = 20) -> None:
    """Returns when the condition holds; fails when it does not in time."""
    async with asyncio.timeout(seconds):
        while True:
            holds = condition()
            if holds if isinstance(holds, bool) else await holds:
                return
            await asyncio.sleep(0.02)


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
    at_work = shift(ledger, ScriptedClient(*[GONE] * 9))
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
    assert await asyncio.wait_for(working, timeout=10) == Done(
        "interrupted", f"w1 does not hold {leased.task_id} any more"
    )
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
    async with ledger.transaction() as transaction:  # as if it had been silent for so long
        await transaction.connection.execute("UPDATE state.tasks SET lease_owner = 'dead'")
    working.cancel()
    await asyncio.wait([working])
    async with asyncio.timeout(10):
        after = shift(ledger, ScriptedClient(DONE))
        while (await after.work(after.do)).completed == 0:
            await asyncio.sleep(0.05)
    assert await ledger.fetch(reserved) == []
    lost = await ledger.fetch("SELECT run_id FROM ledger.events WHERE kind = 'intent.abandoned'")
    assert len(lost) == 1


async def test_a_shift_that_stays_takes_work_that_comes_later_and_leaves_when_told(
    ledger: PostgresLedger,
) -> None:
    await queue(ledger, 1)
    async with on_duty(shift(ledger, Answering())) as report:
        await becomes(lambda: report.completed == 1)
        await more_work(ledger, range(1, 4))
        await becomes(lambda: report.completed == 4)
    assert await statuses(ledger) == ["completed"] * 4


async def test_told_to_leave_it_finishes_what_is_in_hand_and_takes_nothing_more(
    ledger: PostgresLedger,
) -> None:
    await queue(ledger, 6)
    client = Answering()
    client.go_on.clear()
    at_work = shift(ledger, client)
    working = asyncio.create_task(at_work.work(stay_seconds=600))
    await becomes(lambda: client.at_work == 4)  # the manifest's own limit
    at_work.leave()
    client.go_on.set()
    report = await asyncio.wait_for(working, timeout=20)
    assert report.completed == 4
    assert sorted(await statuses(ledger)) == ["completed"] * 4 + ["queued"] * 2


async def test_a_shift_that_stays_waits_out_a_model_server_and_goes_on_by_itself(
    ledger: PostgresLedger,
) -> None:
    await queue(ledger, 6)
    client = Answering()
    client.away = True
    async with on_duty(shift(ledger, client)) as report:
        await becomes(lambda: bool(report.problems))
        client.away = False
        await becomes(lambda: report.completed == 6)
    assert await statuses(ledger) == ["completed"] * 6


async def test_what_is_interrupted_is_not_taken_again_before_it_is_worth_a_try(
    ledger: PostgresLedger,
) -> None:
    await queue(ledger, 2)
    client = Answering()

    class GoesAway(Answering):
        async def send(self, *asked: Any, **more: Any) -> ModelAnswer:
            self.away = True
            raise GONE

    client = GoesAway()
    async with on_duty(shift(ledger, client)) as report:
        await becomes(lambda: report.interrupted == 2)
    held_back = await ledger.fetch("SELECT 1 FROM state.tasks WHERE status = 'queued' AND ready_at > now()")
    assert len(held_back) == 2
    released = await ledger.fetch(
        "SELECT body::jsonb -> 'payload' ->> 'reason' AS why FROM ledger.events WHERE kind = 'task.released'"
    )
    assert all("connection refused" in row["why"] for row in released)


async def test_a_stopped_workers_tasks_are_back_in_the_queue_with_the_reason(ledger: PostgresLedger) -> None:
    await queue(ledger, 2)
    client = Answering()
    client.go_on.clear()
    working = asyncio.create_task(shift(ledger, client).work())
    await becomes(lambda: client.at_work == 2)
    working.cancel()
    await asyncio.wait([working])
    assert await statuses(ledger) == ["queued"] * 2
    released = await ledger.fetch(
        "SELECT body::jsonb -> 'payload' ->> 'reason' AS why FROM ledger.events WHERE kind = 'task.released'"
    )
    assert [row["why"] for row in released] == ["the worker was stopped"] * 2


async def test_a_pause_stops_a_run_in_the_middle_and_resuming_lets_it_go_on(ledger: PostgresLedger) -> None:
    """Nothing that was recorded is bought or done a second time."""
    await queue(ledger, 1)
    client = ScriptedClient(use("shop__get_order", 1, order_number="BL-1"), DONE)

    class Pausing(ScriptedTools):
        async def call(
            self, where: EventContext, name: str, arguments: dict[str, Any], call_id: str
        ) -> ToolOutcome:
            outcome = await super().call(where, name, arguments, call_id)
            await pause(ledger, "support", "odd answers", ME)
            return outcome

    tools = Pausing(ledger, shop__get_order=ToolOutcome("ok", "shipped"))
    at_work = Shift(bench(ledger, client, tools), team(agent("desk")), "w1")
    async with on_duty(at_work) as report:
        await becomes(lambda: report.parked == 1)
        [row] = await ledger.fetch("SELECT status, waiting_for FROM state.tasks")
        assert (row["status"], row["waiting_for"]) == ("waiting", "support")
        [standing] = [one for one in await standings(ledger) if one.who == "support"]
        assert (standing.status, standing.in_hand, standing.waiting) == ("paused", 0, 1)
        assert len(client.asked) == 1
        assert await resume(ledger, "support", "mended", ME) == 1
        await becomes(lambda: report.completed == 1)
    assert len(client.asked) == 2
    assert [name for name, _ in tools.calls] == ["shop__get_order"]
    kinds = await ledger.fetch("SELECT kind FROM ledger.events WHERE kind ~ '^(agent|task)' ORDER BY seq")
    assert [row["kind"] for row in kinds] == [
        "task.queued",
        "task.leased",
        "agent.paused",
        "task.parked",
        "agent.resumed",
        "task.woken",
        "task.leased",
        "task.ended",
    ]


@pytest.mark.parametrize("who", ["support", "support/desk", "fleet"])
async def test_a_drained_team_finishes_what_is_in_hand_and_takes_nothing_new(
    ledger: PostgresLedger, who: str
) -> None:
    await queue(ledger, 6)
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            """UPDATE state.team_versions SET manifest = manifest || '{"coordinator": "desk"}'"""
        )
    client = Answering()
    client.go_on.clear()
    async with on_duty(shift(ledger, client)) as report:
        await becomes(lambda: client.at_work == 4)
        await drain(ledger, who, "maintenance", ME)
        draining = asyncio.create_task(until_drained(ledger, who, look_seconds=0.05))
        [standing] = [one for one in await standings(ledger) if one.who == who]
        assert (standing.status, standing.in_hand) == ("draining", 4)
        client.go_on.set()
        drained = await asyncio.wait_for(draining, timeout=20)
        assert (drained.status, drained.in_hand) == ("drained", 0)
        assert report.completed == 4
        assert sorted(await statuses(ledger)) == ["completed"] * 4 + ["queued"] * 2
        await resume(ledger, who, "done", ME)
        await becomes(lambda: report.completed == 6)


async def test_a_deployed_version_is_used_for_the_next_task_without_a_restart(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    folder = desk_folder(tmp_path)
    await deploy_team(ledger, folder, ME)
    await more_work(ledger, [1])
    at_work = Shift(bench(ledger, Answering(), ScriptedTools(ledger)), "support", "w1")
    async with on_duty(at_work) as report:
        await becomes(lambda: report.completed == 1)
        manifest = folder / "team.yaml"
        manifest.write_text(manifest.read_text().replace("title: Support", "title: Support desk"))
        assert (await deploy_team(ledger, folder, ME)).version == 2
        await more_work(ledger, [2])
        await becomes(lambda: report.completed == 2)
    began = await ledger.fetch(
        "SELECT body::jsonb -> 'payload' -> 'team_version' AS v FROM ledger.events"
        " WHERE kind = 'run.started' ORDER BY seq"
    )
    assert [row["v"] for row in began] == [1, 2]


async def test_two_teams_on_one_host_share_its_slots_fairly(ledger: PostgresLedger) -> None:
    """One team has a long queue and took every slot; the other gets its share as soon as slots come free."""
    await queue(ledger, 8)
    slots = Slots(4)
    client, other = OneByOne(), OneByOne()
    finance = team(agent("clerk"))
    finance = replace(finance, manifest=finance.manifest.model_copy(update={"team": "finance"}))
    ours = Shift(bench(ledger, client, ScriptedTools(ledger)), team(agent("desk")), "w1", slots=slots)
    theirs = Shift(bench(ledger, other, ScriptedTools(ledger)), finance, "w2", slots=slots)
    async with on_duty(ours) as done, on_duty(theirs) as done_there:
        try:
            await becomes(lambda: client.at_work == 4)
            await more_work(ledger, range(100, 104), team="finance")
            for shared in (1, 2):
                client.answer(1)
                await becomes(lambda: (client.at_work, other.at_work) == (4 - shared, shared))  # noqa: B023
            assert (slots.held("support"), slots.held("finance")) == (2, 2)
        finally:
            client.answer(100)
            other.answer(100)
        await becomes(lambda: (done.completed, done_there.completed) == (8, 4))
