"""A client of 2026-07-28 before a system of the 2025 era: the call waits while the caller is asked."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from muster.ledger.postgres import PostgresLedger
from tests.conformance.rig import Gateway, gateway

ASKING = {"name": "test_elicitation", "arguments": {"message": "Who are you?"}}
YES = {"action": "accept", "content": {"username": "ada", "email": "ada@x.example"}}
_PREFIX = "io.modelcontextprotocol/"


@pytest.fixture
async def place(tmp_path: Path, ledger: PostgresLedger, database_url: str) -> AsyncIterator[Gateway]:
    """A gateway before a system that speaks only the 2025 era."""
    async with gateway(tmp_path / "gateway", database_url, "http-2025") as running:
        yield running


async def said(place: Gateway, method: str, params: dict[str, Any], **capabilities: Any) -> dict[str, Any]:
    """The message the gateway answers with."""
    meta = {f"{_PREFIX}protocolVersion": "2026-07-28", f"{_PREFIX}clientCapabilities": capabilities}
    headers = {
        "authorization": f"Bearer {place.token}",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": method,
        "mcp-name": str(params.get("name", "")),
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    async with httpx2.AsyncClient(timeout=60) as http:
        answer = await http.post(f"http://127.0.0.1:{place.port}{place.path}", json=body, headers=headers)
    message: dict[str, Any] = answer.json()
    return message


async def test_the_question_comes_as_a_result_and_the_answer_goes_on_with_the_same_call(
    place: Gateway, ledger: PostgresLedger
) -> None:
    asked = (await said(place, "tools/call", ASKING, elicitation={}))["result"]
    assert asked["resultType"] == "input_required"
    ((key, question),) = asked["inputRequests"].items()
    assert (question["method"], question["params"]["message"]) == ("elicitation/create", "Who are you?")
    assert await settled(ledger) == []
    again = {**ASKING, "requestState": asked["requestState"], "inputResponses": {key: YES}}
    answered = (await said(place, "tools/call", again, elicitation={}))["result"]
    assert (answered["resultType"], "ada" in str(answered["content"])) == ("complete", True)
    assert await settled(ledger) == ["ok"]


async def test_an_answer_left_out_is_asked_for_again(place: Gateway) -> None:
    asked = (await said(place, "tools/call", ASKING, elicitation={}))["result"]
    again = {**ASKING, "requestState": asked["requestState"], "inputResponses": {}}
    repeated = (await said(place, "tools/call", again, elicitation={}))["result"]
    assert repeated["inputRequests"] == asked["inputRequests"]
    assert repeated["requestState"] != asked["requestState"]


async def test_a_ticket_is_good_once_and_for_its_own_call(place: Gateway) -> None:
    asked = (await said(place, "tools/call", ASKING, elicitation={}))["result"]
    (key,) = asked["inputRequests"]
    back = {"requestState": asked["requestState"], "inputResponses": {key: YES}}
    other = {"name": "test_elicitation", "arguments": {"message": "Somebody else?"}, **back}
    assert (await said(place, "tools/call", other, elicitation={}))["error"]["code"] == -32602
    assert "result" in await said(place, "tools/call", {**ASKING, **back}, elicitation={})
    used = await said(place, "tools/call", {**ASKING, **back}, elicitation={})
    assert "unknown, used or expired" in used["error"]["message"]


async def test_a_call_nobody_comes_back_to_is_on_record_when_the_gateway_stops(
    tmp_path: Path, ledger: PostgresLedger, database_url: str
) -> None:
    async with gateway(tmp_path / "another", database_url, "http-2025") as place:
        asked = await said(place, "tools/call", ASKING, elicitation={})
        assert asked["result"]["resultType"] == "input_required"
    assert await settled(ledger) == ["transport_error"]


async def settled(ledger: PostgresLedger) -> list[str]:
    """The status of every call that came to its end."""
    rows = await ledger.fetch(
        "SELECT body::jsonb #>> '{payload,status}' AS status FROM ledger.events"
        " WHERE kind = 'tool_call.settled' ORDER BY seq"
    )
    return [row["status"] for row in rows]
