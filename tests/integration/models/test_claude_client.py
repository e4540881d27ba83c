"""Every way a model server can fail, as the real SDK meets it, has its row in the standard's retry table."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from muster.ledger.events import EventContext, ModelCallIntended
from muster.ledger.intents import Intent
from muster.ledger.postgres import PostgresLedger
from muster.models.claude import ClaudeClient, ModelAnswer
from muster.models.errors import ModelCallError, ModelKeyError
from muster.models.table import ModelChoice
from tests.integration.teams import messages_server
from tests.integration.teams.messages_server import MessagesServer, Reply

CHOICE = ModelChoice(model="claude-sonnet-5-5", max_tokens=100)
WHERE = EventContext(
    actor="agent:support/desk", task_id="tsk_1", run_id="run_1", team="support", agent="desk"
)


@asynccontextmanager
async def asking(server: MessagesServer) -> AsyncIterator[ClaudeClient]:
    client = ClaudeClient(api_key="any", base_url=server.url, source="scripted", timeout_seconds=0.5)
    try:
        yield client
    finally:
        await client.close()


async def permission(ledger: PostgresLedger) -> Intent:
    intended = ModelCallIntended(
        call_id=ledger.ids.new("mcl"),
        role="writer",
        model=CHOICE.model,
        prompt_version=1,
        request_sha256="",
        estimated_cost_usd="0",
    )
    return await ledger.intend(intended, WHERE, reserve_usd=Decimal(0))


async def answer(ledger: PostgresLedger, reply: Reply, choice: ModelChoice = CHOICE) -> ModelAnswer:
    with MessagesServer(reply) as server:
        async with asking(server) as client:
            hello: list[dict[str, Any]] = [{"role": "user", "content": "hello"}]
            return await client.send(await permission(ledger), choice, [], hello, [])


@pytest.mark.parametrize(
    ("reply", "error_class", "retry_after_seconds"),
    [
        (messages_server.overloaded(), "overload", None),
        (messages_server.overloaded(2), "overload", 2),
        (messages_server.fails(503, "api_error"), "overload", None),
        (messages_server.fails(200, "overloaded_error"), "broken_json", None),
        (messages_server.rate_limited(30), "rate_limit", 30),
        (messages_server.fails(429, "rate_limit_error", "slow", retry_after_ms="250"), "rate_limit", 0.25),
        (messages_server.fails(500, "api_error"), "server_error", None),
        (messages_server.fails(502, "api_error"), "server_error", None),
        (messages_server.fails(409, "api_error"), "server_error", None),
        (messages_server.fails(500, "api_error", "never", x_should_retry="false"), None, None),
        (messages_server.fails(400, "api_error", "later", x_should_retry="true"), "server_error", None),
        (messages_server.fails(408, "timeout_error"), "timeout", None),
        (messages_server.fails(504, "timeout_error"), "timeout", None),
        (messages_server.hangs(), "timeout", None),
        (messages_server.cut(), "network", None),
        (messages_server.cut(messages_server.says("hello")), "network", None),
        (messages_server.broken_body(), "broken_json", None),
        (messages_server.broken_body("<html>proxy</html>"), "broken_json", None),
        (messages_server.broken_body("[]"), "broken_json", None),
        (messages_server.broken_body("{}"), "broken_json", None),
        (Reply(b"\xff\xfe{}"), "broken_json", None),
        (messages_server.fails(400, "invalid_request_error"), None, None),
        (messages_server.fails(404, "not_found_error"), None, None),
        (messages_server.fails(413, "request_too_large"), None, None),
    ],
)
async def test_a_failure_is_told_by_its_class(
    ledger: PostgresLedger, reply: Reply, error_class: str | None, retry_after_seconds: float | None
) -> None:
    with pytest.raises(ModelCallError) as failure:
        await answer(ledger, reply)
    error = failure.value
    assert (error.error_class, error.retry_after_seconds) == (error_class, retry_after_seconds)
    assert error.retryable is (error_class is not None)


async def test_nobody_at_the_address_is_a_broken_network(ledger: PostgresLedger) -> None:
    with MessagesServer() as server:
        pass
    async with asking(server) as client:
        with pytest.raises(ModelCallError) as failure:
            await client.send(await permission(ledger), CHOICE, [], [{"role": "user", "content": "?"}], [])
        assert (failure.value.error_class, failure.value.error_type) == ("network", "connection_error")
        with pytest.raises(ModelCallError):
            await client.reachable({"writer": CHOICE})


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_for_the_operator(ledger: PostgresLedger, status: int) -> None:
    with pytest.raises(ModelKeyError) as failure:
        await answer(ledger, messages_server.fails(status, "authentication_error"))
    assert (failure.value.retryable, failure.value.exit_code) == (False, 3)


@pytest.mark.parametrize("given", ['{"order": "47', [1, 2], None, 7])
async def test_arguments_that_are_no_object_come_through_as_they_are(
    ledger: PostgresLedger, given: object
) -> None:
    got = await answer(ledger, messages_server.uses_with("shop__get_order", given))
    assert got.content[0]["input"] == given
    assert got.stop_reason == "tool_use"


async def test_an_answer_of_200_kb_and_an_empty_one_are_answers(ledger: PostgresLedger) -> None:
    assert len((await answer(ledger, messages_server.huge())).content[0]["text"]) == 200_000
    assert (await answer(ledger, messages_server.nothing())).content == []
    assert (await answer(ledger, messages_server.refuses())).stop_reason == "refusal"


async def test_effort_goes_over_the_wire_only_where_the_table_sets_it(ledger: PostgresLedger) -> None:
    with MessagesServer(messages_server.says("a"), messages_server.says("b")) as server:
        async with asking(server) as client:
            hello: list[dict[str, Any]] = [{"role": "user", "content": "hello"}]
            await client.send(await permission(ledger), CHOICE, [], hello, [])
            keen = CHOICE.model_copy(update={"effort": "high"})
            await client.send(await permission(ledger), keen, [], hello, [])
        first, second = server.asked
    assert "output_config" not in first
    assert second["output_config"] == {"effort": "high"}
    assert first["model"] == CHOICE.model
