"""Messages over a subprocess's standard input and output, one a line; all callers share the two streams."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import orjson

from muster.gateway.carrier import Hear, Message
from muster.gateway.environment import launch_of
from muster.gateway.errors import UpstreamAwayError
from muster.gateway.masking import Mask
from muster.gateway.mcp_servers import StdioServer
from muster.gateway.protocol import SUBSCRIPTION_META_KEY
from muster.gateway.sse import parsed

_LEAVE_SECONDS = 2.0
"""How long a server may take to end after its input closed, and again after it was told to."""


class StdioCarrier:
    """Starts the server when first needed; a carrier whose server died is done with."""

    def __init__(self, server: StdioServer, log: Path, *, line_bytes: int) -> None:
        self._server = server
        self._log = log
        self._line_bytes = line_bytes
        self._mask = Mask(server.secrets)
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[int | str, tuple[asyncio.Future[Message], Hear]] = {}
        self._starting = asyncio.Lock()
        self.over: str | None = None
        """Why the server can be reached no more; null while it can."""
        self.beside: Callable[[Message], Awaitable[None]] | None = None
        """Who takes what is no response."""

    async def request(self, message: Message, _headers: Mapping[str, str], hear: Hear) -> Message:
        """The response to `message`; see `Carrier`. What belongs to a subscription goes to its own `hear`."""
        await self._started()
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[message["id"]] = (answer, hear)
        try:
            await self._write(message)
            return await answer
        except asyncio.CancelledError:
            self._call_off(message)
            raise
        finally:
            self._waiting.pop(message["id"], None)

    async def send(self, message: Message, _headers: Mapping[str, str]) -> None:
        """Deliver a message that gets no response; see `Carrier`."""
        await self._started()
        await self._write(message)

    async def close(self) -> None:
        """End the subprocess: close its input, then ask it, then make it."""
        self.over = self.over or "it was closed"
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        for how in (None, signal.SIGTERM, signal.SIGKILL):
            if how is not None:
                _signal(process, how)
            try:
                async with asyncio.timeout(_LEAVE_SECONDS):
                    await process.wait()
                    break
            except TimeoutError:
                continue
        _signal(process, signal.SIGKILL)  # what it started and left behind
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    async def _started(self) -> None:
        async with self._starting:
            if self.over is not None:
                raise UpstreamAwayError(self._server.name, self.over, delivered=False)
            if self._process is None:
                self._process = await self._start()
                self._reading = asyncio.create_task(self._read(self._process))

    async def _start(self) -> asyncio.subprocess.Process:
        try:
            launch = await asyncio.to_thread(launch_of, self._server)
            with self._mask.log(self._log) as errors:
                return await asyncio.create_subprocess_exec(
                    launch.command,
                    *launch.args,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=errors,
                    env=launch.env,
                    cwd=launch.cwd,
                    start_new_session=True,
                    limit=self._line_bytes,
                )
        except OSError as error:
            self.over = (
                f"{self._mask.text(self._server.command)} cannot be started: {error.strerror or error}"
            )
            raise UpstreamAwayError(self._server.name, self.over, delivered=False) from error

    async def _write(self, message: Message) -> None:
        stream = None if self._process is None else self._process.stdin
        if stream is None:
            raise UpstreamAwayError(self._server.name, self.over or "it is closed", delivered=False)
        try:
            stream.write(orjson.dumps(message) + b"\n")
            await stream.drain()
        except (OSError, RuntimeError) as error:
            raise UpstreamAwayError(self._server.name, "it does not read any more", delivered=True) from error

    def _call_off(self, message: Message) -> None:
        """Say, without waiting, that nobody waits for the answer any more."""
        stream = None if self._process is None else self._process.stdin
        if stream is not None and not stream.is_closing():
            params = {"requestId": message["id"], "reason": "the caller no longer waits"}
            told = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}
            stream.write(orjson.dumps(told) + b"\n")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        stream = process.stdout
        why = "it ended"
        try:
            while stream is not None and (line := await stream.readline()):
                message = parsed(line)
                if message is not None:
                    await self._take(self._mask.value(message))
        except ValueError:
            why = f"its answer is larger than {self._line_bytes} bytes"
            _signal(process, signal.SIGKILL)
        self.over = why
        for answer, _ in self._waiting.values():
            if not answer.done():
                answer.set_exception(UpstreamAwayError(self._server.name, why, delivered=True))

    async def _take(self, message: Message) -> None:
        if "method" not in message:
            waiting = self._waiting.get(message.get("id", ""))
            if waiting is not None and not waiting[0].done():
                waiting[0].set_result(message)
            return
        meta = (message.get("params") or {}).get("_meta") or {}
        subscribed = self._waiting.get(meta.get(SUBSCRIPTION_META_KEY, ""))
        if subscribed is not None:
            await subscribed[1](message)
        elif self.beside is not None:
            await self.beside(message)


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Send to the whole group: a server may have started others."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return
