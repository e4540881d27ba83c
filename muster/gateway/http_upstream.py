"""A system reached over streamable HTTP, of either era."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from muster.gateway.conversations import Conversations
from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.exchange import Exchange
from muster.gateway.http_pool import HttpPool
from muster.gateway.legacy import LegacySession
from muster.gateway.legacy_http import LegacyHttpCarrier
from muster.gateway.mcp_servers import HttpServer
from muster.gateway.modern import ModernClient
from muster.gateway.policy.files import LimitsPolicy
from muster.gateway.protocol import UNSUPPORTED_VERSION
from muster.gateway.speaker import Speaker
from muster.gateway.upstream import SpeakingUpstream

_MOST_SESSIONS = 1_000


class HttpUpstream(SpeakingUpstream):
    """Asks once which era the server is of, and again when it was away or says it changed."""

    def __init__(self, server: HttpServer, http: HttpPool, limits: LimitsPolicy) -> None:
        super().__init__(server.name, limits)
        self._server = server
        self._http = http
        self._modern = ModernClient(
            server.name,
            server.url,
            http,
            headers=server.headers,
            answer_bytes=limits.answer_bytes,
            secrets=server.secrets,
        )
        self._sessions = Conversations(server.name, self._session, most=_MOST_SESSIONS)
        self._is_modern: bool | None = None
        self._has_sessions: bool | None = None
        self._asking = asyncio.Lock()

    @asynccontextmanager
    async def speaking(self, exchange: Exchange) -> AsyncIterator[Speaker]:
        """The client of the server's era: one for all where nothing is kept, else the caller's session."""
        try:
            if await self._asked() and not await self._has_session_for(exchange):
                yield self._modern
            else:
                async with self._sessions.of(exchange) as session:
                    yield session
        except UpstreamAwayError as error:
            self._is_modern = self._has_sessions = None
            if not error.delivered:
                await self._sessions.close()
            raise
        except UpstreamAnswerError as error:
            if error.code == UNSUPPORTED_VERSION:
                self._is_modern = None
            raise

    def end(self, owner: str) -> None:
        """Let go of the sessions of an owner who is gone."""
        self._sessions.end(owner)

    async def close(self) -> None:
        """End the sessions, if there are any."""
        await self._sessions.close()

    async def _asked(self) -> bool:
        if self._is_modern is None:
            async with self._asking:
                if self._is_modern is None:
                    self._is_modern = await self._answers_as_modern()
        return self._is_modern

    async def _has_session_for(self, exchange: Exchange) -> bool:
        """Whether a caller of the 2025 era can be served in its own: a server may speak both."""
        if not exchange.in_sessions or self._has_sessions is False:
            return False
        if self._has_sessions is None:
            async with self._sessions.of(exchange) as session:
                try:
                    await session.served(seconds=self._limits.connect_seconds)
                    self._has_sessions = True
                except UpstreamAnswerError:
                    self._has_sessions = False
                    self._sessions.forget(session)
        return self._has_sessions is True

    async def _answers_as_modern(self) -> bool:
        try:
            await self._modern.served(seconds=self._limits.connect_seconds)
        except UpstreamAnswerError:
            return False
        return True

    async def _session(self, exchange: Exchange) -> LegacySession:
        carrier = LegacyHttpCarrier(
            self._server.name,
            self._server.url,
            self._http,
            headers=self._server.headers,
            answer_bytes=self._limits.answer_bytes,
            secrets=self._server.secrets,
        )

        def listen(headers: Mapping[str, str]) -> None:
            carrier.listen(headers, session.hear)

        session = LegacySession(
            self._server.name,
            carrier,
            {} if exchange.owner is None else exchange.capabilities,
            listen=listen,
            end=carrier.close,
        )
        return session
