"""The HTTP client of the modern era against servers that answer byte for byte as told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from muster.gateway.http_pool import BrokenError, ConnectError, HttpPool
from muster.services.ports import free_port

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
CLOSING = OK.replace(b"content-type", b"connection: close\r\ncontent-type")


class CannedServer:
    """Answers every request with the same bytes; counts its connections."""

    def __init__(self, answer: bytes, *, then_close: bool) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self._answer = answer
        self._then_close = then_close

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while head := await _head(reader):
            self.requests.append(head)
            writer.write(self._answer)
            await writer.drain()
            if self._then_close:
                break
        writer.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head + await reader.readexactly(length)


@asynccontextmanager
async def answering(answer: bytes, *, then_close: bool = False) -> AsyncIterator[tuple[CannedServer, str]]:
    canned = CannedServer(answer, then_close=then_close)
    server = await asyncio.start_server(canned.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield canned, f"http://127.0.0.1:{port}/mcp?a=1"


async def fetched(pool: HttpPool, url: str, **headers: str) -> bytes:
    async with pool.post(url, headers, b"ping") as answer:
        return b"".join([piece async for piece in answer.body])


@pytest.fixture
async def pool() -> AsyncIterator[HttpPool]:
    pool = HttpPool(connect_seconds=1)
    yield pool
    await pool.aclose()


HINTED = b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK


@pytest.mark.parametrize("answer", [OK, CHUNKED, HINTED], ids=["sized", "chunked", "hinted"])
async def test_one_connection_serves_request_after_request(pool: HttpPool, answer: bytes) -> None:
    async with answering(answer) as (server, url):
        assert [await fetched(pool, url) for _ in range(3)] == [b"{}"] * 3
        assert server.connections == 1
        assert server.requests[0].startswith(b"POST /mcp?a=1 HTTP/1.1\r\nhost: 127.0.0.1:")
        assert server.requests[0].endswith(b"\r\n\r\nping")


@pytest.mark.parametrize(("answer", "then_close"), [(CLOSING, False), (OK, True)], ids=["said", "done"])
async def test_a_connection_the_server_closes_is_not_used_again(
    pool: HttpPool, answer: bytes, then_close: bool
) -> None:
    async with answering(answer, then_close=then_close) as (server, url):
        for _ in range(2):
            assert await fetched(pool, url) == b"{}"
            await asyncio.sleep(0.05)
        assert server.connections == 2


async def test_an_answer_left_unread_does_not_leak_into_the_next(pool: HttpPool) -> None:
    async with answering(OK) as (server, url):
        async with pool.post(url, {}, b"ping") as answer:
            assert answer.status == 200
        assert await fetched(pool, url) == b"{}"
        assert server.connections == 2


TOO_SOON = {"body": OK[:-1], "head": b"HTTP/1.1 200 OK\r\n", "nothing": b"", "other": b"SSH-2.0\r\n\r\n"}


@pytest.mark.parametrize("answer", TOO_SOON.values(), ids=TOO_SOON.keys())
async def test_an_answer_that_ends_too_soon_is_broken(pool: HttpPool, answer: bytes) -> None:
    async with answering(answer, then_close=True) as (_, url):
        with pytest.raises(BrokenError):
            await fetched(pool, url)


async def test_where_nobody_listens_nothing_was_sent(pool: HttpPool) -> None:
    with pytest.raises(ConnectError):
        await fetched(pool, f"http://127.0.0.1:{free_port()}/mcp")


async def test_a_header_with_a_line_break_is_never_sent(pool: HttpPool) -> None:
    async with answering(OK) as (server, url):
        with pytest.raises(ConnectError, match="cannot be sent"):
            await fetched(pool, url, authorization="a\r\nx: y")
        assert server.requests == []
