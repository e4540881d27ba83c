"""What a payee got and an agent spent today, as the record says it."""

import asyncio
from decimal import Decimal

from muster.gateway.commitments import Sums, committed_today
from muster.ledger.events import Commitment, EventContext, ToolCallIntended, ToolCallSettled
from muster.ledger.intents import Intent
from muster.ledger.postgres import LedgerTransaction, PostgresLedger

CLERK = "support/clerk"


def commits(amount: str, *payees: str, payment: str | None = None) -> Commitment:
    return Commitment(amount=amount, currency="EUR", payees=payees, payment=payment)


async def paid(
    ledger: PostgresLedger,
    money: Commitment,
    *,
    agent: str = "clerk",
    approval_id: str | None = None,
    call: str = "c_1",
) -> Intent:
    """An intent that commits `money`."""
    intended = ToolCallIntended(
        call_id=call,
        tool="erp__pay",
        effect="money",
        arguments={"commits": {"amount": "1"}},
        arguments_sha256="0" * 64,
        commits=money,
        approval_id=approval_id,
    )
    where = EventContext(actor=f"agent:support/{agent}", run_id="run_1", team="support", agent=agent)
    return await ledger.intend(intended, where, reserve_usd=Decimal(0))


async def ended(ledger: PostgresLedger, intent: Intent, status: str) -> None:
    settled = ToolCallSettled.model_validate(
        {"call_id": intent.call_id, "tool": "erp__pay", "status": status, "latency_ms": 1}
    )
    await ledger.settle(intent, settled, cost_usd=Decimal(0))


async def today(ledger: PostgresLedger, money: Commitment, who: str = CLERK) -> Sums:
    async with ledger.transaction() as transaction:
        return await committed_today(transaction, money, who)


def sums(payee: str, agent: str) -> Sums:
    return Sums(payee=Decimal(payee), agent=Decimal(agent))


async def test_ten_payees_add_up_for_the_agent_and_ten_agents_for_the_payee(ledger: PostgresLedger) -> None:
    for number in range(10):
        await paid(ledger, commits("999", f"v{number}", f"de{number}"))
        await paid(ledger, commits("10", "shared"), agent=f"agent{number}")
    assert await today(ledger, commits("1", "new")) == sums("0", "9990")
    assert await today(ledger, commits("1", "shared"), "support/agent1") == sums("100", "10")


async def test_a_payee_under_two_names_is_met_by_either_and_counts_once_for_the_agent(
    ledger: PostgresLedger,
) -> None:
    await paid(ledger, commits("400", "v7", "de12"))
    await paid(ledger, commits("300", "v7"))
    assert await today(ledger, commits("1", "v7", "other")) == sums("700", "700")
    assert await today(ledger, commits("1", "de12")) == sums("400", "700")


async def test_what_the_system_declined_does_not_count_and_what_nobody_knows_does(
    ledger: PostgresLedger,
) -> None:
    declined, lost = [await paid(ledger, commits("400", "v7"), call=call) for call in ("c_1", "c_2")]
    await paid(ledger, commits("50", "v7"), call="c_3")
    await ended(ledger, declined, "tool_error")
    await ended(ledger, lost, "transport_error")
    assert await today(ledger, commits("1", "v7")) == sums("450", "450")


async def test_a_declined_call_frees_nothing_of_another_under_the_same_call_id(
    ledger: PostgresLedger,
) -> None:
    done = await paid(ledger, commits("900", "v7"), call="c_1")
    await ended(ledger, done, "ok")
    declined = await paid(ledger, commits("1", "v7"), call="c_1")
    await ended(ledger, declined, "tool_error")
    assert await today(ledger, commits("1", "v7")) == sums("900", "900")


async def test_one_payment_sent_twice_counts_once_and_not_against_itself(ledger: PostgresLedger) -> None:
    for _ in range(2):
        await paid(ledger, commits("400", "v7", payment="same"))
    assert await today(ledger, commits("400", "v7", payment="same")) == sums("0", "0")
    assert await today(ledger, commits("400", "v7", payment="other")) == sums("400", "400")


async def test_of_one_payment_sent_twice_a_declined_try_does_not_hide_the_one_that_passed(
    ledger: PostgresLedger,
) -> None:
    await paid(ledger, commits("400", "v7", payment="same"))
    await ended(ledger, await paid(ledger, commits("400", "v7", payment="same")), "tool_error")
    assert await today(ledger, commits("1", "v7")) == sums("400", "400")


async def test_what_a_person_approved_counts_for_the_payee_and_not_for_the_agent(
    ledger: PostgresLedger,
) -> None:
    await paid(ledger, commits("5000", "v7"), approval_id="apr_1")
    assert await today(ledger, commits("1", "v7")) == sums("5000", "0")


async def test_money_without_a_payee_counts_for_the_agent(ledger: PostgresLedger) -> None:
    await paid(ledger, commits("70"))
    assert await today(ledger, commits("1", "v7")) == sums("0", "70")


async def test_yesterday_is_over_at_midnight_utc(ledger: PostgresLedger) -> None:
    await paid(ledger, commits("900", "v7"))
    moved = (
        "UPDATE state.commitments SET committed_at = date_trunc('day', now(), 'UTC') - %(ago)s::interval"
        " RETURNING 1"
    )
    await ledger.fetch(moved, {"ago": "0 seconds"})
    assert await today(ledger, commits("1", "v7")) == sums("900", "900")
    await ledger.fetch(moved, {"ago": "1 second"})
    assert await today(ledger, commits("1", "v7")) == sums("0", "0")


async def test_of_many_payments_at_once_each_sees_those_before_it(ledger: PostgresLedger) -> None:
    seen: list[Decimal] = []

    async def pay(number: int) -> None:
        money = commits("10", f"v{number}")

        async def look(transaction: LedgerTransaction) -> None:
            seen.append((await committed_today(transaction, money, CLERK)).agent)

        intended = ToolCallIntended(
            call_id=f"c_{number}",
            tool="erp__pay",
            effect="money",
            arguments={},
            arguments_sha256="0" * 64,
            commits=money,
        )
        where = EventContext(actor=f"agent:{CLERK}", run_id="run_1", team="support", agent="clerk")
        await ledger.intend(intended, where, reserve_usd=Decimal(0), guard=look)

    await asyncio.gather(*(pay(number) for number in range(8)))
    assert sorted(seen) == [Decimal(10 * before) for before in range(8)]
