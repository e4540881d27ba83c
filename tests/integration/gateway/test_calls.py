"""Calls through the gateway with the runtime's own client."""

from tests.integration.gateway.conftest import Workplace


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
