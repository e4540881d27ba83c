"""A session with a server of the 2025 era: it begins with a handshake, and the server may ask amid it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from muster.gateway.carrier import STREAM_CLOSED, Carrier, Message, hear_nothing
from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.exchange import NOBODY, CannotAskError, Exchange
from muster.gateway.modern import result_of
from muster.gateway.protocol import IDENTITY, LEGACY_VERSION
from muster.gateway.speaker import Served
from muster.gateway.under_way import BELONGS_TO_ONE, RequestsUnderWay, UnderWay

_NOT_FOUND = 404
_METHOD_NOT_FOUND, _INTERNAL_ERROR = -32601, -32603
_INITIALIZE_ID = 0
_MOST_TIMES = 8

Changed = Callable[[str, Mapping[str, Any]], Awaitable[None]]
"""Takes a notification that is about no request: a list changed, a resource was updated."""


class LegacySession:
    """One session; its server is told the capabilities of the one caller it belongs to."""

    era = "legacy"

    def __init__(
        self,
        server: str,
        carrier: Carrier,
        capabilities: Mapping[str, Any],
        *,
        listen: Callable[[Mapping[str, str]], None] | None = None,
        end: Callable[[Mapping[str, str]], Awaitable[None]] | None = None,
    ) -> None:
        self._server = server
        self._carrier = carrier
        self._capabilities = capabilities
        self._listen = listen
        self._end = end
        self._under_way = RequestsUnderWay()
        self._opening = asyncio.Lock()
        self._opened: dict[str, Any] | None = None
        self._level: str | None = None
        self._asking: dict[int | str, asyncio.Task[None]] = {}
        self.headers: dict[str, str] = {}
        """What every message carries once the handshake is done."""
        self.changed: Changed | None = None
        """Who wants to know of changes."""

    async def served(self, *, seconds: float) -> Served:
        """What the server said of itself in the handshake.

        Raises:
            UpstreamAwayError: the server cannot be reached.
            UpstreamAnswerError: it does not speak this era either.
        """
        async with self._opening:
            if self._opened is None:
                self._opened = await self._handshake(seconds)
            found = self._opened
        return Served("legacy", found.get("capabilities") or {}, found.get("instructions"))

    async def request(
        self,
        method: str,
        params: Mapping[str, Any],
        *,
        seconds: float,
        meta: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        exchange: Exchange = NOBODY,
    ) -> dict[str, Any]:
        """The result of one request; a session the server forgot is opened again.

        Args:
            headers: not sent, for this era knows none of a request's own.

        Raises:
            UpstreamAwayError: the server cannot be reached, broke off or took longer than `seconds`.
            UpstreamAnswerError: it answered with an error, or with something that is not MCP.
        """
        del headers
        for is_last in (False, True):
            await self.served(seconds=seconds)
            if exchange.owner is not None:
                self.changed = exchange.changed
            await self._set_level(exchange, seconds)
            try:
                return await self._asked(method, params, meta or {}, exchange, seconds)
            except UpstreamAnswerError as error:
                if is_last or error.code is not None or error.status != _NOT_FOUND:
                    raise
                self._opened = None
        raise AssertionError("the second attempt ends the loop")

    async def hear(self, message: Message) -> None:
        """Take what came beside the answers."""
        request = self._under_way.of(message)
        if "id" in message:
            self._answer(message, request)
        elif message.get("method") in BELONGS_TO_ONE:
            if request is not None:
                await request.hear(message)
        elif message.get("method") == "notifications/cancelled":
            self._withdrawn(message)
        elif self.changed is not None:
            await self.changed(str(message.get("method")), message.get("params") or {})

    async def close(self) -> None:
        """Leave no question open and end the session."""
        for task in self._asking.values():
            task.cancel()
        if self._end is not None:
            await self._end(self.headers)

    async def _handshake(self, seconds: float) -> dict[str, Any]:
        params = {
            "protocolVersion": LEGACY_VERSION,
            "capabilities": dict(self._capabilities),
            "clientInfo": dict(IDENTITY),
        }
        message: Message = {
            "jsonrpc": "2.0",
            "id": _INITIALIZE_ID,
            "method": "initialize",
            "params": params,
        }
        self.headers, self._level = {}, None
        try:
            async with asyncio.timeout(seconds):
                found = result_of(await self._carrier.request(message, {}, hear_nothing))
                self.headers = {"mcp-protocol-version": str(found.get("protocolVersion", LEGACY_VERSION))}
                ready: Message = {"jsonrpc": "2.0", "method": "notifications/initialized"}
                await self._carrier.send(ready, self.headers)
        except TimeoutError:
            raise UpstreamAwayError(self._server, f"not ready in {seconds:g} s", delivered=False) from None
        except UpstreamAwayError as error:
            raise UpstreamAwayError(self._server, error.because, delivered=False) from error
        if self._listen is not None:
            self._listen(self.headers)
        return found

    async def _asked(
        self,
        method: str,
        params: Mapping[str, Any],
        meta: Mapping[str, Any],
        exchange: Exchange,
        seconds: float,
    ) -> dict[str, Any]:
        with self._under_way.one(exchange, seconds, own_tokens=True) as request:

            async def hear(message: Message) -> None:
                if "id" in message:
                    self._answer(message, request)
                elif message is STREAM_CLOSED or message.get("method") in BELONGS_TO_ONE:
                    await request.hear(message)
                else:
                    await self.hear(message)

            said = {**meta, **request.meta}
            sent = {**params, "_meta": said} if said else dict(params)
            message: Message = {
                "jsonrpc": "2.0",
                "id": request.request_id,
                "method": method,
                "params": sent,
            }
            try:
                async with request.in_time(self._server):
                    return result_of(await self._carrier.request(message, self.headers, hear))
            except asyncio.CancelledError:
                self._call_off(request)
                raise
            except UpstreamAwayError as error:
                if error.delivered:
                    self._call_off(request)
                raise

    def _call_off(self, request: UnderWay) -> None:
        """Tell the server, without waiting, that nobody waits for the answer any more."""
        params = {"requestId": request.request_id, "reason": "the caller no longer waits"}
        message: Message = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}

        async def tell() -> None:
            try:
                async with asyncio.timeout(request.seconds):
                    await self._carrier.send(message, self.headers)
            except (UpstreamAwayError, UpstreamAnswerError, TimeoutError):
                pass

        self._keep(f"cancel {request.request_id}", tell())

    def _answer(self, message: Message, request: UnderWay | None) -> None:
        """Put the server's question to the caller it belongs to; the answer follows when there is one."""
        self._keep(message["id"], self._answered(message, request))

    async def _answered(self, message: Message, request: UnderWay | None) -> None:
        method, response = message.get("method"), {"jsonrpc": "2.0", "id": message["id"]}
        try:
            if method == "ping":
                result: Any = {}
            elif request is None:
                raise CannotAskError("no request of a caller is under way that this could be about")
            else:
                question: Message = {key: message[key] for key in ("method", "params") if key in message}
                with request.asking():
                    result = await _insisted(request.exchange, f"question-{message['id']}", question)
            answer: Message = {**response, "result": result}
        except CannotAskError as error:
            answer = {**response, "error": {"code": _METHOD_NOT_FOUND, "message": str(error)}}
        except UpstreamAnswerError as error:
            said = {"code": error.code or _INTERNAL_ERROR, "message": error.what, "data": error.data}
            answer = {**response, "error": {key: value for key, value in said.items() if value is not None}}
        try:
            await self._carrier.send(answer, self.headers)
        except (UpstreamAwayError, UpstreamAnswerError):
            return

    def _withdrawn(self, message: Message) -> None:
        task = self._asking.get((message.get("params") or {}).get("requestId", ""))
        if task is not None:
            task.cancel()

    def _keep(self, key: int | str, work: Any) -> None:
        task = asyncio.create_task(work)
        self._asking[key] = task
        task.add_done_callback(lambda _: self._asking.pop(key, None))

    async def _set_level(self, exchange: Exchange, seconds: float) -> None:
        """Have the server send what the caller wants to hear; each request filters it all the same."""
        wanted = exchange.log_level
        serves_logs = "logging" in ((self._opened or {}).get("capabilities") or {})
        if wanted is None or wanted == self._level or exchange.owner is None or not serves_logs:
            return
        self._level = wanted
        await self._asked("logging/setLevel", {"level": wanted}, {}, NOBODY, seconds)


async def _insisted(exchange: Exchange, key: str, question: Message) -> Any:
    """The caller's answer, asked for again where it came back without."""
    for _ in range(_MOST_TIMES):
        answers = await exchange.ask({key: question})
        if key in answers:
            return answers[key]
    raise CannotAskError("the caller does not answer")
