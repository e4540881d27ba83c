"""What a runtime must know to make a call again, or to leave it alone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from muster.gateway.client import GatewayError, ToolOutcome
from muster.gateway.idempotency import derived_key
from tests.integration.gateway.workplace import RUN, ShopProcess, Workplace, opened

REFUND = {"order_number": "BL-1", "amount": 400.0, "currency": "EUR"}
CALL = "3:toolu_01Ab"


@pytest.fixture
async def fragile(closed_workplace: Workplace, own_shop: ShopProcess) -> AsyncIterator[Workplace]:
    """A running gateway in front of a shop that a test may kill."""
    closed_workplace.set_servers(shop=own_shop.entry)
    closed_workplace.shop = own_shop
    await closed_workplace.register("shop")
    async with opened(closed_workplace):
        yield closed_workplace


async def made(
    workplace: Workplace, tool: str, arguments: dict[str, Any], call_id: str = CALL
) -> ToolOutcome:
    async with workplace.client("clerk") as client:
        return await client.call(tool, arguments, call_id=call_id)


async def test_a_listed_tool_says_what_it_does_and_whether_it_may_be_repeated(workplace: Workplace) -> None:
    async with workplace.client("clerk") as client:
        listed = {tool.name: (tool.effect, tool.idempotent) for tool in await client.list_tools()}
    assert listed["shop__get_order"] == ("read", True)
    assert listed["shop__issue_refund"] == ("money", True)
    assert listed["shop__crash"] == ("write", False)


async def test_a_call_whose_connection_broke_may_have_been_carried_out(fragile: Workplace) -> None:
    outcome = await made(fragile, "shop__crash", {})
    assert (outcome.status, outcome.delivered) == ("transport_error", None)
    assert (outcome.effect, outcome.idempotent) == ("write", False)
    (settled,) = await fragile.events("tool_call.settled")
    assert (settled["call_id"], settled["delivered"]) == (CALL, None)


async def test_a_call_to_a_system_that_is_down_was_never_sent(
    fragile: Workplace, own_shop: ShopProcess
) -> None:
    own_shop.stop()
    outcome = await made(fragile, "shop__issue_refund", REFUND)
    assert (outcome.status, outcome.delivered, outcome.idempotent) == ("transport_error", False, True)
    (settled,) = await fragile.events("tool_call.settled")
    assert settled["delivered"] is False


async def test_a_gateway_that_is_down_never_got_the_call(closed_workplace: Workplace) -> None:
    with pytest.raises(GatewayError) as caught:
        await made(closed_workplace, "shop__get_order", {"order_number": "BL-1"})
    assert caught.value.delivered is False


async def test_a_key_the_model_left_out_is_the_same_in_every_attempt(workplace: Workplace) -> None:
    assert (await made(workplace, "shop__issue_refund", REFUND)).status == "ok"
    assert (await made(workplace, "shop__issue_refund", REFUND, f"{CALL}#2")).status == "ok"
    assert (await made(workplace, "shop__issue_refund", REFUND, "4:toolu_01Cd")).status == "ok"
    first, second, other = [
        call["arguments"]["idempotency_key"] for call in await workplace.events("tool_call.intended")
    ]
    assert first == second == derived_key(RUN, "shop__issue_refund", CALL)
    assert other != first


async def test_an_attempt_more_is_no_payment_more(workplace: Workplace) -> None:
    large = REFUND | {"amount": 900}
    for attempt in ("", "#2", "#3"):
        assert (await made(workplace, "shop__issue_refund", large, CALL + attempt)).status == "ok"
    another = await made(workplace, "shop__issue_refund", large, "4:toolu_01Cd")
    assert (another.status, another.rule) == ("refused", "money_band")


async def test_a_write_without_a_key_is_made_once_under_one_id(fragile: Workplace) -> None:
    """Two workers hold one run: the second call ends in an error, and the record keeps one call."""
    await made(fragile, "shop__crash", {})
    with pytest.raises(GatewayError, match="begun before"):
        await made(fragile, "shop__crash", {})
    assert len(await fragile.events("tool_call.intended")) == 1
    assert await fragile.events("tool_call.refused") == []


async def test_of_two_at_the_same_moment_one_is_made(workplace: Workplace) -> None:
    async with workplace.client("clerk") as one, workplace.client("clerk") as other:
        ends = await asyncio.gather(
            *(client.call("shop__note", {"text": "hello"}, call_id=CALL) for client in (one, other) * 3),
            return_exceptions=True,
        )
    assert sum(isinstance(end, ToolOutcome) and end.status == "ok" for end in ends) == 1
    assert sum(isinstance(end, GatewayError) for end in ends) == 5
    assert len(await workplace.events("tool_call.intended")) == 1


async def test_reads_and_calls_with_a_key_may_come_again_under_one_id(workplace: Workplace) -> None:
    for _ in range(2):
        assert (await made(workplace, "shop__get_order", {"order_number": "BL-1"})).status == "ok"
        assert (await made(workplace, "shop__issue_refund", REFUND, "5:x")).status == "ok"


async def test_an_id_that_cannot_be_recorded_is_refused_and_not_replaced(workplace: Workplace) -> None:
    for unsound in ("a b", "x" * 129, ""):
        outcome = await made(workplace, "shop__get_order", {"order_number": "BL-1"}, unsound)
        assert (outcome.status, outcome.delivered) == ("transport_error", False)
        assert "call_id must match" in outcome.text
    assert await workplace.events("tool_call.intended") == []


@pytest.mark.parametrize("who", ["support/clerk", "support", "fleet"])
async def test_a_refused_call_says_whose_pause_to_wait_out(workplace: Workplace, who: str) -> None:
    async with workplace.client("clerk") as client:
        if who == "support":
            statement = "UPDATE state.teams SET status = 'paused' WHERE team = %(who)s RETURNING team"
        else:
            statement = "INSERT INTO state.agents VALUES (%(who)s, 'paused', 'test') RETURNING agent"
        await workplace.ledger.fetch(statement, {"who": who})
        outcome = await client.call("shop__get_order", {"order_number": "BL-1"})
    assert (outcome.rule, outcome.halted_by) == ("live_run", who)


async def test_a_demotion_is_in_force_with_the_next_call(workplace: Workplace) -> None:
    async with workplace.client("clerk") as client:
        assert (await client.call("shop__note", {"text": "a"})).status == "ok"
        await workplace.ledger.fetch(
            "UPDATE state.agent_phases SET phase = 'co-pilot' WHERE agent = 'support/clerk' RETURNING agent"
        )
        held = await client.call("shop__note", {"text": "b"})
        read = await client.call("shop__get_order", {"order_number": "BL-1"})
        assert "shop__note" in [tool.name for tool in await client.list_tools()]
    assert (held.status, held.rule, held.verdict) == ("refused", "phase", "needs_approval")
    assert read.status == "ok"


async def test_an_agent_nobody_promoted_drafts_only(workplace: Workplace) -> None:
    await workplace.ledger.fetch("DELETE FROM state.agent_phases RETURNING agent")
    assert (await made(workplace, "shop__note", {"text": "a"})).rule == "phase"


async def test_a_standard_that_is_saved_holds_with_the_next_call(workplace: Workplace) -> None:
    await workplace.ledger.fetch("UPDATE state.agent_phases SET phase = 'edge' RETURNING agent")
    async with workplace.client("clerk") as client:
        assert (await client.call("shop__issue_refund", REFUND)).rule == "phase"
        standard = workplace.settings.policies_dir / "standard.yaml"
        standard.write_text("autonomy: {edge_effects: [read, money]}")
        assert (await client.call("shop__issue_refund", REFUND)).status == "ok"
        assert (await client.call("shop__note", {"text": "a"})).rule == "phase"
