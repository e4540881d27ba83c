"""No record, no action: the gate, the budget and the intent stand or fall together."""

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import orjson
import psycopg
import pytest
from psycopg import sql

from muster.core.canonical import canonical_json
from muster.core.ids import IdMaker, IdPrefix
from muster.ledger.errors import (
    AgentPausedError,
    BudgetExhaustedError,
    IntentClosedError,
    IntentUsedError,
    LedgerUnavailableError,
)
from muster.ledger.events import EventContext, TaskEnded, ToolCallIntended, ToolCallSettled
from muster.ledger.intents import BudgetLimit, Intent
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.recovery import abandon_lost_intents

WHERE = EventContext(
    actor="agent:support/desk", team="support", agent="desk", run_id="run_1", task_id="tsk_1"
)


def intended(call_id: str = "tcl_1") -> ToolCallIntended:
    return ToolCallIntended(
        call_id=call_id, tool="shop__get_order", effect="read", arguments={}, arguments_sha256=""
    )


def settled(call_id: str = "tcl_1") -> ToolCallSettled:
    return ToolCallSettled(call_id=call_id, tool="shop__get_order", status="ok", result="{}", latency_ms=3)


def note() -> TaskEnded:
    return TaskEnded(status="completed", summary="done")


async def kinds(ledger: PostgresLedger) -> list[str]:
    return [row["kind"] for row in await ledger.fetch("SELECT kind FROM ledger.events ORDER BY seq")]


class FixedIds(IdMaker):
    """Gives the ids it was made with."""

    def __init__(self, ids: Iterator[str]) -> None:
        self._ids = ids

    def new(self, prefix: IdPrefix) -> str:
        return next(self._ids)


async def intend(ledger: PostgresLedger, reserve: str, limit: str = "1.00") -> Intent:
    budgets = [BudgetLimit("agent:support/desk", Decimal(limit))]
    return await ledger.intend(intended(), WHERE, reserve_usd=Decimal(reserve), budgets=budgets)


async def test_settling_books_the_real_cost_and_frees_the_reserve(ledger: PostgresLedger) -> None:
    intent = await intend(ledger, "0.40")
    await ledger.settle(intent, settled(), cost_usd=Decimal("0.15"))
    [budget] = await ledger.fetch("SELECT reserved_usd, spent_usd FROM state.budgets")
    assert (budget["reserved_usd"], budget["spent_usd"]) == (Decimal(0), Decimal("0.15"))


async def test_an_intent_over_the_budget_reserves_nothing_and_pauses_the_agent_for_the_day(
    ledger: PostgresLedger,
) -> None:
    await intend(ledger, "0.90")
    with pytest.raises(BudgetExhaustedError) as refusal:
        await intend(ledger, "0.11")
    assert (refusal.value.scope, refusal.value.committed) == ("agent:support/desk", Decimal("0.90"))
    assert await kinds(ledger) == ["tool_call.intended", "agent.paused"]
    [agent] = await ledger.fetch("SELECT agent, status, reason, paused_until FROM state.agents")
    tomorrow = datetime.combine(ledger.clock.now().date() + timedelta(days=1), time(), UTC)
    assert (agent["agent"], agent["status"], agent["paused_until"]) == ("support/desk", "paused", tomorrow)
    with pytest.raises(AgentPausedError):
        await intend(ledger, "0.01")


async def test_64_callers_racing_for_the_last_dollar_never_pass_it(
    ledger: PostgresLedger, database_url: str
) -> None:
    """Half of them in one process, which share commits, half in another one, which do not."""
    other = await PostgresLedger.open(database_url, pool_size=8)
    budgets = [BudgetLimit("task:tsk_1/desk", Decimal("1.00"), period="task")]

    async def race(door: PostgresLedger, number: int) -> Intent:
        where = replace(WHERE, run_id=f"run_{number}")
        return await door.intend(intended(), where, reserve_usd=Decimal("0.03"), budgets=budgets)

    doors = [(ledger, other)[number % 2] for number in range(64)]
    racers = (race(door, number) for number, door in enumerate(doors))
    results = await asyncio.gather(*racers, return_exceptions=True)
    await other.close()
    got = [result for result in results if isinstance(result, Intent)]
    assert len(got) == 33
    assert sum(isinstance(result, BudgetExhaustedError) for result in results) == 31
    [budget] = await ledger.fetch("SELECT reserved_usd, calls FROM state.budgets")
    assert (budget["reserved_usd"], budget["calls"]) == (Decimal("0.99"), 33)


async def test_a_budget_in_calls_ends_with_the_last_call(ledger: PostgresLedger) -> None:
    budgets = [BudgetLimit("team:support", limit_calls=2)]
    for _ in range(2):
        await ledger.intend(intended(), WHERE, reserve_usd=Decimal(0), budgets=budgets)
    with pytest.raises(BudgetExhaustedError) as refusal:
        await ledger.intend(intended(), WHERE, reserve_usd=Decimal(0), budgets=budgets)
    assert (refusal.value.unit, refusal.value.limit) == ("calls", Decimal(2))


async def test_a_call_that_may_cost_too_much_is_refused_before_anything_is_written(
    ledger: PostgresLedger,
) -> None:
    budgets = [BudgetLimit("call of support/desk", Decimal("0.50"), period="call")]
    with pytest.raises(BudgetExhaustedError):
        await ledger.intend(intended(), WHERE, reserve_usd=Decimal("0.51"), budgets=budgets)
    assert await kinds(ledger) == []


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "in a batch"])
async def test_each_threshold_is_told_once(ledger: PostgresLedger, alone: bool) -> None:
    async def spend(cost: str) -> None:
        intent = await intend(ledger, "0.10")
        settling = [ledger.settle(intent, settled(), cost_usd=Decimal(cost))]
        if not alone:
            settling += [ledger.append(note(), replace(WHERE, run_id=f"run_{n}")) for n in range(3)]
        await asyncio.gather(*settling)

    for cost in ("0.49", "0.02", "0.02", "0.30", "0.01"):
        await spend(cost)
    events = await ledger.fetch(
        "SELECT body FROM ledger.events WHERE kind = 'budget.threshold_crossed' ORDER BY seq"
    )
    told = [orjson.loads(event["body"])["payload"] for event in events]
    assert [(one["percent"], one["spent_usd"]) for one in told] == [(50, "0.510000"), (80, "0.830000")]
    assert told[0]["scope"] == "agent:support/desk"
    assert all(canonical_json(orjson.loads(event["body"])).decode() == event["body"] for event in events)


async def test_an_intent_that_was_refused_leaves_every_other_act_of_its_batch_alone(
    ledger: PostgresLedger,
) -> None:
    limit = [BudgetLimit("task:tsk_1/desk", Decimal("0.10"), period="task")]

    async def one(number: int, reserve: str) -> Intent:
        where = replace(WHERE, run_id=f"run_{number}")
        return await ledger.intend(intended(), where, reserve_usd=Decimal(reserve), budgets=limit)

    results = await asyncio.gather(
        one(0, "0.01"), one(1, "0.05"), one(2, "0.90"), one(3, "0.04"), return_exceptions=True
    )
    assert [type(result) for result in results] == [Intent, Intent, BudgetExhaustedError, Intent]
    assert await kinds(ledger) == ["tool_call.intended"] * 3


async def test_an_event_the_database_does_not_take_holds_up_nobody_else(ledger: PostgresLedger) -> None:
    """Acts that share a commit stand or fall alone: one has an id that is taken by an open intent."""
    ids = iter(["evt_same", "evt_same", "evt_other", "evt_third"])
    ledger.ids = FixedIds(ids)
    tries = [
        ledger.intend(intended(), replace(WHERE, run_id=f"run_{n}"), reserve_usd=Decimal(0)) for n in range(4)
    ]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [isinstance(result, Intent) for result in results] == [True, False, True, True]


async def test_the_outcome_of_an_act_taken_for_lost_is_still_booked(ledger: PostgresLedger) -> None:
    budgets = [BudgetLimit("agent:support/desk", Decimal("1.00"), limit_calls=5)]
    intent = await ledger.intend(
        intended(), WHERE, reserve_usd=Decimal("0.40"), budgets=budgets, expires_seconds=0
    )
    [lost] = await abandon_lost_intents(ledger)
    assert (lost.intent_id, lost.released_usd) == (intent.event_id, Decimal("0.40"))
    assert await abandon_lost_intents(ledger) == []
    [budget] = await ledger.fetch("SELECT reserved_usd, spent_usd, calls FROM state.budgets")
    assert (budget["reserved_usd"], budget["spent_usd"], budget["calls"]) == (0, 0, 1)

    await ledger.settle(intent, settled(), cost_usd=Decimal("0.15"))
    [budget] = await ledger.fetch("SELECT reserved_usd, spent_usd FROM state.budgets")
    assert (budget["reserved_usd"], budget["spent_usd"]) == (Decimal(0), Decimal("0.15"))
    assert await kinds(ledger) == ["tool_call.intended", "intent.abandoned", "tool_call.settled"]


async def test_a_permission_is_used_once(ledger: PostgresLedger) -> None:
    intent = await intend(ledger, "0.10")
    intent.begin()
    with pytest.raises(IntentUsedError):
        intent.begin()


async def test_when_the_record_cannot_be_written_there_is_no_permission(database_url: str) -> None:
    ledger = await PostgresLedger.open(database_url, patience_seconds=1)
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        name = urlsplit(database_url).path[1:]
        other.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT 1").format(sql.Identifier(name)))
        with pytest.raises(LedgerUnavailableError):
            await intend(ledger, "0.10")
    await ledger.close()


async def test_an_intent_is_settled_once(ledger: PostgresLedger) -> None:
    intent = await intend(ledger, "0.10")
    await ledger.settle(intent, settled(), cost_usd=Decimal(0))
    with pytest.raises(IntentClosedError):
        await ledger.settle(intent, settled(), cost_usd=Decimal(0))


async def test_a_paused_agent_may_not_act(ledger: PostgresLedger) -> None:
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            "INSERT INTO state.agents (agent, status, reason) VALUES ('support/desk', 'paused', 'test')"
        )
    with pytest.raises(AgentPausedError):
        await intend(ledger, "0.10")


async def test_what_a_guard_wrote_goes_with_the_intent_that_was_refused(ledger: PostgresLedger) -> None:
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            "INSERT INTO state.agents (agent, status, reason) VALUES ('support/desk', 'paused', 'test')"
        )

    async def spend(transaction: LedgerTransaction) -> None:
        await transaction.connection.execute(
            "INSERT INTO state.rate_marks (agent, tool, made_at) VALUES ('support/desk', 'x', now())"
        )

    with pytest.raises(AgentPausedError):
        await ledger.intend(intended(), WHERE, reserve_usd=Decimal(0), guard=spend)
    assert await ledger.fetch("SELECT 1 FROM state.rate_marks") == []


async def test_events_of_a_run_form_a_chain(ledger: PostgresLedger) -> None:
    intent = await intend(ledger, "0.10")
    await ledger.settle(intent, settled(), cost_usd=Decimal(0))
    events = await ledger.fetch("SELECT run_seq, body, chain_sha256 FROM ledger.events ORDER BY seq")

    chain = b""
    for place, event in enumerate(events, start=1):
        chain = hashlib.sha256(chain + hashlib.sha256(event["body"].encode()).digest()).digest()
        assert (event["run_seq"], event["chain_sha256"]) == (place, chain)


async def test_intents_and_outcomes_on_shared_budgets_never_block_each_other_for_good(
    ledger: PostgresLedger,
) -> None:
    """Scopes named in any order, intended and settled side by side: no deadlock, and the sums are right."""
    scopes = ["team:support", "agent:support/desk", "task:tsk_1", "agent:support/clerk"]

    async def one(number: int) -> None:
        turned = scopes[number % 4 :] + scopes[: number % 4]
        budgets = [BudgetLimit(scope, Decimal(1_000)) for scope in turned]
        intent = await ledger.intend(intended(), WHERE, reserve_usd=Decimal("0.10"), budgets=budgets)
        await ledger.settle(intent, settled(), cost_usd=Decimal("0.01"))

    await asyncio.gather(*(one(number) for number in range(200)))
    rows = await ledger.fetch("SELECT reserved_usd, spent_usd FROM state.budgets")
    assert {(row["reserved_usd"], row["spent_usd"]) for row in rows} == {(Decimal(0), Decimal(2))}
