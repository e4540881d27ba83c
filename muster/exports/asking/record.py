"""What questions are answered from: the record, through a reader that has no right to write."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from muster.analysis.human import HumanCost
from muster.analysis.period import Period
from muster.analysis.picture import Picture, pictures
from muster.analysis.ready import ReadyFrames
from muster.core.clock import Clock
from muster.core.moments import moment
from muster.exports.errors import ExportRequestError
from muster.ledger.reader import LedgerReader


@dataclass(frozen=True, slots=True)
class Record:
    """One company's record."""

    frames: Callable[[], ReadyFrames]
    """The ready-made frames as of now, as `FrameStore` gives them."""
    reader: LedgerReader
    """For whole events."""
    clock: Clock
    people: Callable[[], HumanCost]
    """What people's time costs, as of now."""

    @property
    def human(self) -> HumanCost:
        """What people's time costs.

        Raises:
            MusterError: the assumptions cannot be read.
        """
        return self.people()

    def period(self, since: str | None, until: str | None) -> Period:
        """The stretch of time between two moments as people write them.

        Raises:
            SinceError: one of them is in no form that is known.
            ExportRequestError: the period ends before it begins.
        """
        now = self.clock.now()
        begin = None if since is None else moment(since, now, where="since")
        end = None if until is None else moment(until, now, where="until")
        if begin is not None and end is not None and begin >= end:
            raise ExportRequestError(
                "the period ends before it begins", where="since, until", do="give an until after since"
            )
        return Period(begin, end)

    def pictures(self, period: Period, team: str | None) -> list[Picture]:
        """The figures of each model source, real ones first.

        Raises:
            ExportRequestError: no task is of this team.
            MusterError: the record cannot be read.
        """
        frames = self.frames()
        if team is not None:
            _check_team(frames, team)
        return pictures(frames, human=self.human, now=self.clock.now(), period=period, team=team)

    def tasks(self) -> pl.LazyFrame:
        """`Tasks`, as they are now.

        Raises:
            MusterError: the record cannot be read.
        """
        return self.frames().tasks.lazy()

    def events_of(self, task_id: str) -> list[dict[str, Any]]:
        """The whole events of a task.

        Raises:
            ExportRequestError: the record has no event of it.
            MusterError: the record cannot be read.
        """
        events = self.reader.task_events(task_id)
        if not events:
            raise ExportRequestError(
                f"the record knows no task {task_id[:80]!r}", where="task_id", do="find tasks with search"
            )
        return events

    @property
    def as_of(self) -> datetime:
        """When the answer is given, UTC."""
        return self.clock.now()


def _check_team(frames: ReadyFrames, team: str) -> None:
    names = sorted(frames.tasks["team"].unique())
    if team not in names:
        raise ExportRequestError(
            f"the record knows no team {team[:80]!r}",
            where="team",
            do=f"name one of: {', '.join(names) or 'none yet'}",
        )
