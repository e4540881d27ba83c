"""A system that runs as a subprocess and speaks over its standard input and output, in either era."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from muster.gateway.conversations import Conversations
from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.exchange import NOBODY, Exchange
from muster.gateway.legacy import LegacySession
from muster.gateway.mcp_servers import StdioServer
from muster.gateway.modern import ModernClient
from muster.gateway.policy.files import LimitsPolicy
from muster.gateway.speaker import Served, Speaker
from muster.gateway.stdio_carrier import StdioCarrier
from muster.gateway.upstream import SpeakingUpstream

_MOST_PROCESSES = 16


class StdioUpstream(SpeakingUpstream):
    """Subprocesses with a minimal environment, shared where nobody is told what is another's.

    Nothing on a stdio stream says which call a log line is about, nor in the 2025 era a question: a caller
    who is told or asked such things has a process of its own.
    """

    def __init__(self, server: StdioServer, limits: LimitsPolicy, log_dir: Path) -> None:
        super().__init__(server.name, limits)
        self._server = server
        self._log = log_dir / f"upstream-{server.name}.log"
        self._processes = Conversations(server.name, self._begun, most=_MOST_PROCESSES)
        self._is_modern: bool | None = None

    @asynccontextmanager
    async def speaking(self, exchange: Exchange) -> AsyncIterator[Speaker]:
        """The caller's process, started when first needed and again after it died."""
        async with self._processes.of(await self._in_whose(exchange)) as process:
            try:
                yield process.speaker
            except UpstreamAwayError:
                if process.carrier.over is not None:
                    self._processes.forget(process)
                raise

    async def _in_whose(self, exchange: Exchange) -> Exchange:
        if exchange.owner is None:
            return NOBODY
        if self._is_modern is None:
            async with self._processes.of(NOBODY):
                pass
        return NOBODY if self._is_modern and exchange.log_level is None else exchange

    def end(self, owner: str) -> None:
        """End the processes of an owner who is gone."""
        self._processes.end(owner)

    async def close(self) -> None:
        """End the subprocesses."""
        await self._processes.close()

    async def _begun(self, exchange: Exchange) -> "_Process":
        seconds = self._limits.start_seconds
        if self._is_modern is not False:
            process = self._started(modern=True, exchange=exchange)
            try:
                await process.served(seconds=seconds)
            except UpstreamAnswerError:
                self._is_modern = False
            except UpstreamAwayError as error:
                await process.close()
                if not error.delivered or self._is_modern:
                    raise
                # a server of 2025 may end over, or never answer, what it does not know
                self._is_modern = False
            else:
                self._is_modern = True
                return process
            await process.close()
        process = self._started(modern=False, exchange=exchange)
        try:
            await process.served(seconds=seconds)
        except (UpstreamAwayError, UpstreamAnswerError):
            self._is_modern = None
            await process.close()
            raise
        return process

    def _started(self, *, modern: bool, exchange: Exchange) -> "_Process":
        carrier = StdioCarrier(self._server, self._log, line_bytes=self._limits.answer_bytes)
        if modern:
            client = ModernClient.over(self._server.name, carrier)
            carrier.beside = client.hear
            return _Process(carrier, client)
        capabilities = {} if exchange.owner is None else exchange.capabilities
        session = LegacySession(self._server.name, carrier, capabilities)
        carrier.beside = session.hear
        return _Process(carrier, session)


class _Process:
    """A subprocess and how it is spoken to."""

    def __init__(self, carrier: StdioCarrier, speaker: ModernClient | LegacySession) -> None:
        self.carrier = carrier
        self.speaker = speaker
        self.era = speaker.era

    async def served(self, *, seconds: float) -> Served:
        return await self.speaker.served(seconds=seconds)

    async def close(self) -> None:
        await self.speaker.close()
        await self.carrier.close()
