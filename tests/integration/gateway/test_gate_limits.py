"""Rates, sums and what answers may hold, at a running gateway."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from muster.gateway.client import GatewayClient, ToolOutcome
from muster.ledger.postgres import PostgresLedger
from tests.integration.gateway.talkative_server import AWS_KEY
from tests.integration.gateway.workplace import Workplace, deploy, opened

TALKATIVE = Path(__file__).with_name("talkative_server.py")
REGISTRATION = """
servers:
  shop:
    get_order: {effect: read}
    note: {effect: write, free_text: [text]}
    issue_refund: {effect: money, amount: amount, currency: currency, payee: [order_number],
                   idempotency_key: idempotency_key, decided: {order_number: any, amount: any}}
  talkative:
    dump: {effect: read}
    fail: {effect: read}
    own_key: {effect: read, returns: {everything: true}}
    profile: {effect: read, returns: {trusted: {email: email}}}
"""
TALKATIVE_TOOLS = ("talkative__dump", "talkative__fail", "talkative__own_key", "talkative__profile")
_CLERK: dict[str, Any] = {"name": "clerk", "tier": "reconciliation", "phase": "core"}
_MANIFEST = {
    "team": "support",
    "agents": [_CLERK | {"tools": ["shop__get_order", "shop__note", "shop__issue_refund", *TALKATIVE_TOOLS]}],
}
ORDER = {"order_number": "BL-1"}


@asynccontextmanager
async def running(workplace: Workplace, **policies: str) -> AsyncIterator[Workplace]:
    """The gateway with further lines in its policy files."""
    workplace.settings.tools_registration.write_text(REGISTRATION)
    workplace.set_servers(
        shop=workplace.shop.entry,
        talkative={
            "command": sys.executable,
            "args": [str(TALKATIVE)],
            "env": {"TALKATIVE_KEY": "${TALKATIVE_KEY}"},
        },
    )
    await deploy(workplace.ledger, _MANIFEST, version=2)
    for name, text in policies.items():
        path = workplace.settings.policies_dir / f"{name}.yaml"
        path.write_text(text)
    await workplace.register()
    async with opened(workplace):
        yield workplace


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    """A credential of an upstream that looks like nothing in particular."""
    monkeypatch.setenv("TALKATIVE_KEY", "a canary in plain words")
    return "a canary in plain words"


async def age(ledger: PostgresLedger, seconds: int) -> None:
    await ledger.fetch(
        "UPDATE state.rate_marks SET made_at = made_at - make_interval(secs => %(seconds)s) RETURNING 1",
        {"seconds": seconds},
    )


async def test_beyond_the_rate_a_call_is_refused_until_the_window_has_moved_on(
    closed_workplace: Workplace,
) -> None:
    rates = 'rates: [{tools: "shop__get_*", calls: 2, per_seconds: 60}]'
    async with running(closed_workplace, limits=rates) as workplace, workplace.client("clerk") as client:
        first = [await client.call("shop__get_order", ORDER) for _ in range(3)]
        elsewhere = await client.call("shop__note", {"text": "x"})
        await age(workplace.ledger, 60)
        later = await client.call("shop__get_order", ORDER)
    assert [outcome.status for outcome in first] == ["ok", "ok", "refused"]
    assert (first[2].rule, first[2].verdict) == ("rate", "deny")
    assert "2 calls of shop__get_* in 60 seconds are the limit" in first[2].text
    assert (elsewhere.status, later.status) == ("ok", "ok")
    (refused,) = await workplace.events("tool_call.refused")
    assert refused["rule"] == "rate"


async def test_a_stock_client_is_told_when_to_come_back(closed_workplace: Workplace) -> None:
    rates = "rates: [{calls: 1, per_seconds: 60}]"
    async with running(closed_workplace, limits=rates) as workplace:
        headers = {"authorization": f"Bearer {await workplace.token('clerk')}"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(workplace.url, http_client=http)) as client,
        ):
            await client.call_tool("shop__get_order", ORDER)
            refused = await client.call_tool("shop__get_order", ORDER)
    assert refused.meta is not None
    assert 1 <= refused.meta["muster/retry_after_seconds"] <= 60


async def test_of_many_calls_at_once_no_more_pass_than_the_rate_lets(closed_workplace: Workplace) -> None:
    rates = "rates: [{calls: 5, per_seconds: 600}]"
    async with running(closed_workplace, limits=rates) as workplace, workplace.client("clerk") as client:
        outcomes = await asyncio.gather(*(client.call("shop__get_order", ORDER) for _ in range(20)))
    assert sorted(outcome.status for outcome in outcomes) == ["ok"] * 5 + ["refused"] * 15


def refund(number: int, amount: float) -> dict[str, Any]:
    return {
        "order_number": f"BL-{number}",
        "amount": amount,
        "currency": "EUR",
        "idempotency_key": f"k{number}",
    }


async def refunded(client: GatewayClient, amounts: list[float]) -> list[ToolOutcome]:
    """What came of paying those amounts, each to a payee of its own."""
    return [
        await client.call("shop__issue_refund", refund(number, amount))
        for number, amount in enumerate(amounts)
    ]


async def test_ten_payments_of_999_to_ten_payees_do_not_pass_as_ten_small_ones(
    closed_workplace: Workplace,
) -> None:
    async with running(closed_workplace) as workplace, workplace.client("clerk") as client:
        outcomes = await refunded(client, [999.0] * 10)
    passed = [outcome for outcome in outcomes if outcome.status == "ok"]
    held = [outcome for outcome in outcomes if outcome.status == "refused"]
    assert (len(passed), len(held)) == (5, 5)
    assert {(outcome.rule, outcome.verdict) for outcome in held} == {("money_band", "needs_approval")}
    assert all("by the same agent today" in outcome.text for outcome in held)
    intended = await workplace.events("tool_call.intended")
    assert [event["commits"]["amount"] for event in intended] == ["999.0"] * 5


async def test_many_payments_at_once_stay_within_the_agents_day(closed_workplace: Workplace) -> None:
    async with running(closed_workplace) as workplace, workplace.client("clerk") as client:
        outcomes = await asyncio.gather(
            *(client.call("shop__issue_refund", refund(number, 999.0)) for number in range(12))
        )
    assert sum(outcome.status == "ok" for outcome in outcomes) == 5


@pytest.mark.parametrize("tool", ["talkative__dump", "talkative__fail"])
async def test_a_secret_in_an_answer_reaches_neither_agent_nor_record(
    closed_workplace: Workplace, tool: str
) -> None:
    async with running(closed_workplace) as workplace, workplace.client("clerk") as client:
        outcome = await client.call(tool, {})
        everything = await workplace.ledger.fetch("SELECT body FROM ledger.events")
    assert "[masked: aws_key]" in outcome.text
    (settled,) = await workplace.events("tool_call.settled")
    assert settled["found"] == ["secret:aws_key"]
    assert AWS_KEY not in outcome.text
    assert not any(AWS_KEY in row["body"] for row in everything)


async def test_an_upstream_that_shows_its_credential_shows_a_mask(
    closed_workplace: Workplace, key: str
) -> None:
    async with running(closed_workplace) as workplace, workplace.client("clerk") as client:
        outcome = await client.call("talkative__own_key", {})
        everything = await workplace.ledger.fetch("SELECT body FROM ledger.events")
    assert outcome.text.startswith("I was started with [")
    assert key not in outcome.text
    assert not any(key in row["body"] for row in everything)


async def test_an_answer_says_how_far_it_can_be_believed_and_whom_it_is_about(
    closed_workplace: Workplace,
) -> None:
    async with running(closed_workplace) as workplace:
        headers = {"authorization": f"Bearer {await workplace.token('clerk')}"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(workplace.url, http_client=http)) as client,
        ):
            profile = await client.call_tool("talkative__profile", {})
            order = await client.call_tool("shop__get_order", ORDER)
    assert profile.meta is not None
    assert profile.meta["muster/trust"] == "mixed"
    assert profile.meta["muster/found"] == ["personal:email", "personal:phone"]
    assert order.meta is not None
    assert order.meta["muster/trust"] == "untrusted"
    assert "muster/found" not in order.meta
    settled = await workplace.events("tool_call.settled")
    assert [(event["trust"], event["found"]) for event in settled] == [
        ("mixed", ["personal:email", "personal:phone"]),
        ("untrusted", []),
    ]
