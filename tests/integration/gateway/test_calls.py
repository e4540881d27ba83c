"""Calls through the gateway with the runtime's own client."""

import asyncio
from datetime import timedelta

import httpx2
import pytest

from muster.gateway import tokens
from muster.gateway.client import GatewayClient, GatewayError
from muster.ledger.errors import LedgerUnavailableError
from tests.integration.gateway.workplace import MANIFEST, RUN, TASK, Workplace, deploy

REFUND = {"order_number": "BL-1", "amount": 400.0, "currency": "EUR", "idempotency_key": "k1"}


async def test_an_agent_sees_only_what_its_tier_and_manifest_allow(workplace: Workplace) -> None:
    async with workplace.client("reader") as client:
        assert [tool.name for tool in await client.list_tools()] == ["shop__get_order"]


async def test_a_call_is_answered_and_its_intent_and_outcome_are_on_record(workplace: Workplace) -> None:
    async with workplace.client("clerk") as client:
        outcome = await client.call("shop__get_order", {"order_number": "BL-1"}, call_id="tcl_1")
    assert (outcome.status, outcome.text) == ("ok", "BL-1: one towel")
    intended, settled = await workplace.events("tool_call.intended", "tool_call.settled")
    assert intended["effect"] == "read"
    assert (intended["call_id"], settled["call_id"]) == ("tcl_1", "tcl_1")
    assert (settled["status"], settled["result"]) == ("ok", "BL-1: one towel")


async def test_what_the_system_declines_is_a_tool_error_on_record(workplace: Workplace) -> None:
    async with workplace.client("clerk") as client:
        outcome = await client.call("shop__get_order", {"order_number": "BL-0"})
    assert (outcome.status, outcome.text) == ("tool_error", "there is no order BL-0")
    (settled,) = await workplace.events("tool_call.settled")
    assert settled["status"] == "tool_error"


async def test_unknown_and_ungranted_tools_are_refused_in_the_same_words(workplace: Workplace) -> None:
    async with workplace.client("reader") as client:
        unknown = await client.call("shop__no_such_tool", {})
        ungranted = await client.call("shop__delete_customer", {"customer_id": "C-1"})
    assert unknown == ungranted
    assert (unknown.status, unknown.rule, unknown.verdict) == ("refused", "grant", "deny")
    assert unknown.text == "refused (grant): no such tool is available to you"
    refused = await workplace.events("tool_call.refused")
    assert [event["tool"] for event in refused] == ["shop__no_such_tool", "shop__delete_customer"]
    assert await workplace.events("tool_call.intended") == []


async def test_the_system_learns_the_task_but_no_token(workplace: Workplace) -> None:
    async with workplace.client("clerk") as client:
        outcome = await client.call("shop__who_asks", {})
    assert outcome.text.startswith(TASK)


async def test_payments_that_are_small_one_by_one_wait_when_their_sum_is_not(workplace: Workplace) -> None:
    async with workplace.client("clerk") as client:
        first = await client.call("shop__issue_refund", REFUND)
        again = await client.call("shop__issue_refund", REFUND)
        split = await client.call(
            "shop__issue_refund", REFUND | {"order_number": "bl 1", "amount": 600, "idempotency_key": "k2"}
        )
        other = await client.call("shop__issue_refund", REFUND | {"order_number": "BL-2"})
    assert [outcome.status for outcome in (first, again, other)] == ["ok", "ok", "ok"]
    assert (split.status, split.rule, split.verdict) == ("refused", "money_band", "needs_approval")
    assert "400.00 to the same payee today" in split.text


async def test_two_payments_at_the_same_moment_cannot_both_pass(workplace: Workplace) -> None:
    async with workplace.client("clerk") as client:
        outcomes = await asyncio.gather(
            *(
                client.call("shop__issue_refund", REFUND | {"amount": 900, "idempotency_key": f"k{number}"})
                for number in range(4)
            )
        )
    assert sorted(outcome.status for outcome in outcomes) == ["ok", "refused", "refused", "refused"]


async def test_a_destructive_operation_waits_for_a_person(workplace: Workplace) -> None:
    async with workplace.client("clerk") as client:
        assert "shop__delete_customer" in [tool.name for tool in await client.list_tools()]
        outcome = await client.call("shop__delete_customer", {"customer_id": "C-1"})
    assert (outcome.rule, outcome.verdict) == ("sensitive", "needs_approval")


async def test_a_run_may_make_only_so_many_calls(workplace: Workplace) -> None:
    async with workplace.client("clerk") as client:
        outcomes = [await client.call("shop__nothing", {}) for _ in range(60)]
        last = await client.call("shop__get_order", {"order_number": "BL-1"})
    assert {outcome.rule for outcome in outcomes} == {"grant"}
    assert last.rule == "call_limit"


async def test_a_paused_agent_is_refused_in_the_middle_of_its_run(workplace: Workplace) -> None:
    async with workplace.client("clerk") as client:
        assert (await client.call("shop__get_order", {"order_number": "BL-1"})).status == "ok"
        await workplace.ledger.fetch(
            "INSERT INTO state.agents VALUES ('support/clerk', 'paused', 'test') RETURNING agent"
        )
        outcome = await client.call("shop__get_order", {"order_number": "BL-1"})
    assert (outcome.status, outcome.rule) == ("refused", "live_run")


async def test_a_run_keeps_the_grants_it_started_with(workplace: Workplace) -> None:
    async with workplace.client("reader") as before:
        await deploy(workplace.ledger, MANIFEST | {"agents": []}, version=2)
        assert (await before.call("shop__get_order", {"order_number": "BL-1"})).status == "ok"
    async with workplace.client("reader") as after:
        assert await after.list_tools() == []


async def test_a_token_that_does_not_hold_opens_nothing(workplace: Workplace) -> None:
    expired = await workplace.token("clerk", ttl=timedelta(seconds=-1))
    revoked = await workplace.token("clerk")
    assert await tokens.revoke(workplace.ledger, RUN) == 2
    ended = await workplace.token("clerk")
    await tokens.end(workplace.ledger, ended)
    for token in ("mgt_foreign", expired, revoked, ended):
        async with GatewayClient(workplace.url, token) as client:
            outcome = await client.call("shop__get_order", {"order_number": "BL-1"})
            assert (outcome.status, outcome.rule) == ("refused", "live_run")
            with pytest.raises(GatewayError):
                await client.list_tools()
    assert await workplace.events("tool_call.intended", "tool_call.refused") == []


async def test_a_long_result_is_cut_and_says_so(workplace: Workplace) -> None:
    async with workplace.client("clerk") as client:
        outcome = await client.call("shop__write_novel", {"characters": 150_000})
    assert outcome.status == "ok"
    assert outcome.text.endswith("[cut by the gateway: 100000 of 150000 characters]")


async def test_an_endless_result_is_broken_off(workplace: Workplace) -> None:
    async with workplace.client("clerk") as client:
        outcome = await client.call("shop__write_novel", {"characters": 5_000_000})
    assert outcome.status == "transport_error"
    assert "larger than 4194304 bytes" in outcome.text


async def test_arguments_no_ledger_could_keep_are_refused_and_recorded(workplace: Workplace) -> None:
    async with workplace.client("clerk") as client:
        outcome = await client.call("shop__get_order", {"order_number": "BL\0"})
        huge = await client.call("shop__get_order", {"order_number": "x" * 70_000})
    assert (outcome.rule, huge.rule) == ("schema", "schema")
    assert [event["arguments"] for event in await workplace.events("tool_call.refused")] == [{}, {}]


async def test_a_caller_who_hangs_up_does_not_keep_the_outcome_from_the_record(workplace: Workplace) -> None:
    async with GatewayClient(workplace.url, await workplace.token("clerk"), seconds=0.5) as client:
        with pytest.raises(GatewayError):
            await client.call("shop__sleep", {"seconds": 1.0})
    (settled,) = await workplace.soon("tool_call.settled")
    assert settled["result"] == "slept"


async def test_without_a_ledger_nothing_is_called(workplace: Workplace) -> None:
    token = await workplace.token("clerk")
    await workplace.ledger.close()
    async with GatewayClient(workplace.url, token) as client:
        with pytest.raises(GatewayError, match="no call is made"):
            await client.call("shop__get_order", {"order_number": "BL-1"})
    with pytest.raises(LedgerUnavailableError):
        await workplace.events("tool_call.intended")


async def test_a_malformed_request_gets_a_clear_error(workplace: Workplace) -> None:
    headers = {
        "authorization": f"Bearer {await workplace.token('clerk')}",
        "accept": "application/json, text/event-stream",
        "content-type": "application/json",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
    }
    without_meta = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call"}'
    async with httpx2.AsyncClient() as http:
        for body, status in ((b"{", 400), (b"[]", 400), (without_meta, 400), (b"1" * 2_000_000, 413)):
            response = await http.post(workplace.url, content=body, headers=headers)
            assert response.status_code == status
    assert await workplace.events("tool_call.intended", "tool_call.refused") == []
