"""Outside clients: what they may use, their tokens, and the record of both."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from muster.gateway import client_tokens, clients, tokens
from muster.gateway.caller import Grant, Tier
from muster.gateway.clients import Client, ClientError
from muster.gateway.grants import Grants
from muster.ledger import pauses
from muster.ledger.postgres import PostgresLedger

HOUR = timedelta(hours=1)
JO = "person:jo"


@pytest.fixture(autouse=True)
async def registry(ledger: PostgresLedger) -> None:
    """A shop of four tools, one of them in quarantine."""
    async with ledger.transaction() as transaction:
        for tool, effect, status in (
            ("get_order", "read", "active"),
            ("get_refund_policy", "read", "active"),
            ("issue_refund", "money", "active"),
            ("delete_all", "destructive", "quarantined"),
        ):
            await transaction.connection.execute(
                "INSERT INTO state.tool_registry (server, tool, definition, definition_sha256, effect,"
                " status, registered_at) VALUES ('shop', %s, %s, 'sha', %s, %s, now())",
                (tool, Jsonb({}), effect, status),
            )


async def granted(
    ledger: PostgresLedger, *tools: str, name: str = "laptop", tier: Tier = "reconciliation"
) -> Client:
    return await clients.grant(
        ledger,
        name,
        owner="jo@example.com",
        tier=tier,
        phase="edge",
        tools=tools or ("shop__get_order",),
        actor=JO,
    )


async def token_of(ledger: PostgresLedger, name: str = "laptop") -> client_tokens.NewToken:
    return await client_tokens.issue(ledger, name, label="on my desk", ttl=HOUR, actor=JO)


async def events(ledger: PostgresLedger) -> Sequence[dict[str, Any]]:
    rows = await ledger.fetch("SELECT kind, actor, team, agent, body FROM ledger.events ORDER BY seq")
    return list(rows)


async def test_a_token_stands_for_the_client_with_its_grant_and_a_run_of_its_own(
    ledger: PostgresLedger,
) -> None:
    await granted(ledger, "shop__get_order", "shop__issue_refund")
    issued = await token_of(ledger)
    presence = await tokens.resolve(ledger, issued.token)
    assert presence is not None
    caller = presence.caller
    assert (caller.team, caller.agent, caller.client) == ("client", "laptop", True)
    assert (caller.run_id, caller.task_id, caller.phase) == (issued.run_id, None, "edge")
    assert await Grants(ledger).of(caller.policy_revision, "laptop") == Grant(
        tier="reconciliation", tools=frozenset({"shop__get_order", "shop__issue_refund"}), phase="edge"
    )


async def test_a_pattern_stands_for_the_active_tools_it_matches_now(ledger: PostgresLedger) -> None:
    assert (await granted(ledger, "shop__get_*")).tools == ("shop__get_order", "shop__get_refund_policy")
    assert (await granted(ledger, "shop__*")).tools == (
        *("shop__get_order", "shop__get_refund_policy", "shop__issue_refund"),
    )
    assert (await granted(ledger, "mcp:shop", "shop__get_order")).tools == ("mcp:shop", "shop__get_order")


@pytest.mark.parametrize(
    ("name", "tier", "tools", "complaint"),
    [
        ("laptop", "reconciliation", ["shop__no_such"], "no active tool is called shop__no_such"),
        ("laptop", "reconciliation", ["shop__delete_all"], "no active tool"),
        ("laptop", "reconciliation", ["mcp:bank"], "no active tool is called mcp:bank"),
        ("laptop", "ingestion", ["shop__*"], "no power for shop__issue_refund"),
        ("laptop", "ingestion", [], "without tools"),
        ("Jo's laptop", "ingestion", ["shop__get_order"], "cannot be the name"),
        ("a/b", "ingestion", ["shop__get_order"], "cannot be the name"),
    ],
)
async def test_what_cannot_be_granted_is_said_and_nothing_is_changed(
    ledger: PostgresLedger, name: str, tier: Tier, tools: list[str], complaint: str
) -> None:
    with pytest.raises(ClientError, match=complaint):
        await clients.grant(ledger, name, owner="jo", tier=tier, phase="edge", tools=tools, actor=JO)
    assert await clients.listed(ledger) == []
    assert await events(ledger) == []


async def test_a_changed_grant_holds_at_once_for_tokens_that_are_out(ledger: PostgresLedger) -> None:
    grants = Grants(ledger)
    await granted(ledger, "shop__get_order", "shop__issue_refund")
    token = (await token_of(ledger)).token

    async def rights() -> frozenset[str]:
        presence = await tokens.resolve(ledger, token)
        assert presence is not None
        held = await grants.of(presence.caller.policy_revision, "laptop")
        assert held is not None
        return held.tools

    assert await rights() == {"shop__get_order", "shop__issue_refund"}
    assert (await granted(ledger, "shop__get_order")).version == 2
    assert await rights() == {"shop__get_order"}


async def test_two_clients_of_one_version_do_not_get_each_others_tools(ledger: PostgresLedger) -> None:
    await granted(ledger, "shop__get_order", name="one")
    await granted(ledger, "shop__issue_refund", name="two")
    grants = Grants(ledger)
    one, two = await grants.of("client@1", "one"), await grants.of("client@1", "two")
    assert one is not None
    assert two is not None
    assert one.tools == {"shop__get_order"}
    assert two.tools == {"shop__issue_refund"}
    assert await grants.of("client@1", "three") is None


async def test_a_revoked_client_is_nobody_until_it_is_granted_anew(ledger: PostgresLedger) -> None:
    await granted(ledger)
    old = [(await token_of(ledger)).token for _ in range(2)]
    assert await clients.revoke(ledger, "laptop", "lost", JO) == 2
    assert [await tokens.resolve(ledger, token) for token in old] == [None, None]
    with pytest.raises(ClientError, match="no active client"):
        await token_of(ledger)
    with pytest.raises(ClientError, match="no active client"):
        await clients.revoke(ledger, "laptop", "again", JO)
    await granted(ledger)
    assert [await tokens.resolve(ledger, token) for token in old] == [None, None]
    assert await tokens.resolve(ledger, (await token_of(ledger)).token) is not None


async def test_one_token_is_ended_by_the_beginning_of_its_hash(ledger: PostgresLedger) -> None:
    await granted(ledger)
    ended, other = await token_of(ledger), await token_of(ledger)
    assert await client_tokens.revoke(ledger, ended.token_sha256[:12], "mislaid", JO) == "laptop"
    assert await tokens.resolve(ledger, ended.token) is None
    assert await tokens.resolve(ledger, other.token) is not None
    for prefix, complaint in ((ended.token_sha256[:12], "no live token"), ("abc", "too short")):
        with pytest.raises(ClientError, match=complaint):
            await client_tokens.revoke(ledger, prefix, "again", JO)


async def test_a_token_of_a_team_is_not_ended_as_a_clients(ledger: PostgresLedger) -> None:
    await ledger.fetch(
        "INSERT INTO state.gateway_tokens (token_sha256, agent, team, policy_revision, issued_at, expires_at)"
        " VALUES ('feedfacefeed', 'clerk', 'support', 'support@1', now(), now() + '1 hour') RETURNING 1"
    )
    with pytest.raises(ClientError, match="no live token"):
        await client_tokens.revoke(ledger, "feedfacefeed", "no", JO)


@pytest.mark.parametrize("ttl", [timedelta(seconds=59), timedelta(days=8), timedelta(0), -HOUR])
async def test_a_token_holds_for_a_minute_to_a_week(ledger: PostgresLedger, ttl: timedelta) -> None:
    await granted(ledger)
    with pytest.raises(ClientError, match="a week at most"):
        await client_tokens.issue(ledger, "laptop", label="", ttl=ttl, actor=JO)


async def test_every_step_is_on_record_and_no_token_is(ledger: PostgresLedger) -> None:
    await granted(ledger)
    issued = await token_of(ledger)
    await client_tokens.revoke(ledger, issued.token_sha256, "done", JO)
    await clients.revoke(ledger, "laptop", "gone", JO)
    recorded = await events(ledger)
    assert [event["kind"] for event in recorded] == [
        *("client.granted", "token.issued", "token.revoked", "client.revoked"),
    ]
    assert {(event["actor"], event["team"], event["agent"]) for event in recorded} == {
        (JO, "client", "laptop")
    }
    assert not any(issued.token in event["body"] for event in recorded)
    assert not await ledger.fetch(
        "SELECT 1 FROM state.gateway_tokens token WHERE token::text LIKE '%%' || %(token)s || '%%'",
        {"token": issued.token},
    )


async def test_the_list_says_how_many_tokens_hold(ledger: PostgresLedger) -> None:
    await granted(ledger)
    first = await token_of(ledger)
    await token_of(ledger)
    await client_tokens.revoke(ledger, first.token_sha256, "done", JO)
    (listed,) = await clients.listed(ledger)
    assert (listed.client, listed.owner, listed.live_tokens) == ("laptop", "jo@example.com", 1)
    assert [one.revoked_at is None for one in await client_tokens.listed(ledger, "laptop")] == [False, True]
    assert await client_tokens.listed(ledger, "other") == []


@pytest.mark.parametrize("who", ["fleet", "client/laptop"])
async def test_a_pause_holds_a_client_back_at_once(ledger: PostgresLedger, who: str) -> None:
    await granted(ledger)
    token = (await token_of(ledger)).token
    await pauses.pause(ledger, who, "look first", JO)
    presence = await tokens.resolve(ledger, token)
    assert presence is not None
    assert presence.caller.halted_by == who
