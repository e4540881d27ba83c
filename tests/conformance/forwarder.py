"""Adds a bearer token to every request on its way: the harness cannot send one. Else nothing is changed."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNK = 65_536


@asynccontextmanager
async def forwarding(port: int, token: str | None, *, trace: Path | None = None) -> AsyncIterator[int]:
    """The port of a forwarder to `port` on this machine while the block lasts.

    Heads, bodies and the end of a connection go through as they are, so that Host, Origin, status codes and
    cancellation stay what they were. `trace`: where everything said is appended.
    """
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", port)
            with contextlib.closing(back):
                answers = asyncio.create_task(_pump(there, writer, trace))
                asked = asyncio.create_task(_requests(reader, back, token, trace))
                await asyncio.wait([answers, asked], return_when=asyncio.FIRST_COMPLETED)
                for each in (answers, asked):
                    each.cancel()
                await asyncio.gather(answers, asked, return_exceptions=True)
        except OSError:
            pass  # the server is away: the harness is told by the closed connection
        finally:
            writer.close()
            connections.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def _requests(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str | None, trace: Path | None
) -> None:
    """Each request of the connection, with the token in its head."""
    with contextlib.suppress(asyncio.IncompleteReadError, OSError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n"))[:-2]
            length = _LENGTH.search(head)
            body = await reader.readexactly(int(length[1])) if length else b""
            secret = b"" if token is None else f"authorization: Bearer {token}\r\n".encode()
            writer.write(head + secret + b"\r\n" + body)
            _note(trace, b">>> ", head + b"\r\n" + body)
            await writer.drain()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, trace: Path | None) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            _note(trace, b"<<< ", data)
            await writer.drain()


def _note(trace: Path | None, mark: bytes, data: bytes) -> None:
    if trace is not None:
        with trace.open("ab") as file:
            file.write(mark + data + b"\n")
