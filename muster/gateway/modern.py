"""A client of the modern era (MCP 2026-07-28): every request says who asks and stands for itself."""

from collections.abc import Mapping
from typing import Any, Self

from muster.gateway.carrier import Carrier, Message
from muster.gateway.errors import UpstreamAnswerError
from muster.gateway.exchange import NOBODY, Exchange
from muster.gateway.http_carrier import HttpCarrier, Poster
from muster.gateway.protocol import (
    CLIENT_CAPABILITIES_META_KEY,
    ENVELOPE,
    LOG_LEVEL_META_KEY,
    MODERN_VERSION,
    named_in,
    request_headers,
)
from muster.gateway.speaker import Served, listed
from muster.gateway.under_way import RequestsUnderWay


class ModernClient:
    """Speaks to one server; safe to use from many tasks at once."""

    era = "modern"

    def __init__(
        self,
        server: str,
        url: str,
        http: Poster,
        *,
        headers: Mapping[str, str] | None = None,
        answer_bytes: int = 4_194_304,
        secrets: frozenset[str] = frozenset(),
    ) -> None:
        self._server = server
        self._own_tokens = False
        self._carrier: Carrier = HttpCarrier(
            server, url, http, headers=headers or {}, answer_bytes=answer_bytes, secrets=secrets
        )
        self._under_way = RequestsUnderWay()

    @classmethod
    def over(cls, server: str, carrier: Carrier) -> Self:
        """A client over a carrier that many callers share, so that their progress must be told apart."""
        client = cls.__new__(cls)
        client._server, client._carrier, client._own_tokens = server, carrier, True
        client._under_way = RequestsUnderWay()
        return client

    async def request(
        self,
        method: str,
        params: Mapping[str, Any],
        *,
        seconds: float,
        name: str | None = None,
        meta: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        exchange: Exchange = NOBODY,
    ) -> dict[str, Any]:
        """The result of one request, asked with the caller's own capabilities.

        Raises:
            UpstreamAwayError: the server cannot be reached, broke off or took longer than `seconds`.
            UpstreamAnswerError: it answered with an error, or with something that is not MCP.
        """
        with self._under_way.one(exchange, seconds, own_tokens=self._own_tokens) as request:
            said = {**(meta or {}), **request.meta, **ENVELOPE}
            if exchange is not NOBODY:
                said[CLIENT_CAPABILITIES_META_KEY] = dict(exchange.capabilities)
                if exchange.log_level is not None:
                    said[LOG_LEVEL_META_KEY] = exchange.log_level
            message: Message = {
                "jsonrpc": "2.0",
                "id": request.request_id,
                "method": method,
                "params": {**params, "_meta": said},
            }
            sent = request_headers(method, name or named_in(method, params), headers or {})
            async with request.in_time(self._server):
                return result_of(await self._carrier.request(message, sent, request.hear))

    async def served(self, *, seconds: float) -> Served:
        """What the server says of itself.

        Raises:
            UpstreamAwayError: the server cannot be reached.
            UpstreamAnswerError: it does not speak this version.
        """
        found = await self.request("server/discover", {}, seconds=seconds)
        if MODERN_VERSION not in found.get("supportedVersions", []):
            raise UpstreamAnswerError(f"{self._server} does not speak {MODERN_VERSION}")
        return Served("modern", found.get("capabilities") or {}, found.get("instructions"))

    async def close(self) -> None:
        """Nothing is held between two requests."""

    async def hear(self, message: Message) -> None:
        """Take what came beside the answers, as it does where all of them share one stream."""
        request = self._under_way.of(message)
        if request is not None and "id" not in message:
            await request.hear(message)

    async def list_tools(self, *, seconds: float) -> list[dict[str, Any]]:
        """Every tool definition the server has, page by page.

        Raises:
            UpstreamAwayError: the server cannot be reached.
            UpstreamAnswerError: it answers with an error, or its pages do not end.
        """
        return await listed(self, self._server, "tools/list", seconds=seconds)


def result_of(message: Message) -> dict[str, Any]:
    """The result a response carries.

    Raises:
        UpstreamAnswerError: it carries an error, or nothing.
    """
    error = message.get("error")
    if isinstance(error, dict):
        code = error.get("code")
        raise UpstreamAnswerError(
            str(error.get("message", "error without a message")),
            code=code if isinstance(code, int) else None,
            data=error.get("data"),
        )
    result = message.get("result")
    if not isinstance(result, dict):
        raise UpstreamAnswerError("the result is not an object")
    return result
