"""Many writers at once share commits: whoever comes while one commit is under way goes with the next."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import psycopg

from muster.ledger.batch import Act
from muster.ledger.errors import LedgerUnavailableError


@dataclass(frozen=True, slots=True)
class Written:
    """What became of an act."""

    verdict: str
    """`ok`, `budget`, `paused` or `closed`."""
    detail: list[str]


Write = Callable[[list[Act]], Awaitable[list[Written]]]
"""Commits acts in one transaction and says what became of each, in order."""
_Waiting = tuple[Act, asyncio.Future[Written]]


class GroupCommit:
    """Gathers acts into batches; an act that comes alone is written at once."""

    def __init__(self, write: Write, most: int = 64) -> None:
        """
        Args:
            most: acts in one commit.
        """
        self._write = write
        self._most = most
        self._waiting: deque[_Waiting] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._alone = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def submit(self, act: Act) -> Written:
        """What became of `act`, when that is committed.

        A caller that is cancelled while it waits takes its act back, unless it is already being written.

        Raises:
            LedgerUnavailableError: the database is away.
            psycopg.Error: the database does not take this act.
        """
        if self._writer is None and not self._alone:
            return await self._write_alone(act)
        future: asyncio.Future[Written] = asyncio.get_running_loop().create_future()
        self._waiting.append((act, future))
        return await future

    async def close(self) -> None:
        """Returns when everything that was submitted is written."""
        await self._idle.wait()

    async def _write_alone(self, act: Act) -> Written:
        """Writes an act that nobody else has to wait with; whoever came meanwhile is written after it."""
        self._alone = True
        self._idle.clear()
        try:
            [written] = await self._write([act])
            return written
        finally:
            self._alone = False
            if self._waiting:
                self._writer = asyncio.create_task(self._write_all())
            else:
                self._idle.set()

    async def _write_all(self) -> None:
        try:
            while batch := self._next_batch():
                await self._write_batch(batch)
        finally:
            self._writer = None
            self._idle.set()
            for _, future in self._waiting:  # only when the loop is being torn down
                future.cancel()
            self._waiting.clear()

    def _next_batch(self) -> list[_Waiting]:
        """The longest-waiting acts, one a run at most: the chain of a run has one place an act."""
        batch: list[_Waiting] = []
        later: list[_Waiting] = []
        runs: set[str] = set()
        while self._waiting and len(batch) < self._most:
            act, future = self._waiting.popleft()
            if future.cancelled():
                continue
            run_id = act["run_id"]
            if run_id in runs:
                later.append((act, future))
                continue
            if run_id is not None:
                runs.add(run_id)
            batch.append((act, future))
        self._waiting.extendleft(reversed(later))
        return batch

    async def _write_batch(self, batch: list[_Waiting]) -> None:
        error: BaseException = LedgerUnavailableError.because(RuntimeError("the writer was stopped"))
        written: list[Written] | None = None
        try:
            written = await self._write([act for act, _ in batch])
        except LedgerUnavailableError as away:
            error = away
        except psycopg.Error as refused:
            if len(batch) > 1:  # one act that the database does not take must not hold up the others
                for waiting in batch:
                    await self._write_batch([waiting])
                return
            error = refused
        finally:
            for place, (_, future) in enumerate(batch):
                if not future.done():
                    if written is not None:
                        future.set_result(written[place])
                    else:
                        future.set_exception(error)
