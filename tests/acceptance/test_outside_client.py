"""A person's own MCP client uses governed tools: granted, refused, held, approved and revoked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp_types import CallToolResult, TextContent

from muster.ledger.postgres import PostgresLedger
from tests.acceptance.outside_client import told
from tests.integration.gateway.workplace import ShopProcess, Workplace, opened, prepared, running_shop


@pytest.fixture(scope="module")
def shop() -> Iterator[ShopProcess]:
    """The system behind the gateway."""
    with running_shop() as process:
        yield process


@pytest.fixture
async def workplace(
    ledger: PostgresLedger, tmp_path: Path, database_url: str, shop: ShopProcess
) -> Workplace:
    """The shop registered; the gateway does not run yet."""
    workplace = await prepared(ledger, tmp_path, database_url, shop)
    await workplace.register("shop")
    return workplace


def text(result: CallToolResult) -> str:
    return "".join(block.text for block in result.content if isinstance(block, TextContent))


@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_a_stock_client_of_a_person_is_governed_like_an_agent(
    workplace: Workplace, mode: str, version: str
) -> None:
    async with opened(workplace):
        story = await told(workplace, mode)
    answers = story.answers
    assert story.protocol_version == version
    assert story.offered == ["shop__get_order", "shop__issue_refund"]
    assert text(answers["read"]) == "BL-1: one towel"
    assert text(answers["not granted"]) == "refused (grant): no such tool is available to you"
    held, still_held, another = answers["held"], answers["still held"], answers["another"]
    assert text(answers["small"]) == "refunded 25 EUR"
    assert held.is_error
    assert held.meta is not None
    assert (held.meta["muster/verdict"], held.meta["muster/approval_id"]) == ("needs_approval", story.ticket)
    assert story.ticket in text(held)
    assert still_held.meta is not None
    assert still_held.meta["muster/approval_id"] == story.ticket
    assert not answers["approved"].is_error
    assert text(answers["approved"]) == "refunded 2500 EUR"
    assert another.meta is not None
    assert another.meta["muster/verdict"] == "needs_approval"
    assert another.meta["muster/approval_id"] != story.ticket
    assert story.after_revoking == 401


async def test_what_it_did_is_on_record_under_its_name(workplace: Workplace) -> None:
    async with opened(workplace):
        await told(workplace, "auto")
    rows = await workplace.ledger.fetch(
        "SELECT kind, actor, team, agent, run_id, task_id FROM ledger.events"
        " WHERE team = 'client' ORDER BY seq"
    )
    kinds = [row["kind"] for row in rows]
    assert kinds[:2] == ["client.granted", "token.issued"]
    assert kinds[-1] == "client.revoked"
    calls = [row for row in rows if row["kind"].startswith("tool_call.")]
    assert [row["kind"].removeprefix("tool_call.") for row in calls] == [
        *("intended", "settled", "refused", "intended", "settled", "refused", "refused"),
        *("intended", "settled", "refused"),
    ]
    assert {(row["actor"], row["agent"], row["task_id"]) for row in calls} == {
        ("agent:client/jo-laptop", "jo-laptop", None)
    }
    assert len({row["run_id"] for row in calls}) == 1
    assert {row["agent"] for row in rows} == {"jo-laptop"}
    people = {row["actor"] for row in rows if not row["kind"].startswith(("tool_call.", "approval."))}
    assert all(actor.startswith("person:") for actor in people)
