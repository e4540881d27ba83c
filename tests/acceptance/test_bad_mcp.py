"""What a caller may send that it should not: a clear error, nothing called, nobody else affected."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from muster.gateway import tokens
from muster.ledger.postgres import PostgresLedger
from tests.integration.gateway.neighbours import undisturbed
from tests.integration.gateway.workplace import ShopProcess, Workplace, opened, prepared, running_shop

MODERN = "2026-07-28"
ENVELOPE = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
}
ORDER = {"order_number": "BL-1"}
REFUND = {"order_number": "BL-1", "amount": 5, "currency": "EUR", "idempotency_key": "k"}
_MODERN_HEADERS = {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": MODERN,
    "mcp-method": "tools/call",
    "mcp-name": "shop__get_order",
}


@pytest.fixture(scope="module")
def shop() -> Iterator[ShopProcess]:
    with running_shop() as process:
        yield process


@pytest.fixture
async def place(
    ledger: PostgresLedger, tmp_path: Path, database_url: str, shop: ShopProcess
) -> AsyncIterator[Workplace]:
    """A running gateway with the shop behind it."""
    workplace = await prepared(ledger, tmp_path, database_url, shop)
    await workplace.register("shop")
    async with opened(workplace):
        yield workplace


def call(name: str = "shop__get_order", arguments: Any = ORDER, **more: Any) -> dict[str, Any]:
    """A good call, but for `more` on top of its message."""
    params = {"name": name, "arguments": arguments, "_meta": ENVELOPE}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params} | more


class Caller:
    """Sends whatever it is told to, byte by byte, with the token of an agent."""

    def __init__(self, workplace: Workplace, token: str | None) -> None:
        self._url = workplace.url
        secret = {} if token is None else {"authorization": f"Bearer {token}"}
        self._http = httpx2.AsyncClient(headers=_MODERN_HEADERS | secret, timeout=20, trust_env=False)

    async def __aenter__(self) -> "Caller":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def send(self, body: object, **headers: str) -> httpx2.Response:
        """Send it; what is not bytes is sent as JSON. A header `mcp_name` is sent as `mcp-name`."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._http.post(self._url, content=content, headers=named)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A bare connection, closed with the block whatever the other side did to it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def nothing_was_called(workplace: Workplace, *, of: str = "clerk") -> None:
    """The ledger knows of no call of the agent's that went on to a system."""
    rows = await workplace.ledger.fetch(
        "SELECT event_id FROM ledger.events WHERE kind = 'tool_call.intended' AND agent = %(agent)s",
        {"agent": of},
    )
    assert rows == []


async def went_well(caller: Caller) -> None:
    """The same caller is served when it asks properly."""
    answer = await caller.send(call())
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["content"][0]["text"] == "BL-1: one towel"


BAD_MESSAGES: dict[str, tuple[object, int, int | None]] = {
    "nothing": (b"", 400, -32700),
    "not JSON": (b'{"jsonrpc": "2.0", "id": 1, ', 400, -32700),
    "not UTF-8": (b'{"jsonrpc": "2.0", "id": 1, "method": "\xff\xfe"}', 400, -32700),
    "nested too deep": (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400, None),
    "a batch": ([call(), call()], 400, -32600),
    "an empty batch": ([], 400, -32600),
    "a number": (5, 400, -32600),
    "no version of JSON-RPC": ({"id": 1, "method": "tools/call", "params": {}}, 400, None),
    "an id that is an object": (call(id={"a": 1}), 400, None),
    "a method that is a number": (call(method=7), 400, None),
    "params that are a list": (call(params=[1]), 400, None),
    "no _meta": (call(params={"name": "shop__get_order", "arguments": ORDER}), 400, -32602),
    "arguments that are a list": (call(arguments=["BL-1"]), 400, -32602),
}
"""Each with the HTTP status and JSON-RPC code of its answer; a null code: any."""


async def test_a_malformed_message_is_turned_down_and_the_caller_goes_on(place: Workplace) -> None:
    answered = {}
    async with undisturbed(place), Caller(place, await place.token("clerk")) as caller:
        for what, (body, _, code) in BAD_MESSAGES.items():
            answer = await caller.send(body)
            error = answer.json()["error"]
            assert error["message"], what
            answered[what] = (body, answer.status_code, code and error["code"])
        await nothing_was_called(place)
        await went_well(caller)
    assert answered == BAD_MESSAGES


async def test_a_body_of_many_megabytes_is_turned_down_before_it_is_read(place: Workplace) -> None:
    async with undisturbed(place), Caller(place, await place.token("clerk")) as caller:
        answer = await caller.send(call(arguments={"order_number": "x" * 20_000_000}))
        assert answer.status_code == 413
        await nothing_was_called(place)
        await went_well(caller)


async def test_an_unknown_method_is_not_found_under_its_own_id(place: Workplace) -> None:
    async with Caller(place, await place.token("clerk")) as caller:
        answer = await caller.send(call(method="tools/destroy", id="mine"), mcp_method="tools/destroy")
        assert (answer.status_code, answer.json()["error"]["code"], answer.json()["id"]) == (
            404,
            -32601,
            "mine",
        )


async def test_a_version_nobody_speaks_is_answered_with_those_we_do(place: Workplace) -> None:
    message = call()
    message["params"]["_meta"] = ENVELOPE | {"io.modelcontextprotocol/protocolVersion": "v999"}
    async with Caller(place, await place.token("clerk")) as caller:
        answer = await caller.send(message, mcp_protocol_version="v999")
        assert answer.status_code == 400
        error = answer.json()["error"]
        assert error["code"] == -32022
        assert MODERN in error["data"]["supported"]
        await nothing_was_called(place)


@pytest.mark.parametrize(
    "headers",
    [
        {"mcp_name": "shop__delete_customer"},
        {"mcp_name": ""},
        {"mcp_method": "tools/list"},
        {"mcp_protocol_version": "2025-11-25x"},
    ],
)
async def test_headers_that_disagree_with_the_body_are_turned_down(
    place: Workplace, headers: dict[str, str]
) -> None:
    async with undisturbed(place), Caller(place, await place.token("clerk")) as caller:
        answer = await caller.send(call(), **headers)
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"]["code"] in {-32020, -32022}
        await nothing_was_called(place)


async def test_the_body_decides_what_is_called_not_the_headers(place: Workplace) -> None:
    async with Caller(place, await place.token("reader")) as caller:
        for version in (MODERN, "2025-11-25"):
            answer = await caller.send(
                call("shop__delete_customer", {"customer_id": "C-1"}), mcp_protocol_version=version
            )
            assert answer.status_code == 400
    await nothing_was_called(place, of="reader")


async def test_a_key_given_twice_is_one_call_of_what_was_decided_on(place: Workplace) -> None:
    """JSON allows a name twice: whichever is judged must be the one that is called."""
    twice = json.dumps(call()).replace(
        '"arguments":', '"arguments": {"customer_id": "C-1"}, "name": "shop__delete_customer", "arguments":'
    )
    async with Caller(place, await place.token("clerk")) as caller:
        answer = await caller.send(twice.encode(), mcp_name="shop__delete_customer")
        assert "deleted" not in answer.text
    intended = await place.events("tool_call.intended")
    assert [event["tool"] for event in intended if event["tool"] != "shop__get_order"] == []


async def test_a_token_is_worth_nothing_after_its_end_to_others_or_in_another_place(place: Workplace) -> None:
    live = await place.token("clerk", run="run_over")
    async with undisturbed(place), Caller(place, live) as caller:
        await went_well(caller)
        await tokens.revoke(place.ledger, "run_over")
        assert (await caller.send(call())).status_code == 401
    expired = await place.token("clerk", ttl=timedelta(seconds=-1))
    for token in (None, expired, "mgt_" + "x" * 43, live[:-1], live + "x", "x"):
        async with Caller(place, None) as caller:
            secret = {} if token is None else {"authorization": f"Bearer {token}"}
            answer = await caller.send(call(), **secret)
            assert answer.status_code == 401, token
            assert "www-authenticate" in answer.headers
            assert "towel" not in answer.text
    good = await place.token("clerk")
    async with Caller(place, None) as caller:
        in_the_address = await caller._http.post(f"{place.url}?token={good}&access_token={good}", json=call())
        assert in_the_address.status_code == 401
        assert (await caller.send(call(), authorization=f"Basic {good}")).status_code == 401


async def test_a_session_of_one_token_is_not_to_be_used_with_another(place: Workplace) -> None:
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "old", "version": "1"},
        },
    }
    legacy = {"mcp_protocol_version": "2025-11-25"}
    async with (
        Caller(place, await place.token("clerk")) as mine,
        Caller(place, await place.token("clerk")) as other,
    ):
        opening = await mine.send(hello, **legacy)
        session = {"mcp_session_id": opening.headers["mcp-session-id"], **legacy}
        ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        assert (await mine.send(ready, **session)).status_code == 202
        listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
        assert (await mine.send(listing, **session)).status_code == 200
        assert (await other.send(listing, **session)).status_code in {403, 404}
        assert (await mine.send(listing, **session | {"mcp_session_id": "0" * 32})).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"host": "evil.example"}, 421),
        ({"content_type": "text/plain"}, 415),
    ],
)
async def test_a_foreign_page_host_or_kind_of_body_is_turned_down(
    place: Workplace, headers: dict[str, str], status: int
) -> None:
    async with Caller(place, await place.token("clerk")) as caller:
        answer = await caller.send(call(), **headers)
        assert answer.status_code in {status, 400}, answer.text
        await nothing_was_called(place)
        await went_well(caller)


async def test_callers_who_send_half_a_request_and_wait_hold_up_nobody(place: Workplace) -> None:
    port = place.settings.http_port
    head = f"POST /mcp HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-length: 5000\r\n\r\n{{".encode()
    async with AsyncExitStack() as stack, undisturbed(place):
        for _ in range(50):
            _, writer = await stack.enter_async_context(connected(port))
            writer.write(head)
            await writer.drain()
        async with Caller(place, await place.token("clerk")) as caller:
            await went_well(caller)


async def test_garbage_on_the_port_is_answered_and_forgotten(place: Workplace) -> None:
    async with undisturbed(place):
        for garbage in (
            b"\x16\x03\x01\x02\x00",
            b"GET / HTTP/9.9\r\n\r\n",
            b"POST /mcp\r\n\r\n",
            b"\x00" * 70_000,
        ):
            async with connected(place.settings.http_port) as (reader, writer):
                writer.write(garbage)
                writer.write_eof()
                said = await asyncio.wait_for(reader.read(), 10)
            assert said == b"" or said.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 404 "))


async def test_a_refusal_for_what_the_arguments_are_is_recorded(place: Workplace) -> None:
    async with Caller(place, await place.token("clerk")) as caller:
        for name, arguments in [
            ("shop__get_order", {"order_number": 5}),
            ("shop__get_order", {"order_number": "BL-1", "more": 1}),
            ("shop__get_order", {"order_number": "x" * 100_000}),
            ("shop__get_order", {"order_number": float("nan")}),
            ("shop__no_such_tool", {}),
        ]:
            answer = await caller.send(call(name, arguments), mcp_name=name)
            assert "refused" in answer.text or answer.status_code == 400
    refused = [(event["tool"], event["rule"]) for event in await place.events("tool_call.refused")]
    assert refused == [
        ("shop__get_order", "schema"),
        ("shop__get_order", "schema"),
        ("shop__get_order", "schema"),
        ("shop__get_order", "schema"),
        ("shop__no_such_tool", "grant"),
    ]
