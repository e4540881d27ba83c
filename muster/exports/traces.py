"""Sends the traces of ended tasks to a collector, batch by batch, and keeps what was taken."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from muster.analysis.period import Period
from muster.exports.collector import Collector
from muster.exports.cursor import CursorFile
from muster.exports.errors import CollectorAwayError, CollectorRefusedError, ExportRequestError
from muster.exports.otlp import request
from muster.exports.spans import task_spans
from muster.ledger.reader import LedgerReader

BATCH: Final = 100
"""Tasks in one request."""
_TELLING: Final = ("task.ended", "outcome.scored", "escalation.answered", "task.confirmed", "task.reopened")
"""Kinds after which a trace is sent, or sent again: the end, and what comes to be known after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a collector took."""

    tasks: int = 0
    spans: int = 0
    up_to_seq: int = 0
    """The place in the ledger's order up to which all was sent; 0 when nothing was."""
    still_open: int = 0
    """Tasks that are not sent because they have not ended."""


@dataclass(frozen=True, slots=True)
class _Due:
    """A task to be sent, and the places in the ledger's order that say so."""

    task_id: str
    seqs: list[int]


class TraceExport:
    """One collector's view of the record."""

    def __init__(
        self,
        reader: LedgerReader,
        collector: Collector,
        *,
        origin: str,
        content: bool = False,
        batch: int = BATCH,
        told: Callable[[Sent], None] = lambda _: None,
    ) -> None:
        """
        Args:
            origin: the name the record is sealed under.
            content: also what was said.
            batch: tasks in one request.
            told: is called after each request that was taken.
        """
        self._reader = reader
        self._collector = collector
        self._origin = origin
        self._content = content
        self._batch = batch
        self._told = told

    def tasks(self, task_ids: Sequence[str]) -> Sent:
        """Send these tasks as they are now, open ones too.

        Raises:
            ExportRequestError: the ledger knows no such task; nothing was sent.
            CollectorAwayError, CollectorRefusedError: as `Collector.send` does.
        """
        events = self._reader.events_of(task_ids)
        unknown = [task_id for task_id, mine in events.items() if not mine]
        if unknown:
            raise ExportRequestError(
                f"the ledger knows no task {', '.join(unknown)}",
                where="--task",
                do="list tasks with: muster intake status",
            )
        spans = [span for mine in events.values() for span in task_spans(mine, content=self._content)]
        self._collector.send(request(spans, origin=self._origin))
        return Sent(tasks=len(events), spans=len(spans))

    def period(self, period: Period, *, after: int = 0) -> Sent:
        """Send the tasks of which something came to be known in the period, their end above all.

        Args:
            after: a place in the ledger's order; only what came after it is looked at.

        Raises:
            CollectorAwayError, CollectorRefusedError: as `Collector.send` does; it says how to go on.
            MusterError: the record cannot be read.
        """
        sent = Sent(up_to_seq=after)
        for batch in self._batches(self._due(period, pl.col("seq") > after)):
            try:
                sent = self._send(batch, sent)
            except (CollectorAwayError, CollectorRefusedError) as error:
                raise _stopped(error, sent, f"--after {sent.up_to_seq}") from error
        return sent

    def what_is_new(self, cursor_file: CursorFile) -> Sent:
        """Send what the collector has not yet, and keep up to where that is after each request.

        Raises:
            CollectorAwayError, CollectorRefusedError: as `Collector.send` does; what was taken is kept.
            ExportFileError: what was sent so far cannot be read.
            FileNotKeptError: it cannot be kept.
            MusterError: the record cannot be read.
        """
        cursor = cursor_file.read()
        lacking = (pl.col("seq") > cursor.after) & ~pl.col("seq").is_in(sorted(cursor.recent))
        sent = Sent(up_to_seq=cursor.seq)
        for batch in self._batches(self._due(Period(), lacking)):
            try:
                sent = self._send(batch, sent)
            except (CollectorAwayError, CollectorRefusedError) as error:
                raise _stopped(error, sent, "the same command") from error
            cursor = cursor.with_sent([seq for due in batch for seq in due.seqs])
            cursor_file.write(cursor)
        return sent

    def _due(self, period: Period, condition: pl.Expr) -> list[_Due]:
        """The tasks to be sent, in the order of what came to be known of them last."""
        scan = self._reader.scan(_TELLING, period.since, period.until)
        telling = scan.filter(condition & pl.col("task_id").is_not_null()).select("seq", "task_id")
        by_task = telling.group_by("task_id").agg(pl.col("seq").sort()).sort(pl.col("seq").list.last())
        return [_Due(*row) for row in by_task.collect(engine="streaming").iter_rows()]

    def _batches(self, due: list[_Due]) -> Iterator[list[_Due]]:
        for start in range(0, len(due), self._batch):
            yield due[start : start + self._batch]

    def _send(self, batch: list[_Due], sent: Sent) -> Sent:
        events = self._reader.events_of([due.task_id for due in batch])
        ended = [mine for mine in events.values() if any(event["kind"] == "task.ended" for event in mine)]
        spans = [span for mine in ended for span in task_spans(mine, content=self._content)]
        if spans:
            self._collector.send(request(spans, origin=self._origin))
        sent = replace(
            sent,
            tasks=sent.tasks + len(ended),
            spans=sent.spans + len(spans),
            still_open=sent.still_open + len(events) - len(ended),
            up_to_seq=max(sent.up_to_seq, batch[-1].seqs[-1]),
        )
        self._told(sent)
        return sent


def _stopped(
    error: CollectorAwayError | CollectorRefusedError, sent: Sent, go_on: str
) -> CollectorAwayError | CollectorRefusedError:
    """The same error, saying what was taken and how to go on."""
    what = f"{error.what}; {sent.tasks} tasks were taken before"
    return type(error)(what, where=error.where, do=f"{error.do}; go on with {go_on}", **error.fields)
