"""Messages over streamable HTTP: a POST each, its answer read as it comes."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from typing import Protocol

import orjson

from muster.gateway.carrier import STREAM_CLOSED, Hear, Message
from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.http_pool import Answer, BrokenError, ConnectError
from muster.gateway.masking import Mask
from muster.gateway.sse import TooLargeError, events, parsed

_EVENTS = "text/event-stream"
_BAD_REQUEST = 400
_RESUMPTIONS = 5
_LONGEST_RETRY_MS = 5_000
_END_SECONDS = 0.01
"""How long after its response a stream may take to end, for its connection to be used again."""
_BASE = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


class Poster(Protocol):
    """Sends a POST; `HttpPool` is one."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> AbstractAsyncContextManager[Answer]:
        """The answer, to be read inside the block.

        Raises:
            ConnectError: nothing was sent.
            BrokenError: the connection broke.
        """
        ...


class HttpCarrier:
    """Carries messages to one URL; safe to use from many tasks at once."""

    def __init__(
        self,
        server: str,
        url: str,
        http: Poster,
        *,
        headers: Mapping[str, str],
        answer_bytes: int,
        secrets: frozenset[str] = frozenset(),
    ) -> None:
        self._mask = Mask(secrets)
        self._server = server
        self._url = url
        self._http = http
        self._headers = {**headers, **_BASE}
        self._answer_bytes = answer_bytes

    async def request(self, message: Message, headers: Mapping[str, str], hear: Hear) -> Message:
        """The response to `message`; see `Carrier`."""
        with self._troubles():
            async with self._http.post(
                self._url, {**self._headers, **headers}, orjson.dumps(message)
            ) as answer:
                self.answered(answer)
                if not answer.content_type.startswith(_EVENTS):
                    return await self._alone(answer, message["id"])
                response, last, wait_ms = await self._streamed(answer, message["id"], hear)
            for _ in range(_RESUMPTIONS):
                if response is not None or last is None:
                    break
                await hear(STREAM_CLOSED)
                await asyncio.sleep(min(wait_ms, _LONGEST_RETRY_MS) / 1000)
                response, last, wait_ms = await self.resumed(message["id"], headers, last, wait_ms, hear)
        if response is None:
            raise UpstreamAwayError(self._server, "the answer broke off", delivered=True)
        return response

    async def send(self, message: Message, headers: Mapping[str, str]) -> None:
        """Deliver a message that gets no response; see `Carrier`."""
        with self._troubles():
            async with self._http.post(
                self._url, {**self._headers, **headers}, orjson.dumps(message)
            ) as answer:
                async for _ in answer.body:
                    pass
                if answer.status >= _BAD_REQUEST:
                    raise self._refused(answer)

    def answered(self, answer: Answer) -> None:
        """For carriers that keep something of an answer's head."""

    async def resumed(
        self,
        _request_id: int | str,
        _headers: Mapping[str, str],
        _last: str,
        wait_ms: int,
        _hear: Hear,
        /,
    ) -> tuple[Message | None, str | None, int]:
        """The rest of a stream that broke off after the event `last`; nothing where streams do not resume."""
        return None, None, wait_ms

    async def _alone(self, answer: Answer, request_id: int | str) -> Message:
        content = b"".join([chunk async for chunk in self._bounded(answer)])
        message = parsed(content)
        if message is None or "jsonrpc" not in message or message.get("id") not in (request_id, None):
            raise self._refused(answer)
        masked: Message = self._mask.value(message)
        return masked

    async def _streamed(
        self, answer: Answer, request_id: int | str, hear: Hear
    ) -> tuple[Message | None, str | None, int]:
        """The response, or after which event and how many ms the stream goes on."""
        last, wait_ms = None, 1_000
        async for event in events(answer.body, self._answer_bytes):
            last = event.event_id if event.event_id is not None else last
            wait_ms = event.retry_ms if event.retry_ms is not None else wait_ms
            message = self._mask.value(event.message)
            if message is None:
                continue
            if "method" not in message and message.get("id") == request_id:
                await _to_its_end(answer)
                return message, None, wait_ms
            if "method" in message:
                await hear(message)
        return None, last, wait_ms

    async def _bounded(self, answer: Answer) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in answer.body:
            size += len(chunk)
            if size > self._answer_bytes:
                raise TooLargeError
            yield chunk

    @contextmanager
    def _troubles(self) -> Iterator[None]:
        try:
            yield
        except TooLargeError:
            limit = f"its answer is larger than {self._answer_bytes} bytes"
            raise UpstreamAwayError(self._server, limit, delivered=True) from None
        except ConnectError as error:
            raise UpstreamAwayError(self._server, str(error), delivered=False) from error
        except BrokenError as error:
            raise UpstreamAwayError(self._server, str(error), delivered=True) from error

    def _refused(self, answer: Answer) -> UpstreamAnswerError:
        return UpstreamAnswerError(f"{self._server} answered HTTP {answer.status}", status=answer.status)


async def _to_its_end(answer: Answer) -> None:
    with suppress(TimeoutError, BrokenError):
        async with asyncio.timeout(_END_SECONDS):
            async for _ in answer.body:
                pass
