"""What moved since the period before, and how many of such finds chance alone would make."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from muster.analysis.definitions import (
    ACCURACY,
    BY_ID,
    COMPLETION_RATE,
    DURABLE_RATE,
    ESCALATION_RATE,
    FAILURE_RATE,
    TIME_P50,
    TIME_P95,
    TOTAL_COST_COMPLETED,
    Kpi,
)
from muster.analysis.figures import figure, interval
from muster.analysis.human import HumanCost
from muster.analysis.intervals import CONFIDENCE
from muster.analysis.kpis import kpi_table, overview
from muster.analysis.period import Period
from muster.analysis.tasks import ended_tasks
from muster.analysis.trend import BUCKETS, CHANGES, changes, fitting_bucket

_LEAST: Final = 3
"""Values a line needs to be worth drawing."""
HEADLINES: Final = (
    COMPLETION_RATE,
    DURABLE_RATE,
    ESCALATION_RATE,
    FAILURE_RATE,
    ACCURACY,
    TIME_P50,
    TIME_P95,
    TOTAL_COST_COMPLETED,
)
"""What is compared: with every figure there is, the finds would mostly be chance's."""
USUAL: Final = timedelta(days=7)
"""What is compared where no period was chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One period beside the one before it, of one model source."""

    now: Period
    before: Period
    length: timedelta
    """How long each of the two is."""
    chosen: bool
    """Whether the reader chose the period; it is the last seven days where not."""
    changes: pl.DataFrame
    """`Changes`: the company's rows (team null), then each team's that ended a task now."""
    ended_now: int
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

    def of(self, kpi_id: str, team: str | None = None) -> dict[str, Any] | None:
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
    tables = [overview(one.lazy(), human, until, HEADLINES) for one in ended]
    moved = changes(*tables) if ended[0].height else CHANGES.empty()
    return Movement(
        now=now,
        before=before,
        length=until - start,
        chosen=since is not None,
        changes=moved,
        ended_now=ended[0].height,
        ended_before=ended[1].height,
    )


def signed(row: Mapping[str, Any]) -> str:
    """The difference of a row of `Changes` with its sign; shares in points."""
    return _difference(row["change"], row["unit"])


def bounds(row: Mapping[str, Any]) -> str:
    """The 95 % interval of the difference, each end with its sign."""
    return " to ".join(_difference(row[end], row["unit"]) for end in ("low", "high"))


def sentence(row: Mapping[str, Any]) -> str:
    """A row of `Changes` that is not unclear, as people say it, with the interval of the difference."""
    kpi, unit = BY_ID[row["kpi"]], row["unit"]
    low, high = sorted((abs(row["low"]), abs(row["high"])))
    ends = interval(low, high, unit).replace("\u00a0%", " points")
    was, now = (figure(row[name], unit) for name in ("before", "now"))
    return f"{kpi.name} {'rose' if row['change'] > 0 else 'fell'} from {was} to {now} (by {ends})"


def _difference(value: float, unit: str) -> str:
    size = f"{abs(value) * 100:.1f} points" if unit == "share" else figure(abs(value), unit)
    return f"{'+' if value >= 0 else '−'}{size}"


def recent(
    tasks: pl.DataFrame, human: HumanCost, kpis: tuple[Kpi, ...], now: datetime
) -> dict[str, list[float]]:
    """The values of each KPI in time, for a line without axes; empty where there are too few to draw.

    Frame in: `Tasks` of one model source. Buckets with too few tasks are passed over.

    Raises:
        FrameError: the frame is not a task frame.
    """
    lines: dict[str, list[float]] = {kpi.id: [] for kpi in kpis}
    for bucket in BUCKETS[BUCKETS.index(fitting_bucket(tasks.lazy())) :]:
        table = kpi_table(tasks.lazy(), human, every=bucket, now=now, only=kpis)
        told = table.drop_nulls("value").sort("starts_at").collect(engine="streaming")
        for name, values in lines.items():
            if len(values) < _LEAST:
                lines[name] = told.filter(kpi=name)["value"].to_list()
        if all(len(values) >= _LEAST for values in lines.values()):
            break
    return {name: values if len(values) >= _LEAST else [] for name, values in lines.items()}
