"""The 2025 era over streamable HTTP: a session with a name, a stream of its own, and streams that resume."""

import asyncio
import logging
from collections.abc import Mapping

from muster.gateway.carrier import Hear, Message
from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.http_carrier import HttpCarrier
from muster.gateway.http_pool import Answer, HttpPool
from muster.gateway.sse import events

_log = logging.getLogger(__name__)

_SESSION = "mcp-session-id"
_OK = 200
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 30.0


class LegacyHttpCarrier(HttpCarrier):
    """Carries the messages of one session."""

    def __init__(
        self,
        server: str,
        url: str,
        http: HttpPool,
        *,
        headers: Mapping[str, str],
        answer_bytes: int,
        secrets: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(server, url, http, headers=headers, answer_bytes=answer_bytes, secrets=secrets)
        self._pool = http
        self._listening: asyncio.Task[None] | None = None
        self._session_id: str | None = None

    async def request(self, message: Message, headers: Mapping[str, str], hear: Hear) -> Message:
        """The response to `message`; see `Carrier`."""
        return await super().request(message, self._in_session(headers), hear)

    async def send(self, message: Message, headers: Mapping[str, str]) -> None:
        """Deliver a message that gets no response; see `Carrier`."""
        await super().send(message, self._in_session(headers))

    def answered(self, answer: Answer) -> None:
        """Keep the name the server gives the session."""
        self._session_id = answer.headers.get(_SESSION, self._session_id)

    async def resumed(
        self,
        request_id: int | str,
        headers: Mapping[str, str],
        last: str,
        wait_ms: int,
        hear: Hear,
        /,
    ) -> tuple[Message | None, str | None, int]:
        """The rest of a stream that broke off after the event `last`."""
        named = {**self._headers, **headers, "last-event-id": last}
        async with self._pool.send("GET", self._url, named) as answer:
            if answer.status != _OK:
                return None, None, wait_ms
            return await self._streamed(answer, request_id, hear)

    def listen(self, headers: Mapping[str, str], hear: Hear) -> None:
        """Read the server's own stream until closed, where it has one."""
        self._listening = asyncio.create_task(self._listen(self._in_session(headers), hear))

    async def close(self, headers: Mapping[str, str]) -> None:
        """End the session; a server that does not want to be told is not."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])
        if self._session_id is None:
            return
        try:
            with self._troubles():
                async with self._pool.send(
                    "DELETE", self._url, {**self._headers, **self._in_session(headers)}
                ):
                    self._session_id = None
        except UpstreamAwayError as error:
            _log.debug("a session of %s was left open: %s", self._server, error)

    def _in_session(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        return headers if self._session_id is None else {**headers, _SESSION: self._session_id}

    async def _listen(self, headers: Mapping[str, str], hear: Hear) -> None:
        named = {key: value for key, value in {**self._headers, **headers}.items() if key != "content-type"}
        named["accept"] = "text/event-stream"
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                with self._troubles():
                    async with self._pool.send("GET", self._url, named) as answer:
                        if answer.status != _OK or not answer.content_type.startswith("text/event-stream"):
                            return
                        async for event in events(answer.body, self._answer_bytes):
                            pause = _FIRST_PAUSE_SECONDS if event.retry_ms is None else event.retry_ms / 1000
                            if event.event_id is not None:
                                named["last-event-id"] = event.event_id
                            if event.message is not None and "method" in event.message:
                                await hear(self._mask.value(event.message))
            except (UpstreamAwayError, UpstreamAnswerError) as error:
                _log.debug("the stream of %s broke: %s", self._server, error)
                pause *= 2
            await asyncio.sleep(min(pause, _LONGEST_PAUSE_SECONDS))
