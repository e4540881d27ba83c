"""A call that waits for a person: one word, for one call, once."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from muster.gateway import approvals
from muster.gateway.approvals import Approval, call_sha256
from muster.gateway.caller import Caller
from muster.gateway.client import GatewayError, ToolOutcome
from muster.gateway.tool import PinnedTool
from muster.ledger.errors import EventRefusedError
from muster.ledger.events import EventContext
from muster.ledger.pauses import pause
from muster.ledger.postgres import PostgresLedger
from muster.ledger.rebuild import compare_state
from muster.people.approvals import (
    ApprovalClosedError,
    UnknownApprovalError,
    approval,
    decide,
    expire_those_due,
    open_approvals,
)
from tests.integration.gateway.workplace import RUN, TASK, ShopProcess, Workplace, opened, prepared

JO, ANN = "person:jo", "person:ann"
CUSTOMER = {"customer_id": "C-1"}
REFUND = {"order_number": "BL-1", "amount": 5000.0, "currency": "EUR"}
DELETE = PinnedTool("shop", "delete_customer", {"inputSchema": {"type": "object"}}, "destructive")
BOUND = call_sha256("shop__delete_customer", CUSTOMER)


async def delete(
    workplace: Workplace, call_id: str, arguments: dict[str, Any] = CUSTOMER, *, run: str = RUN
) -> ToolOutcome:
    async with workplace.client("clerk", run=run) as client:
        return await client.call("shop__delete_customer", arguments, call_id=call_id)


async def held(workplace: Workplace, call_id: str = "c1", **changed: Any) -> str:
    """The ticket of a call that was put before a person."""
    outcome = await delete(workplace, call_id, **changed)
    assert (outcome.status, outcome.verdict) == ("refused", "needs_approval"), outcome
    assert outcome.approval_id is not None
    return outcome.approval_id


async def ask(ledger: PostgresLedger, who: Caller, expires_in: timedelta = timedelta(hours=1)) -> str:
    """The ticket of the same call, asked for without a gateway."""
    async with ledger.transaction() as transaction:
        return await approvals.ask(
            transaction,
            ledger,
            caller=who,
            tool=DELETE,
            call_id="c1",
            arguments=CUSTOMER,
            call_sha256=BOUND,
            rules=["sensitive"],
            reasons=["always waits for a person"],
            amount=None,
            expires_in=expires_in,
        )


def caller(run_id: str = RUN, team: str = "support", agent: str = "clerk") -> Caller:
    task_id = None if team == "client" else TASK
    return Caller(team=team, agent=agent, run_id=run_id, task_id=task_id, policy_revision=f"{team}@1")


async def use(ledger: PostgresLedger, approval_id: str, call_id: str = "c1#2", **more: Any) -> bool:
    async with ledger.transaction() as transaction:
        return await approvals.use(transaction, approval_id, call_id, where=caller().where, **more)


async def later(ledger: PostgresLedger, hours: float) -> None:
    """As if every approval had been asked for so many hours earlier."""
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            "UPDATE state.approvals SET expires_at = expires_at - make_interval(secs => %(seconds)s)",
            {"seconds": hours * 3600},
        )


async def test_a_call_that_is_held_goes_through_once_after_the_word(workplace: Workplace) -> None:
    ticket = await held(workplace)
    [waiting] = await open_approvals(workplace.ledger)
    assert (waiting.approval_id, waiting.tool, waiting.arguments) == (
        ticket,
        "shop__delete_customer",
        CUSTOMER,
    )
    assert waiting.rules
    assert all(waiting.reasons)
    assert await held(workplace, "c1#2") == ticket
    await decide(workplace.ledger, ticket, "approve", JO, note="he asked for it")
    again = await delete(workplace, "c1#3")
    assert (again.status, again.text) == ("ok", "deleted C-1")
    assert await held(workplace, "c2") != ticket
    [requested, another] = await workplace.events("approval.requested")
    [decided] = await workplace.events("approval.decided")
    [used] = await workplace.events("approval.used")
    assert {requested["approval_id"], decided["approval_id"], used["approval_id"]} == {ticket}
    assert (another["call_id"], used["call_id"]) == ("c2", "c1#3")
    [intended] = await workplace.events("tool_call.intended")
    assert intended["approval_id"] == ticket


async def test_a_word_counts_for_these_arguments_and_no_others(workplace: Workplace) -> None:
    ticket = await held(workplace)
    await decide(workplace.ledger, ticket, "approve", JO)
    assert await held(workplace, "c1#2", arguments={"customer_id": "C-2"}) != ticket
    assert (await approval(workplace.ledger, ticket)).status == "approved"


async def test_a_word_counts_in_its_own_run_for_its_own_agent(workplace: Workplace) -> None:
    ticket = await held(workplace)
    await decide(workplace.ledger, ticket, "approve", JO)
    assert await held(workplace, "c1#2", run="run_other") != ticket
    ledger = workplace.ledger
    assert await approvals.standing(ledger, RUN, "reader", BOUND, team="support") is None
    assert await approvals.standing(ledger, RUN, "clerk", BOUND, team="finance") is None
    other_tool = call_sha256("shop__get_order", CUSTOMER)
    assert await approvals.standing(ledger, RUN, "clerk", other_tool, team="support") is None


async def test_a_no_reaches_the_agent_with_its_reason(workplace: Workplace) -> None:
    ticket = await held(workplace)
    await decide(workplace.ledger, ticket, "reject", JO, note="he only asked how")
    outcome = await delete(workplace, "c1#2")
    assert (outcome.status, outcome.rule, outcome.verdict) == ("refused", "approval", "deny")
    assert "rejected by jo: he only asked how" in outcome.text
    assert await workplace.events("tool_call.intended") == []


async def test_what_nobody_decides_in_time_is_a_no(workplace: Workplace) -> None:
    ticket = await held(workplace)
    await later(workplace.ledger, 24)
    outcome = await delete(workplace, "c1#2")  # before anybody has noted it
    assert (outcome.rule, outcome.verdict) == ("approval_expired", "deny")
    assert await open_approvals(workplace.ledger) == []
    with pytest.raises(ApprovalClosedError, match="ran out"):
        await decide(workplace.ledger, ticket, "approve", JO)
    assert await expire_those_due(workplace.ledger) == [ticket]
    assert await expire_those_due(workplace.ledger) == []
    assert (await delete(workplace, "c1#3")).rule == "approval_expired"
    with pytest.raises(ApprovalClosedError, match="ran out"):
        await decide(workplace.ledger, ticket, "approve", JO)
    [decided] = await workplace.events("approval.decided")
    assert decided["decision"] == "expire"


@pytest.mark.parametrize(("hours", "status"), [(24.5, "approved"), (25.5, "expired")])
async def test_a_word_given_in_the_last_moment_can_be_used_for_an_hour(
    workplace: Workplace, hours: float, status: str
) -> None:
    ticket = await held(workplace)
    await decide(workplace.ledger, ticket, "approve", JO)
    await later(workplace.ledger, hours)
    word = await approvals.standing(workplace.ledger, RUN, "clerk", BOUND, team="support")
    assert word is not None
    assert word.status == status
    assert await use(workplace.ledger, ticket) is (status == "approved")


async def test_of_two_people_who_decide_at_once_one_wins_and_the_other_is_told(
    ledger: PostgresLedger,
) -> None:
    for number in range(10):
        ticket = await ask(ledger, caller(f"run_{number}"))
        words = await asyncio.gather(
            decide(ledger, ticket, "approve", JO),
            decide(ledger, ticket, "reject", ANN),
            return_exceptions=True,
        )
        [lost] = [word for word in words if isinstance(word, BaseException)]
        standing = await approval(ledger, ticket)
        assert isinstance(lost, ApprovalClosedError)
        assert str(lost).startswith(f"{str(standing.decided_by).removeprefix('person:')} {standing.status}")
        counted = {"id": ticket}
        [row] = await ledger.fetch(
            "SELECT count(*) AS n FROM ledger.events WHERE kind = 'approval.decided'"
            " AND body::jsonb #>> '{payload,approval_id}' = %(id)s",
            counted,
        )
        assert row["n"] == 1


@pytest.mark.parametrize("ids", [("c1#2", "c1#2"), ("c1#2", "c1#3"), ("c1#2", "c9")])
async def test_two_who_retry_at_once_make_the_call_once(workplace: Workplace, ids: tuple[str, str]) -> None:
    ticket = await held(workplace)
    await decide(workplace.ledger, ticket, "approve", JO)
    ends = await asyncio.gather(*(delete(workplace, one) for one in ids), return_exceptions=True)
    assert len(await workplace.events("tool_call.intended")) == 1
    assert len(await workplace.events("approval.used")) == 1
    for end in ends:
        if isinstance(end, BaseException):
            assert isinstance(end, GatewayError)
        elif end.status == "refused":
            assert end.verdict == "needs_approval"
            assert end.approval_id != ticket


async def test_of_two_who_use_it_in_the_same_moment_one_is_told_no(ledger: PostgresLedger) -> None:
    for number in range(10):
        ticket = await ask(ledger, caller(f"run_{number}"))
        await decide(ledger, ticket, "approve", JO)
        used = await asyncio.gather(*(use(ledger, ticket, f"c{one}") for one in range(3)))
        assert sorted(used) == [False, False, True]


async def test_a_word_is_not_spent_by_a_transaction_that_fails(ledger: PostgresLedger) -> None:
    ticket = await ask(ledger, caller())
    await decide(ledger, ticket, "approve", JO)

    async def killed() -> None:
        async with ledger.transaction() as transaction:
            assert await approvals.use(transaction, ticket, "c1#2")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        await killed()
    assert (await approval(ledger, ticket)).status == "approved"
    assert await use(ledger, ticket)


async def test_a_halt_does_not_spend_the_word(workplace: Workplace) -> None:
    ticket = await held(workplace)
    await decide(workplace.ledger, ticket, "approve", JO)
    await pause(workplace.ledger, "fleet", "audit", JO)
    assert (await delete(workplace, "c1#2")).rule == "live_run"
    assert (await approval(workplace.ledger, ticket)).status == "approved"


async def test_only_the_same_act_of_a_keyed_call_may_come_again(ledger: PostgresLedger) -> None:
    ticket = await ask(ledger, caller())
    await decide(ledger, ticket, "approve", JO)
    assert await use(ledger, ticket, "c1#2", idempotent=True)
    assert await use(ledger, ticket, "c1#3", idempotent=True)
    assert not await use(ledger, ticket, "c1#3", idempotent=False)
    assert not await use(ledger, ticket, "c2", idempotent=True)
    async with ledger.transaction() as transaction:
        elsewhere = caller("run_other").where
        assert not await approvals.use(transaction, ticket, "c1#3", where=elsewhere, idempotent=True)


async def test_a_payment_that_broke_off_is_made_again_on_the_same_word(
    ledger: PostgresLedger, tmp_path: Any, database_url: str, own_shop: ShopProcess
) -> None:
    workplace = await prepared(ledger, tmp_path, database_url, own_shop)
    await workplace.register("shop")
    async with opened(workplace), workplace.client("clerk") as client:

        async def refund(call_id: str) -> ToolOutcome:
            key = {"idempotency_key": "k-1"}
            return await client.call("shop__issue_refund", {**REFUND, **key}, call_id=call_id)

        first = await refund("c1")
        assert first.approval_id is not None
        [waiting] = await open_approvals(ledger)
        assert (waiting.amount, waiting.currency) == (Decimal(5000), "EUR")
        await decide(ledger, first.approval_id, "approve", JO)
        own_shop.stop()
        assert (await refund("c1#2")).status == "transport_error"
        assert (await approval(ledger, first.approval_id)).status == "used"
        own_shop.start()
        async with asyncio.timeout(20):  # the gateway tries an upstream that was away after a while
            attempt = 3
            while (last := await refund(f"c1#{attempt}")).status == "transport_error":
                attempt += 1
                await asyncio.sleep(0.2)
        assert last.status == "ok", last
        assert len(await workplace.events("approval.used")) == 1


async def test_who_asks_twice_at_once_gets_one_ticket(ledger: PostgresLedger) -> None:
    tickets = await asyncio.gather(*(ask(ledger, caller()) for _ in range(4)))
    assert len(set(tickets)) == 1
    assert len(await open_approvals(ledger)) == 1


async def test_a_clients_word_outlives_its_token_but_not_its_own_time(ledger: PostgresLedger) -> None:
    async def standing(agent: str = "claude-code", team: str = "client") -> Approval | None:
        return await approvals.standing(ledger, "run_second", agent, BOUND, team=team)

    ticket = await ask(ledger, caller("run_first", "client", "claude-code"))
    assert await ask(ledger, caller("run_second", "client", "claude-code")) == ticket
    await decide(ledger, ticket, "reject", JO)
    word = await standing()
    assert word is not None
    assert (word.approval_id, word.status) == (ticket, "rejected")
    assert await standing(agent="somebody-else") is None
    assert await standing(team="support") is None
    await later(ledger, 2.5)
    assert await standing() is None
    assert await ask(ledger, caller("run_second", "client", "claude-code")) != ticket


async def test_a_note_that_cannot_be_stored_decides_nothing(ledger: PostgresLedger) -> None:
    ticket = await ask(ledger, caller())
    with pytest.raises(EventRefusedError, match="NUL"):
        await decide(ledger, ticket, "approve", JO, note="nul\0")
    assert (await approval(ledger, ticket)).status == "open"


async def test_there_is_no_word_on_what_nobody_asked(ledger: PostgresLedger) -> None:
    with pytest.raises(UnknownApprovalError, match="apr_nothing"):
        await decide(ledger, "apr_nothing", "approve", JO)
    assert not await use(ledger, "apr_nothing")


async def test_the_record_explains_every_approval(ledger: PostgresLedger) -> None:
    for number, word in enumerate(("approve", "reject", None, "use", "expire")):
        ticket = await ask(ledger, caller(f"run_{number}"), timedelta(0 if word == "expire" else 1))
        if word == "use":
            await decide(ledger, ticket, "approve", JO)
            async with ledger.transaction() as transaction:
                where = EventContext(actor="agent:support/clerk", run_id=f"run_{number}", team="support")
                assert await approvals.use(transaction, ticket, "c1#2", where=where)
        elif word in ("approve", "reject"):
            await decide(ledger, ticket, "approve" if word == "approve" else "reject", ANN, note="so")
    await expire_those_due(ledger)
    differences = (await compare_state(ledger)).differences
    assert [one for one in differences if one.table == "state.approvals"] == []
