"""What moved since the period before, and how many of such finds chance alone would make."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from muster.analysis.human import HumanCost
from muster.analysis.intervals import CONFIDENCE
from muster.analysis.kpis import overview
from muster.analysis.period import Period
from muster.analysis.tasks import ended_tasks
from muster.analysis.trend import CHANGES, changes

USUAL: Final = timedelta(days=7)
"""What is compared where no period was chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One period beside the one before it, of one model source."""

    now: Period
    before: Period
    length: timedelta
    """How long each of the two is."""
    changes: pl.DataFrame
    """`Changes`: the company's rows (team null), then each team's that ended a task now."""
    ended_before: int
    """Tasks that ended in the period before."""

    @property
    def compared(self) -> int:
        """How many figures could be compared: enough tasks in both periods."""
        return self.changes.drop_nulls("low").height

    @property
    def by_chance(self) -> float:
        """How many of them would seem to have moved if nothing had."""
        return self.compared * (1 - CONFIDENCE)

    @property
    def moved(self) -> pl.DataFrame:
        """`Changes` beyond what chance explains: the company's first, worse ones first."""
        clear = self.changes.filter(pl.col("verdict") != "unclear")
        return clear.sort(
            pl.col("team").is_not_null(), pl.col("verdict") == "better", "team", maintain_order=True
        )

    def of(self, kpi_id: str, team: str | None = None) -> dict[str, object] | None:
        """One figure's row of `changes`; None when it is not there or cannot be compared."""
        rows = self.changes.filter(
            pl.col("kpi") == kpi_id, pl.col("team").eq_missing(pl.lit(team)), pl.col("low").is_not_null()
        )
        return rows.row(0, named=True) if rows.height else None


def movement(tasks: pl.DataFrame, human: HumanCost, *, since: datetime | None, until: datetime) -> Movement:
    """The period from `since` to `until` beside the one of the same length before it.

    Frame in: `Tasks` of one model source, of whichever teams are looked at. Without `since` it is the last
    seven days.

    Raises:
        FrameError: the frame is not a task frame.
    """
    start = until - USUAL if since is None else since
    now, before = Period(start, until), Period(start - (until - start), start)
    ended = [ended_tasks(tasks.lazy(), one.since, one.until).collect() for one in (now, before)]
    tables = [overview(one.lazy(), human) for one in ended]
    moved = changes(*tables) if ended[0].height else CHANGES.empty()
    return Movement(now=now, before=before, length=until - start, changes=moved, ended_before=ended[1].height)
