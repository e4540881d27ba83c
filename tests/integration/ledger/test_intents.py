"""No record, no action: the gate, the budget and the intent stand or fall together."""

import asyncio
import hashlib
from decimal import Decimal

import pytest

from muster.ledger.errors import AgentPausedError, BudgetExhaustedError, IntentClosedError
from muster.ledger.events import EventContext, ToolCallIntended, ToolCallSettled
from muster.ledger.intents import BudgetLimit, Intent
from muster.ledger.postgres import PostgresLedger

WHERE = EventContext(
    actor="agent:support/desk", team="support", agent="desk", run_id="run_1", task_id="tsk_1"
)


def intended(call_id: str = "tcl_1") -> ToolCallIntended:
    return ToolCallIntended(
        call_id=call_id, tool="shop__get_order", effect="read", arguments={}, arguments_sha256=""
    )


def settled(call_id: str = "tcl_1") -> ToolCallSettled:
    return ToolCallSettled(call_id=call_id, tool="shop__get_order", status="ok", result="{}", latency_ms=3)


async def intend(ledger: PostgresLedger, reserve: str, limit: str = "1.00") -> Intent:
    budgets = [BudgetLimit("agent:support/desk", Decimal(limit))]
    return await ledger.intend(intended(), WHERE, reserve_usd=Decimal(reserve), budgets=budgets)


async def test_settling_books_the_real_cost_and_frees_the_reserve(ledger: PostgresLedger) -> None:
    intent = await intend(ledger, "0.40")
    await ledger.settle(intent, settled(), cost_usd=Decimal("0.15"))
    [budget] = await ledger.fetch("SELECT reserved_usd, spent_usd FROM state.budgets")
    assert (budget["reserved_usd"], budget["spent_usd"]) == (Decimal(0), Decimal("0.15"))


async def test_an_intent_over_the_budget_leaves_nothing_behind(ledger: PostgresLedger) -> None:
    await intend(ledger, "0.90")
    with pytest.raises(BudgetExhaustedError) as refusal:
        await intend(ledger, "0.11")
    assert refusal.value.committed_usd == Decimal("0.90")
    assert len(await ledger.fetch("SELECT 1 FROM ledger.events")) == 1


async def test_callers_racing_for_the_last_dollar_never_pass_it(ledger: PostgresLedger) -> None:
    results = await asyncio.gather(*(intend(ledger, "0.30") for _ in range(16)), return_exceptions=True)
    assert sum(isinstance(result, Intent) for result in results) == 3
    [budget] = await ledger.fetch("SELECT reserved_usd FROM state.budgets")
    assert budget["reserved_usd"] == Decimal("0.90")


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
