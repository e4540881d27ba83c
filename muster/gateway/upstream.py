"""What every system behind the gateway has in common, whichever way it is reached."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.exchange import NOBODY, CannotAskError, Exchange, Params
from muster.gateway.param_marks import ParamMarks
from muster.gateway.passed_method import PassedMethod
from muster.gateway.patience import Patience
from muster.gateway.policy.files import LimitsPolicy
from muster.gateway.protocol import param_headers
from muster.gateway.speaker import Served, Speaker, listed
from muster.gateway.tool import PinnedTool
from muster.ledger.intents import Intent

_INVALID_REQUEST = -32600
_MOST_ROUNDS = 32
"""So often may a system ask back before one request is answered."""
_FOLLOW_SECONDS = 86_400.0
_ROUND_SECONDS = 0.2
"""The pause before a system is asked again that wanted no answer, only to be asked again."""
_SESSIONS_ONLY = frozenset({"resources/subscribe", "resources/unsubscribe"})


class SpeakingUpstream(ABC):
    """A system that is asked through a speaker, and may ask back before it answers."""

    def __init__(self, server: str, limits: LimitsPolicy) -> None:
        self._name = server
        self._limits = limits
        self._patience = Patience(server, limits.retry_seconds)
        self._marks = ParamMarks()

    @abstractmethod
    def speaking(self, exchange: Exchange) -> AbstractAsyncContextManager[Speaker]:
        """The speaker for a caller."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of connections and subprocesses."""

    @abstractmethod
    def end(self, owner: str) -> None:
        """Let go of the conversations of an owner who is gone."""

    async def list_tools(self) -> list[dict[str, Any]]:
        """Every tool definition the server has now; see `Upstream`."""
        async with self._attempt(NOBODY) as speaker:
            return await listed(speaker, self._name, "tools/list", seconds=self._limits.call_seconds)

    async def served(self, exchange: Exchange) -> Served:
        """What the server says of itself; see `Upstream`."""
        async with self._attempt(exchange) as speaker:
            return await speaker.served(seconds=self._limits.call_seconds)

    async def look(self, method: str, params: Params, exchange: Exchange = NOBODY) -> dict[str, Any]:
        """A page of a list; see `Upstream`."""
        async with self._attempt(exchange) as speaker:
            return await speaker.request(method, params, seconds=self._limits.call_seconds, exchange=exchange)

    async def call(
        self,
        intent: Intent,
        tool: PinnedTool,
        arguments: Mapping[str, Any],
        meta: Mapping[str, Any],
        exchange: Exchange = NOBODY,
    ) -> dict[str, Any]:
        """The result of one call; see `Upstream`."""
        intent.begin()
        headers: Mapping[str, str] = {}
        if isinstance(tool, PassedMethod):
            method, params = tool.upstream_name, dict(arguments)
        else:
            method, params = "tools/call", {"name": tool.upstream_name, "arguments": arguments}
            if marks := self._marks.of(tool):
                headers = param_headers(marks, arguments)
        async with self._attempt(exchange) as speaker:
            if method in _SESSIONS_ONLY and speaker.era == "modern":
                return {}
            return await self._to_the_end(speaker, method, params, meta, headers, exchange)

    async def follow(
        self,
        filters: Params,
        hear: Callable[[str, Params], Awaitable[None]],
        exchange: Exchange,
    ) -> bool:
        """Hear of changes until cancelled; see `Upstream`."""
        following = _Following(exchange, hear)
        async with self._attempt(following) as speaker:
            if speaker.era == "modern":
                params = {"notifications": dict(filters)}
                await speaker.request(
                    "subscriptions/listen", params, seconds=_FOLLOW_SECONDS, exchange=following
                )
                return True
            await self._subscribed(speaker, filters.get("resourceSubscriptions") or (), exchange)
            return False

    async def _subscribed(self, speaker: Speaker, uris: Sequence[str], exchange: Exchange) -> None:
        """Keep a session of the 2025 era open, subscribed to those resources, until cancelled."""
        seconds = self._limits.call_seconds
        await speaker.served(seconds=seconds)
        for uri in uris:
            await speaker.request("resources/subscribe", {"uri": uri}, seconds=seconds, exchange=exchange)
        try:
            await asyncio.Event().wait()
        finally:
            with suppress(UpstreamAwayError, UpstreamAnswerError):
                for uri in uris:
                    await speaker.request(
                        "resources/unsubscribe", {"uri": uri}, seconds=seconds, exchange=exchange
                    )

    async def _to_the_end(
        self,
        speaker: Speaker,
        method: str,
        params: dict[str, Any],
        meta: Mapping[str, Any],
        headers: Mapping[str, str],
        exchange: Exchange,
    ) -> dict[str, Any]:
        """Ask, put what the system asks back to the caller, and ask again with the answers."""
        sent = {**params, **exchange.first_words}
        for _ in range(_MOST_ROUNDS):
            result = await speaker.request(
                method,
                sent,
                seconds=self._limits.call_seconds,
                meta=meta,
                headers=headers,
                exchange=exchange,
            )
            if result.get("resultType") != "input_required":
                return result
            questions = result.get("inputRequests") or {}
            try:
                answers = await exchange.ask(questions)
            except CannotAskError as error:
                raise UpstreamAnswerError(
                    f"{self._name} asks back: {error}", code=_INVALID_REQUEST
                ) from error
            if not questions:
                await asyncio.sleep(_ROUND_SECONDS)
            sent = {**params, "inputResponses": answers} if questions else dict(params)
            if "requestState" in result:
                sent["requestState"] = result["requestState"]
        raise UpstreamAnswerError(f"{self._name} does not stop asking back")

    @asynccontextmanager
    async def _attempt(self, exchange: Exchange) -> AsyncIterator[Speaker]:
        async with self._patience.attempt(), self.speaking(exchange) as speaker:
            yield speaker


class _Following(Exchange):
    """The caller's side of a subscription: everything on its stream is about changes."""

    follows = True

    def __init__(self, caller: Exchange, hear: Callable[[str, Params], Awaitable[None]]) -> None:
        self.owner = caller.owner
        self.capabilities = caller.capabilities
        self.in_sessions = caller.in_sessions
        self._hear = hear

    async def tell(self, method: str, params: Params) -> None:
        await self._hear(method, params)
