"""The client of the modern era, against answers a server could give."""

from collections.abc import Callable

import httpx2
import orjson
import pytest

from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.modern import ModernClient

Answer = Callable[[httpx2.Request], httpx2.Response]


def client(answer: Answer) -> ModernClient:
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    return ModernClient("shop", "http://shop/mcp", http, answer_bytes=1000)


def result(request: httpx2.Request, **members: object) -> httpx2.Response:
    body = {"jsonrpc": "2.0", "id": orjson.loads(request.content)["id"]}
    return httpx2.Response(200, json=body | (members or {"result": {"ok": True}}))


async def test_every_request_says_who_asks_and_what_for() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return result(request)

    asked = {"name": "größe"}
    assert await client(answer).request("tools/call", asked, seconds=1, name="größe") == {"ok": True}
    (request,) = seen
    assert request.headers["mcp-protocol-version"] == "2026-07-28"
    assert request.headers["mcp-method"] == "tools/call"
    assert request.headers["mcp-name"] == "=?base64?Z3LDtsOfZQ==?="
    meta = orjson.loads(request.content)["params"]["_meta"]
    assert meta["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"
    assert meta["io.modelcontextprotocol/clientCapabilities"] == {}


async def test_an_answer_as_an_event_stream_is_read_to_its_result() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        stream = (
            b": ping\r\n\r\n"
            b'event: message\r\ndata: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\r\n\r\n'
            b'event: message\ndata: {"jsonrpc":"2.0","id":1,\ndata: "result":{"ok":true}}\n\n'
        )
        return httpx2.Response(200, content=stream, headers={"content-type": "text/event-stream"})

    assert await client(answer).request("tools/list", {}, seconds=1) == {"ok": True}


async def test_a_stream_that_ends_without_a_result_broke_off() -> None:
    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=b": ping\n\n", headers={"content-type": "text/event-stream"})

    with pytest.raises(UpstreamAwayError, match="broke off") as caught:
        await client(answer).request("tools/list", {}, seconds=1)
    assert caught.value.delivered


async def test_an_error_keeps_its_code() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return result(request, error={"code": -32602, "message": "Unknown tool"})

    with pytest.raises(UpstreamAnswerError, match="Unknown tool") as caught:
        await client(answer).request("tools/call", {}, seconds=1)
    assert caught.value.code == -32602


@pytest.mark.parametrize("content", [b"<html>", b"[]", b'{"error": "invalid_token"}', b"\xff"])
async def test_what_is_not_json_rpc_gives_its_http_status(content: bytes) -> None:
    with pytest.raises(UpstreamAnswerError) as caught:
        await client(lambda _: httpx2.Response(401, content=content)).request("tools/list", {}, seconds=1)
    assert caught.value.status == 401


async def test_a_server_that_does_not_listen_got_nothing() -> None:
    def answer(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    with pytest.raises(UpstreamAwayError, match="was not delivered"):
        await client(answer).request("tools/list", {}, seconds=1)


async def test_a_server_that_breaks_off_may_have_done_it() -> None:
    def answer(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadError("reset")

    with pytest.raises(UpstreamAwayError, match="may have been carried out"):
        await client(answer).request("tools/call", {}, seconds=1)


async def test_an_answer_that_is_too_large_is_broken_off() -> None:
    with pytest.raises(UpstreamAwayError, match="larger than 1000 bytes"):
        await client(lambda _: httpx2.Response(200, content=b"x" * 1001)).request("tools/list", {}, seconds=1)


async def test_a_list_whose_pages_do_not_end_is_an_error() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return result(request, result={"tools": [], "nextCursor": "again"})

    with pytest.raises(UpstreamAnswerError, match="does not end"):
        await client(answer).list_tools(seconds=1)
