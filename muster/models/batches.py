"""Questions nobody waits for go out together, at half the price; each answer is fetched when it is ready.

What went out is recorded before it is waited for: whoever takes the work over fetches the answer that was
paid for and does not ask again.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.events import ModelCallBatched
from muster.ledger.postgres import PostgresLedger
from muster.models.client import BatchClient, BatchEntry, ModelAnswer
from muster.models.errors import ModelCallError

log = logging.getLogger(__name__)

OPEN_SECONDS = 25 * 3600
"""How long an intent of a batch may be without an outcome; a batch ends after 24 hours at the latest."""


@dataclass(frozen=True, slots=True)
class BatchedCall:
    """A question that is in a batch already."""

    batch_id: str
    custom_id: str
    model: str
    request_sha256: str

    @classmethod
    def of(cls, event: ModelCallBatched) -> Self:
        """The question as it was recorded."""
        return cls(event.batch_id, event.custom_id, event.model, event.request_sha256)


@dataclass(frozen=True, slots=True)
class BatchPatience:
    """How long questions are gathered, and how often their batch is looked at."""

    gather_seconds: float = 1.0
    """From the first question on."""
    most: int = 100
    """Questions in one batch."""
    first_look_seconds: float = 1.0
    longest_look_seconds: float = 60.0
    """Each pause is half as long again as the one before, up to this."""


class UnknownBatchError(ModelCallError):
    """The model server does not know a batch it once took; its questions have to be asked again."""

    def __init__(self, batch_id: str) -> None:
        super().__init__(
            f"the model server does not know the batch {batch_id}",
            error_type="batch_unknown",
            error_class="server_error",
        )


_Answer = asyncio.Future[ModelAnswer]


@dataclass(slots=True)
class _Asked:
    """A question that waits to be sent, and whoever waits for its answer."""

    entry: BatchEntry
    request_sha256: str
    answer: _Answer


@dataclass(slots=True)
class _Batch:
    """A batch that is under way."""

    waiting: defaultdict[str, list[_Answer]] = field(default_factory=lambda: defaultdict(list))
    """By the question's name in the batch."""
    unrecorded: list[_Asked] = field(default_factory=list)

    @property
    def is_awaited(self) -> bool:
        return any(not answer.done() for answers in self.waiting.values() for answer in answers)


class BatchDesk:
    """Gathers questions, sends them together, and gives each its answer."""

    def __init__(
        self, ledger: PostgresLedger, client: BatchClient, patience: BatchPatience | None = None
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._patience = patience or BatchPatience()
        self._gathered: list[_Asked] = []
        self._full = asyncio.Event()
        self._batches: dict[str, _Batch] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def answer(self, entry: BatchEntry, request_sha256: str) -> ModelAnswer:
        """The answer to a question that goes out with the next batch.

        A caller that is cancelled leaves the batch as it is; its answer can be fetched later.

        Raises:
            ModelCallError: the batch was not taken, or ended without an answer to this question.
        """
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._gathered.append(_Asked(entry, request_sha256, answer))
        if len(self._gathered) == 1:
            self._full.clear()
            self._start(self._gather())
        if len(self._gathered) >= self._patience.most:
            self._full.set()
        return await answer

    async def fetch(self, begun: BatchedCall) -> ModelAnswer:
        """The answer to a question that went out before, perhaps by another worker.

        Raises:
            UnknownBatchError: the server does not know its batch any more.
            ModelCallError: the batch ended without an answer to this question.
        """
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._watch(begun.batch_id).waiting[begun.custom_id].append(answer)
        return await answer

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _gather(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._full.wait(), self._patience.gather_seconds)
        gathered, self._gathered = self._gathered, []
        wanted = [asked for asked in gathered if not asked.answer.done()]
        if not wanted:
            return
        try:
            batch_id = await self._client.send_batch([asked.entry for asked in wanted])
        except ModelCallError as error:
            _fail((asked.answer for asked in wanted), error)
            return
        except BaseException as error:  # nobody is left waiting, whatever it was
            _fail((asked.answer for asked in wanted), error)
            raise
        batch = self._watch(batch_id)
        batch.unrecorded.extend(wanted)
        for asked in wanted:
            batch.waiting[asked.entry.custom_id].append(asked.answer)

    def _watch(self, batch_id: str) -> _Batch:
        """The batch, looked at from now on."""
        batch = self._batches.get(batch_id)
        if batch is None:
            batch = self._batches[batch_id] = _Batch()
            self._start(self._look(batch_id, batch))
        return batch

    async def _look(self, batch_id: str, batch: _Batch) -> None:
        pause_seconds = self._patience.first_look_seconds
        try:
            await self._record(batch_id, batch)
            while batch.is_awaited or batch.unrecorded:
                if batch.is_awaited and await self._handed_out(batch_id, batch):
                    return
                await asyncio.sleep(pause_seconds)
                pause_seconds = min(pause_seconds * 1.5, self._patience.longest_look_seconds)
                await self._record(batch_id, batch)
        except BaseException as error:
            _fail(_all(batch), error)
            raise
        finally:
            del self._batches[batch_id]

    async def _handed_out(self, batch_id: str, batch: _Batch) -> bool:
        """Whether the batch has ended and everybody has their answer."""
        try:
            if await self._client.batch_state(batch_id) != "ended":
                return False
            answers = await self._client.batch_answers(batch_id)
        except ModelCallError as error:
            if error.error_type == "not_found_error":
                _fail(_all(batch), UnknownBatchError(batch_id))
                return True
            log.warning(
                "batch %s: %s", batch_id, error
            )  # it was paid for: whatever this is, it is looked at again
            return False
        for custom_id, waiting in batch.waiting.items():
            answer = answers.get(custom_id) or UnknownBatchError(batch_id)
            if isinstance(answer, ModelCallError):
                _fail(waiting, answer)
                continue
            for one in waiting:
                if not one.done():
                    one.set_result(answer)
        return True

    async def _record(self, batch_id: str, batch: _Batch) -> None:
        """Record what went out; what the ledger cannot take now is recorded at the next look."""
        while batch.unrecorded:
            asked = batch.unrecorded[0]
            intent = asked.entry.intent
            event = ModelCallBatched(
                call_id=intent.call_id,
                intent_id=intent.event_id,
                batch_id=batch_id,
                custom_id=asked.entry.custom_id,
                model=asked.entry.choice.model,
                request_sha256=asked.request_sha256,
            )
            try:
                await self._ledger.append(event, intent.where)
            except LedgerUnavailableError as error:
                log.warning("batch %s is not recorded yet: %s", batch_id, error)
                return
            batch.unrecorded.remove(asked)


def _all(batch: _Batch) -> Iterable[_Answer]:
    return [answer for waiting in batch.waiting.values() for answer in waiting]


def _fail(answers: Iterable[_Answer], error: BaseException) -> None:
    for answer in answers:
        if answer.done():
            continue
        if isinstance(error, asyncio.CancelledError):
            answer.cancel()
        else:
            answer.set_exception(error)
