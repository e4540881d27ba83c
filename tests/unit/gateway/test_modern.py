"""The client of the modern era, against answers a server could give."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.http_pool import Answer, BrokenError, ConnectError
from muster.gateway.modern import ModernClient

Request = tuple[Mapping[str, str], dict[str, Any]]


@dataclass
class ScriptedServer:
    """Answers each request as told, in pieces of seven bytes."""

    answer: Callable[[dict[str, Any]], bytes]
    status: int = 200
    content_type: str = "application/json"
    seen: list[Request] = field(default_factory=list)

    @asynccontextmanager
    async def post(self, _url: str, headers: Mapping[str, str], body: bytes) -> AsyncIterator[Answer]:
        message = orjson.loads(body)
        self.seen.append((headers, message))
        content = self.answer(message)

        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(content), 7):
                yield content[start : start + 7]

        yield Answer(self.status, self.content_type, pieces())


def client(server: ScriptedServer) -> ModernClient:
    return ModernClient("shop", "http://shop/mcp", server, answer_bytes=1000)


def result(message: dict[str, Any], **members: object) -> bytes:
    return orjson.dumps({"jsonrpc": "2.0", "id": message["id"]} | (members or {"result": {"ok": True}}))


def failing(error: OSError) -> ScriptedServer:
    def answer(_: dict[str, Any]) -> bytes:
        raise error

    return ScriptedServer(answer)


async def test_every_request_says_who_asks_and_what_for() -> None:
    server = ScriptedServer(result)
    asked = {"name": "größe"}
    assert await client(server).request("tools/call", asked, seconds=1, name="größe") == {"ok": True}
    ((headers, message),) = server.seen
    assert headers["mcp-protocol-version"] == "2026-07-28"
    assert headers["mcp-method"] == "tools/call"
    assert headers["mcp-name"] == "=?base64?Z3LDtsOfZQ==?="
    meta = message["params"]["_meta"]
    assert meta["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"
    assert meta["io.modelcontextprotocol/clientCapabilities"] == {}


async def test_an_answer_as_an_event_stream_is_read_to_its_result() -> None:
    stream = (
        b": ping\r\n\r\n"
        b'event: message\r\ndata: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\r\n\r\n'
        b'event: message\ndata: {"jsonrpc":"2.0","id":1,\ndata: "result":{"ok":true}}\n\n'
    )
    server = ScriptedServer(lambda _: stream, content_type="text/event-stream; charset=utf-8")
    assert await client(server).request("tools/list", {}, seconds=1) == {"ok": True}


async def test_a_stream_that_ends_without_a_result_broke_off() -> None:
    server = ScriptedServer(lambda _: b": ping\n\n", content_type="text/event-stream")
    with pytest.raises(UpstreamAwayError, match="broke off") as caught:
        await client(server).request("tools/list", {}, seconds=1)
    assert caught.value.delivered


async def test_an_error_keeps_its_code() -> None:
    server = ScriptedServer(
        lambda m: result(m, error={"code": -32602, "message": "Unknown tool"}), status=400
    )
    with pytest.raises(UpstreamAnswerError, match="Unknown tool") as caught:
        await client(server).request("tools/call", {}, seconds=1)
    assert caught.value.code == -32602


@pytest.mark.parametrize("content", [b"<html>", b"[]", b'{"error": "invalid_token"}', b"\xff", b""])
async def test_what_is_not_json_rpc_gives_its_http_status(content: bytes) -> None:
    with pytest.raises(UpstreamAnswerError) as caught:
        await client(ScriptedServer(lambda _: content, status=401)).request("tools/list", {}, seconds=1)
    assert caught.value.status == 401


async def test_a_server_that_does_not_listen_got_nothing() -> None:
    with pytest.raises(UpstreamAwayError, match="was not delivered"):
        await client(failing(ConnectError("refused"))).request("tools/list", {}, seconds=1)


async def test_a_server_that_breaks_off_may_have_done_it() -> None:
    with pytest.raises(UpstreamAwayError, match="may have been carried out"):
        await client(failing(BrokenError("reset"))).request("tools/call", {}, seconds=1)


async def test_an_answer_that_is_too_large_is_broken_off() -> None:
    with pytest.raises(UpstreamAwayError, match="larger than 1000 bytes"):
        await client(ScriptedServer(lambda _: b"x" * 1001)).request("tools/list", {}, seconds=1)


async def test_a_list_whose_pages_do_not_end_is_an_error() -> None:
    server = ScriptedServer(lambda m: result(m, result={"tools": [], "nextCursor": "again"}))
    with pytest.raises(UpstreamAnswerError, match="does not end"):
        await client(server).list_tools(seconds=1)
