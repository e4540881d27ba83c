"""A run whose call waits for a person sleeps, and goes on from there when the word is given."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from muster.analysis.costs import cost_table
from muster.analysis.human import HumanCost
from muster.analysis.slo import judged_runs
from muster.analysis.tasks import task_rows
from muster.gateway.client import ToolDefinition, ToolOutcome
from muster.intake.message import Content, IncomingMessage
from muster.intake.queue import enqueue
from muster.ledger.events import EventContext, RunEnded, ToolCallIntended
from muster.ledger.postgres import PostgresLedger
from muster.ledger.reader import LedgerReader
from muster.people.approvals import ApprovalClosedError, decide, expire_those_due, open_approvals
from muster.people.inbox import inbox
from muster.people.results import confirm
from muster.teams.shift import Shift
from muster.teams.tools import GatewayTools, ToolSession
from tests.integration.gateway.workplace import Workplace
from tests.integration.teams.scripted import ScriptedClient, ScriptedTools, agent, bench, team, use

JO = "person:jo"
HOURS = {"high": 2.0, "medium": 8.0, "low": 24.0}
DELETE = use("shop__delete_customer", 1, customer_id="C-1")
DONE = use("finish", summary="answered", confidence=0.95)

After = Callable[[ToolOutcome], Awaitable[None]]


class WatchedTools:
    """The gateway's tools; something happens before or after each call."""

    def __init__(
        self,
        workplace: Workplace,
        *,
        before: Callable[[], Awaitable[None]] | None = None,
        after: After | None = None,
    ) -> None:
        self._tools = GatewayTools(workplace.ledger, workplace.url)
        self._before = before
        self._after = after

    @asynccontextmanager
    async def session(self, where: EventContext, lifetime: timedelta) -> AsyncIterator[ToolSession]:
        async with self._tools.session(where, lifetime) as session:
            yield _Watched(session, self._before, self._after)

    async def close(self) -> None:
        await self._tools.close()


class _Watched:
    def __init__(
        self, session: ToolSession, before: Callable[[], Awaitable[None]] | None, after: After | None
    ) -> None:
        self._session = session
        self._before = before
        self._after = after

    async def list_tools(self) -> list[ToolDefinition]:
        return await self._session.list_tools()

    async def call(self, name: str, arguments: dict[str, Any], *, call_id: str | None = None) -> ToolOutcome:
        if self._before is not None:
            await self._before()
        outcome = await self._session.call(name, arguments, call_id=call_id)
        if self._after is not None:
            await self._after(outcome)
        return outcome


@asynccontextmanager
async def worker(
    workplace: Workplace, client: ScriptedClient, name: str = "w1", **watched: Any
) -> AsyncIterator[Shift]:
    """One worker of the support team; its clerk may delete customers, with a person's word."""
    tools = WatchedTools(workplace, **watched)
    at_work = bench(workplace.ledger, client, ScriptedTools(workplace.ledger))
    at_work.tools = tools
    try:
        yield Shift(at_work, team(agent("clerk")), name)
    finally:
        await tools.close()


async def arrives(ledger: PostgresLedger) -> None:
    message = IncomingMessage(
        source="test",
        external_id="1",
        channel="webhook",
        destinations=("test",),
        priority="medium",
        title="delete me",
        content=Content(text="Please delete my account.", received_at=datetime(2026, 11, 21, tzinfo=UTC)),
    )
    await enqueue(ledger, message, team="support")


async def parked(workplace: Workplace, client: ScriptedClient) -> str:
    """The ticket of the call the task waits for."""
    await arrives(workplace.ledger)
    async with worker(workplace, client) as shift:
        assert (await shift.work()).parked == 1
    [waiting] = await open_approvals(workplace.ledger)
    return waiting.approval_id


async def goes_on(workplace: Workplace, client: ScriptedClient, **watched: Any) -> str:
    """How the task ended in the hands of the next worker."""
    async with worker(workplace, client, "w2", **watched) as shift:
        await shift.work()
    return str((await task(workplace.ledger))["status"])


async def task(ledger: PostgresLedger) -> dict[str, Any]:
    [row] = await ledger.fetch("SELECT task_id, run_id, status, waiting_for FROM state.tasks")
    return row


async def kinds(ledger: PostgresLedger, pattern: str) -> list[str]:
    rows = await ledger.fetch(
        "SELECT kind FROM ledger.events WHERE kind ~ %(pattern)s ORDER BY seq", {"pattern": pattern}
    )
    return [row["kind"] for row in rows]


async def test_a_run_sleeps_until_the_word_and_nothing_is_done_or_bought_twice(workplace: Workplace) -> None:
    client, ledger = ScriptedClient(DELETE, DONE), workplace.ledger
    ticket = await parked(workplace, client)
    asleep = await task(ledger)
    assert (asleep["status"], asleep["waiting_for"]) == ("waiting", ticket)
    alive = await ledger.fetch("SELECT 1 FROM state.gateway_tokens WHERE revoked_at IS NULL")
    assert alive == []
    decided = await decide(ledger, ticket, "approve", JO)
    assert decided.woken == 1
    assert await goes_on(workplace, client) == "completed"
    assert len(client.asked) == 2
    assert client.asked[1][-1]["content"][0]["content"] == "deleted C-1"
    [intended] = await workplace.events("tool_call.intended")
    assert intended["approval_id"] == ticket
    assert await kinds(ledger, "^(approval|task|tool_)") == [
        *("task.queued", "task.leased", "approval.requested", "tool_call.refused", "task.parked"),
        *("approval.decided", "task.woken", "task.leased"),
        *("approval.used", "tool_call.intended", "tool_call.settled", "task.ended"),
    ]


async def test_the_wait_and_the_persons_time_are_in_the_figures(
    workplace: Workplace, database_url: str
) -> None:
    client, ledger = ScriptedClient(DELETE, DONE), workplace.ledger
    ticket = await parked(workplace, client)
    await decide(ledger, ticket, "approve", JO, attention_seconds=90)
    await goes_on(workplace, client)
    worked = await task(ledger)
    await confirm(ledger, worked["task_id"], JO, said_by="customer")

    events = LedgerReader(database_url).events()
    tasks = task_rows(events.lazy())
    [row] = tasks.collect().iter_rows(named=True)
    [run] = judged_runs(tasks, ledger.clock.now()).collect().iter_rows(named=True)
    [cost] = cost_table(tasks, HumanCost()).collect().iter_rows(named=True)

    at = dict(events.select("kind", "happened_at").iter_rows())
    slept = at["task.woken"] - at["task.parked"]
    assert row["human_wait_ms"] == pytest.approx(slept / timedelta(milliseconds=1), abs=2)
    assert row["agent_ms"] + row["waiting_ms"] == row["total_ms"]
    assert (row["approvals"], row["attention_seconds"], row["unmeasured_approvals"]) == (1, 90, 0)
    assert (row["completion"], run["verdict"]) == ("confirmed", "good")
    assert (cost["measured_minutes"], cost["human_minutes"]) == (1.5, 1.5)
    assert cost["human_cost_usd"] == Decimal("1.050000")  # 90 s at 42 USD/h
    assert set(events.filter(pl.col("kind").str.starts_with("model_call."))["role"]) == {"specialist"}


async def test_a_no_is_read_by_the_agent_which_goes_on_without(workplace: Workplace) -> None:
    client = ScriptedClient(DELETE, DONE)
    ticket = await parked(workplace, client)
    await decide(workplace.ledger, ticket, "reject", JO, note="only on paper")
    assert await goes_on(workplace, client) == "completed"
    [answer] = client.asked[1][-1]["content"]
    assert "rejected by jo: only on paper" in answer["content"]
    assert answer["is_error"]
    assert await workplace.events("tool_call.intended") == []


async def test_what_nobody_decides_in_time_comes_to_people_as_an_escalation(workplace: Workplace) -> None:
    client, ledger = ScriptedClient(DELETE, DONE), workplace.ledger
    ticket = await parked(workplace, client)
    async with ledger.transaction() as transaction:
        await transaction.connection.execute("UPDATE state.approvals SET expires_at = now()")
    assert await expire_those_due(ledger) == [ticket]
    assert await goes_on(workplace, client) == "escalated"
    [item] = await inbox(ledger, HOURS)
    assert (item.kind, item.what.partition(":")[0]) == ("escalation", "needs approval")
    assert len(client.asked) == 1
    assert await workplace.events("tool_call.intended") == []


async def test_a_worker_that_dies_before_it_uses_the_word_leaves_it_to_the_next(workplace: Workplace) -> None:
    client = ScriptedClient(DELETE, DONE)
    await decide(workplace.ledger, await parked(workplace, client), "approve", JO)
    at_the_door = asyncio.Event()

    async def dies() -> None:
        at_the_door.set()
        await asyncio.Event().wait()

    async with worker(workplace, client, "w2", before=dies) as shift:
        working = asyncio.create_task(shift.work())
        await asyncio.wait_for(at_the_door.wait(), timeout=20)
        working.cancel()
        await asyncio.wait([working])
    await ready_now(workplace.ledger)
    assert await goes_on(workplace, client) == "completed"
    assert len(await workplace.events("tool_call.intended")) == 1
    assert len(await workplace.events("approval.used")) == 1


async def test_an_act_on_a_word_that_was_never_heard_of_is_not_repeated(workplace: Workplace) -> None:
    client, ledger = ScriptedClient(DELETE, DONE), workplace.ledger
    ticket = await parked(workplace, client)
    await decide(ledger, ticket, "approve", JO)
    [refused] = await workplace.events("tool_call.refused")
    asleep = await task(ledger)
    begun = ToolCallIntended(
        call_id=f"{refused['call_id']}#2",
        tool="shop__delete_customer",
        effect="destructive",
        arguments={"customer_id": "C-1"},
        arguments_sha256="",
        approval_id=ticket,
    )
    await ledger.append(
        begun, EventContext(actor="agent:support/clerk", run_id=asleep["run_id"], team="support")
    )
    assert await goes_on(workplace, client) == "escalated"
    [raised] = await workplace.events("escalation.raised")
    assert raised["reason"] == "uncertain_side_effect"
    assert await workplace.events("tool_call.settled") == []


async def test_a_worker_that_dies_before_it_parks_leaves_one_ticket(workplace: Workplace) -> None:
    client, ledger = ScriptedClient(DELETE, DONE), workplace.ledger
    await arrives(ledger)
    told = asyncio.Event()

    async def dies(_: ToolOutcome) -> None:
        told.set()
        await asyncio.Event().wait()

    async with worker(workplace, client, after=dies) as shift:
        working = asyncio.create_task(shift.work())
        await asyncio.wait_for(told.wait(), timeout=20)
        working.cancel()
        await asyncio.wait([working])
    await ready_now(ledger)
    assert await goes_on(workplace, client) == "waiting"
    [waiting] = await open_approvals(ledger)
    assert (await task(ledger))["waiting_for"] == waiting.approval_id
    await decide(ledger, waiting.approval_id, "approve", JO)
    assert await goes_on(workplace, client) == "completed"
    assert (len(client.asked), len(await workplace.events("tool_call.intended"))) == (2, 1)


@pytest.mark.parametrize("word", ["approve", "reject"])
async def test_a_word_that_comes_before_the_run_sleeps_is_not_missed(workplace: Workplace, word: Any) -> None:
    client, ledger = ScriptedClient(DELETE, DONE), workplace.ledger
    await arrives(ledger)

    async def quick(outcome: ToolOutcome) -> None:
        if outcome.approval_id is not None:
            decided = await decide(ledger, outcome.approval_id, word, JO)
            assert decided.woken == 0

    async with worker(workplace, client, after=quick) as shift:
        assert (await shift.work()).parked == 1
    assert (await task(ledger))["status"] != "waiting"
    assert await goes_on(workplace, client) == "completed"
    assert "task.parked" not in await kinds(ledger, "^task")


async def test_the_word_is_of_no_use_when_the_task_has_ended(workplace: Workplace) -> None:
    client, ledger = ScriptedClient(DELETE, DONE), workplace.ledger
    ticket = await parked(workplace, client)
    asleep = await task(ledger)
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            "UPDATE state.tasks SET status = 'cancelled', ended_at = now(), waiting_for = NULL"
        )
        ended = RunEnded(outcome="failed", summary="", model_calls=1, tool_calls=1, duration_ms=1)
        await transaction.append(ended, EventContext(actor="test", run_id=asleep["run_id"], team="support"))
    assert await open_approvals(ledger) == []
    with pytest.raises(ApprovalClosedError, match="has ended"):
        await decide(ledger, ticket, "approve", JO)
    assert await expire_those_due(ledger) == [ticket]


async def ready_now(ledger: PostgresLedger) -> None:
    """What a stopped worker gave back is not taken for some seconds: they are over."""
    async with ledger.transaction() as transaction:
        await transaction.connection.execute("UPDATE state.tasks SET ready_at = NULL WHERE status = 'queued'")
