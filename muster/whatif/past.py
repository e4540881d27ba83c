"""A past period as it is recorded: its tasks, and every event that decided something about them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

import polars as pl

from muster.analysis.period import Period
from muster.analysis.tasks import task_rows
from muster.gateway.commitments import midnight
from muster.gateway.registration import Registration
from muster.ledger.events import ApprovalDecided, OutcomeScored, TaskQueued, ToolCallSettled
from muster.ledger.reader import LedgerReader
from muster.whatif import in_force
from muster.whatif.errors import NothingRecordedError, UnknownTeamError
from muster.whatif.in_force import InForce
from muster.whatif.recorded import Recorded, recorded

DECIDING: Final = (
    "task.queued",
    "run.started",
    "run.ended",
    "tool_call.intended",
    "tool_call.refused",
    "tool_call.settled",
    "approval.requested",
    "approval.decided",
    "escalation.raised",
    "delegation.answered",
    "outcome.scored",
)
MODEL_CALLS: Final = (
    "model_call.intended",
    "model_call.refused",
    "model_call.batched",
    "model_call.settled",
    "intent.abandoned",
)


@dataclass(frozen=True)
class Past:
    """What is known of a period; everything about it that a rule looks at was read once."""

    tasks: pl.DataFrame
    """`Tasks` that ended in the period or waited for a person's word in it; of the team asked for."""
    events: Sequence[Recorded]
    """Of `DECIDING`, in order, of every team: from the midnight (UTC) before the first of the tasks came."""
    in_force: InForce
    reader: LedgerReader = field(repr=False)
    began_at: datetime
    """The midnight the events begin with."""
    until: datetime | None = None
    """First moment left out; null: now."""

    @cached_property
    def model_calls(self) -> list[Recorded]:
        """The events of `MODEL_CALLS` from that midnight on, of every team.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        return list(_read(self.reader, MODEL_CALLS, self.began_at, self.until))

    @cached_property
    def task_ids(self) -> frozenset[str]:
        """The tasks the question is about."""
        return frozenset(self.tasks["task_id"])

    @cached_property
    def given(self) -> dict[str, str]:
        """By task: the text it came with."""
        return {
            entry.task_id: str((entry.event.content or {}).get("text", ""))
            for entry in self.events
            if isinstance(entry.event, TaskQueued) and entry.task_id is not None
        }

    @cached_property
    def attention(self) -> dict[str, int]:
        """By approval: the seconds a person gave to it, where they were recorded."""
        return {
            entry.event.approval_id: entry.event.attention_seconds
            for entry in self.events
            if isinstance(entry.event, ApprovalDecided) and entry.event.attention_seconds is not None
        }

    @cached_property
    def declined(self) -> frozenset[str]:
        """The intents (event ids) that their systems declined: they moved no money."""
        return frozenset(
            entry.event.intent_id
            for entry in self.events
            if isinstance(entry.event, ToolCallSettled)
            and entry.event.status == "tool_error"
            and entry.event.intent_id is not None
        )

    @cached_property
    def truths(self) -> dict[str, OutcomeScored]:
        """By task: the outcome held against the truth, where it was."""
        scored = ((entry.task_id, entry.event) for entry in self.events)
        return {
            task: event for task, event in scored if task is not None and isinstance(event, OutcomeScored)
        }


def read_past(
    reader: LedgerReader, registration: Registration, period: Period, team: str | None = None
) -> Past:
    """The period as it is recorded.

    Args:
        registration: which argument of a tool plays which part, as of today: the record does not keep it.
        team: ask about the work of this team only; the others' is read all the same, for budgets and sums.

    Raises:
        NothingRecordedError: no task ended or waited in the period.
        UnknownTeamError: none of the team did.
        LedgerUnavailableError, NotMigratedError: the record cannot be read.
        MirrorFileMissingError, MirrorUnavailableError: as `LedgerReader.scan`.
    """
    everybody = _tasks_of(reader, period)
    if everybody.is_empty():
        raise NothingRecordedError(
            "no task ended in the period", do="choose another with --since and --until"
        )
    tasks = everybody if team is None else everybody.filter(pl.col("team") == team)
    if tasks.is_empty():
        known = ", ".join(sorted(everybody["team"].unique()))
        raise UnknownTeamError(f"no task of a team {team} ended in the period", do=f"choose one of {known}")
    arrived = tasks.select(pl.min_horizontal(pl.col("queued_at").min(), pl.col("started_at").min())).item()
    began_at = midnight(arrived or tasks["ended_at"].min())  # type: ignore[arg-type]  # a datetime column
    return Past(
        tasks=tasks,
        events=[*_read(reader, DECIDING, began_at, period.until), *_scored_later(reader, period.until)],
        in_force=InForce(_read(reader, in_force.KINDS, None, None), registration),
        reader=reader,
        began_at=began_at,
        until=period.until,
    )


def _tasks_of(reader: LedgerReader, period: Period) -> pl.DataFrame:
    """Those that ended in the period, and those that still wait for a person's word."""
    at = pl.coalesce("ended_at", "started_at")
    counted = pl.col("status").is_in(["completed", "escalated", "failed"])
    held = (pl.col("status") == "waiting") & pl.col("waiting_for").str.starts_with("apr_")
    tasks = task_rows(reader.scan()).filter(counted | held)
    if period.since is not None:
        tasks = tasks.filter(at >= period.since)
    if period.until is not None:
        tasks = tasks.filter(at < period.until)
    return tasks.collect(engine="streaming")


def _scored_later(reader: LedgerReader, until: datetime | None) -> Iterator[Recorded]:
    """What was held against a truth after the period; whatever else came then is not asked about."""
    return iter(()) if until is None else _read(reader, ("outcome.scored",), until, None)


def _read(
    reader: LedgerReader, kinds: Sequence[str], since: datetime | None, until: datetime | None
) -> Iterator[Recorded]:
    for seq, body in reader.bodies(kinds, since, until):
        entry = recorded(seq, body)
        if entry is not None:
            yield entry
