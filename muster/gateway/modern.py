"""A client of the modern era (MCP 2026-07-28) over HTTP: one POST a request, nothing kept between two."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import orjson

from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.http_pool import Answer, BrokenError, ConnectError
from muster.gateway.protocol import ENVELOPE, request_headers


class Poster(Protocol):
    """Sends a POST; `HttpPool` is one."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> AbstractAsyncContextManager[Answer]:
        """The answer, to be read inside the block.

        Raises:
            ConnectError: nothing was sent.
            BrokenError: the connection broke.
        """
        ...


class ModernClient:
    """Speaks to one server; safe to use from many tasks at once."""

    def __init__(
        self,
        server: str,
        url: str,
        http: Poster,
        *,
        headers: Mapping[str, str] | None = None,
        answer_bytes: int = 4_194_304,
    ) -> None:
        self._server = server
        self._url = url
        self._http = http
        self._headers = dict(headers or {})
        self._answer_bytes = answer_bytes
        self._ids = itertools.count(1)

    async def request(
        self,
        method: str,
        params: Mapping[str, Any],
        *,
        seconds: float,
        name: str | None = None,
        meta: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The result of one request.

        Raises:
            UpstreamAwayError: the server cannot be reached, broke off or took longer than `seconds`.
            UpstreamAnswerError: it answered with an error, or with something that is not MCP.
        """
        request_id = next(self._ids)
        body = {
            "jsonrpc": "2.0",
            "id": request_id,
            "method": method,
            "params": {**params, "_meta": {**(meta or {}), **ENVELOPE}},
        }
        sent = self._headers | request_headers(method, name, headers or {})
        try:
            async with asyncio.timeout(seconds):
                return _result(await self._post(orjson.dumps(body), sent, request_id))
        except TimeoutError:
            raise UpstreamAwayError(self._server, f"no answer in {seconds:g} s", delivered=True) from None
        except ConnectError as error:
            raise UpstreamAwayError(self._server, str(error), delivered=False) from error
        except BrokenError as error:
            raise UpstreamAwayError(self._server, str(error), delivered=True) from error

    async def list_tools(self, *, seconds: float) -> list[dict[str, Any]]:
        """Every tool definition the server has, page by page.

        Raises:
            UpstreamAwayError: the server cannot be reached.
            UpstreamAnswerError: it answers with an error, or its pages do not end.
        """
        tools: list[dict[str, Any]] = []
        cursors: list[str | None] = [None]
        while True:
            params = {} if cursors[-1] is None else {"cursor": cursors[-1]}
            page = await self.request("tools/list", params, seconds=seconds)
            tools += page.get("tools", [])
            cursor = page.get("nextCursor")
            if not isinstance(cursor, str):
                return tools
            if cursor in cursors or len(cursors) > 100:
                raise UpstreamAnswerError(f"the tool list of {self._server} does not end")
            cursors.append(cursor)

    async def _post(self, body: bytes, headers: Mapping[str, str], request_id: int) -> dict[str, Any]:
        async with self._http.post(self._url, headers, body) as answer:
            if answer.content_type.startswith("text/event-stream"):
                async for event in _events(self._bounded(answer)):
                    if event.get("id") == request_id and ("result" in event or "error" in event):
                        return event
                raise UpstreamAwayError(self._server, "the answer broke off", delivered=True)
            content = b"".join([chunk async for chunk in self._bounded(answer)])
            message = _parsed(content)
            if message is None or "jsonrpc" not in message:
                words = f"{self._server} answered HTTP {answer.status}"
                raise UpstreamAnswerError(words, status=answer.status)
            return message

    async def _bounded(self, answer: Answer) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in answer.body:
            size += len(chunk)
            if size > self._answer_bytes:
                limit = f"its answer is larger than {self._answer_bytes} bytes"
                raise UpstreamAwayError(self._server, limit, delivered=True)
            yield chunk


async def _events(chunks: AsyncIterator[bytes]) -> AsyncIterator[dict[str, Any]]:
    """The JSON messages of an event stream; comments and events without data are keep-alives."""
    rest = b""
    data: list[bytes] = []
    async for chunk in chunks:
        *lines, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif not line and data:
                message = _parsed(b"\n".join(data))
                data.clear()
                if message is not None:
                    yield message


def _parsed(content: bytes) -> dict[str, Any] | None:
    try:
        message = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return message if isinstance(message, dict) else None


def _result(message: dict[str, Any]) -> dict[str, Any]:
    error = message.get("error")
    if isinstance(error, dict):
        code = error.get("code")
        raise UpstreamAnswerError(
            str(error.get("message", "error without a message")), code=code if isinstance(code, int) else None
        )
    result = message.get("result")
    if not isinstance(result, dict):
        raise UpstreamAnswerError("the result is not an object")
    return result
