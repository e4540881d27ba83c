"""HTTP/1.1 as the modern era needs it: POST a body, read the answer as it comes, keep the connection.

A general client takes about three times the processor time, and every call goes through two of them.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import h11

_READ_BYTES = 65_536
_LONGEST_IDLE_SECONDS = 4.0
"""Common servers close a connection that was idle for five seconds."""
_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]


class ConnectError(OSError):
    """No connection could be made: nothing was sent."""


class BrokenError(OSError):
    """The connection broke after the request was sent, at least in part."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer; `body` gives the rest as it arrives and must be read inside the block."""

    status: int
    content_type: str
    body: AsyncIterator[bytes]
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name in lower case."""


class HttpPool:
    """Connections kept open between requests, shared by many callers of one event loop."""

    def __init__(self, *, connect_seconds: float = 5.0, most_idle: int = 50) -> None:
        self._connect_seconds = connect_seconds
        self._most_idle = most_idle
        self._idle: dict[Origin, list[_Connection]] = {}
        self._tls: ssl.SSLContext | None = None

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> AbstractAsyncContextManager[Answer]:
        """POST `body` and give the answer; redirects are answers like any other.

        Raises:
            ConnectError: the server does not listen, or not in time.
            BrokenError: the connection broke, or what came is not HTTP.
        """
        return self.send("POST", url, headers, body)

    @asynccontextmanager
    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> AsyncIterator[Answer]:
        """Send one request of any method, and give the answer.

        Raises:
            ConnectError: the server does not listen, or not in time.
            BrokenError: the connection broke, or what came is not HTTP.
        """
        parts = urlsplit(url)
        origin = (parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme])
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection = self._waiting(origin) or await self._connect(origin)
        try:
            yield await connection.ask(
                method, target, {"host": parts.netloc.rpartition("@")[2], **headers}, body
            )
        finally:
            if connection.reusable() and len(self._idle.setdefault(origin, [])) < self._most_idle:
                self._idle[origin].append(connection)
            else:
                connection.close()

    async def aclose(self) -> None:
        """Close every connection that waits."""
        waiting = [connection for connections in self._idle.values() for connection in connections]
        self._idle.clear()
        for connection in waiting:
            await connection.closed()

    def _waiting(self, origin: Origin) -> "_Connection | None":
        waiting = self._idle.get(origin, [])
        while waiting:
            connection = waiting.pop()
            if connection.alive():
                return connection
            connection.close()
        return None

    async def _connect(self, origin: Origin) -> "_Connection":
        scheme, host, port = origin
        if scheme == "https" and self._tls is None:
            self._tls = ssl.create_default_context()
        try:
            async with asyncio.timeout(self._connect_seconds):
                reader, writer = await asyncio.open_connection(
                    host, port, ssl=self._tls if scheme == "https" else None
                )
        except TimeoutError:
            raise ConnectError(f"no connection in {self._connect_seconds:g} s") from None
        except OSError as error:
            raise ConnectError(str(error)) from error
        return _Connection(reader, writer)


class _Connection:
    """One connection; serves one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT)
        self._idle_since = 0.0

    async def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send one request and wait for the head of its answer."""
        sized = [*headers.items(), ("content-length", str(len(body)))]
        try:
            request = h11.Request(method=method, target=target, headers=sized)
            sent = [self._http.send(each) for each in (request, h11.Data(data=body), h11.EndOfMessage())]
        except h11.LocalProtocolError as error:
            raise ConnectError(f"the request cannot be sent: {error}") from error
        try:
            self._writer.write(b"".join(part for part in sent if part))
            await self._writer.drain()
        except OSError as error:
            raise BrokenError(str(error)) from error
        head = await self._next()
        while isinstance(head, h11.InformationalResponse):
            head = await self._next()
        if not isinstance(head, h11.Response):
            raise BrokenError("the server closed the connection")
        named = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
        return Answer(head.status_code, named.get("content-type", ""), self._body(), named)

    async def _body(self) -> AsyncIterator[bytes]:
        while isinstance(event := await self._next(), h11.Data):
            yield bytes(event.data)
        if not isinstance(event, h11.EndOfMessage):
            raise BrokenError("the server closed the connection")

    async def _next(self) -> h11.Event | None:
        """The next event of the answer; null when nothing more can come."""
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                self._http.receive_data(await self._reader.read(_READ_BYTES))
        except (OSError, h11.RemoteProtocolError) as error:
            raise BrokenError(str(error) or "the connection broke") from error
        return event if isinstance(event, h11.Event) else None

    def alive(self) -> bool:
        """Whether the server has not closed it meanwhile and is not about to."""
        idle_seconds = asyncio.get_running_loop().time() - self._idle_since
        return not self._over() and idle_seconds < _LONGEST_IDLE_SECONDS

    def reusable(self) -> bool:
        """Whether the next request can use it: this one's answer was read to its end."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        self._idle_since = asyncio.get_running_loop().time()
        return not self._over()

    def close(self) -> None:
        """Close it without waiting."""
        self._writer.close()

    async def closed(self) -> None:
        """Close it and wait until it is."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def _over(self) -> bool:
        return self._reader.at_eof() or self._writer.is_closing()
