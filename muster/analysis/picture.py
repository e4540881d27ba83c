"""Everything a page, a report or the terminal shows of one period and one model source, computed together."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import polars as pl

from muster.analysis.agents import agent_rows
from muster.analysis.attention import attention
from muster.analysis.costs import cost_table
from muster.analysis.definitions import BY_ID
from muster.analysis.escalations import reasons
from muster.analysis.human import HumanCost
from muster.analysis.kpis import Bucket, kpi_table, overview
from muster.analysis.period import Period
from muster.analysis.ready import ReadyFrames, frames_of
from muster.analysis.tasks import MIXED_MODELS, NO_MODEL, ended_tasks, open_tasks
from muster.analysis.trend import BUCKETS, fitting_bucket

__all__ = ["Period", "Picture", "model_sources", "pictures"]

_ORDER: Final = ("claude", "rehearsal", MIXED_MODELS, NO_MODEL)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The frames of one model source and one period; each is described where it is made."""

    model_source: str
    period: Period
    now: datetime
    """Up to when the record is known, UTC."""
    human: HumanCost
    ended: pl.DataFrame
    """`Tasks` that ended in the period."""
    open: pl.DataFrame
    """`Tasks` open now, whatever the period."""
    table: pl.DataFrame
    """`KPI table`: the company's rows (team null), then each team's."""
    costs: pl.DataFrame
    """`Costs` of the ended tasks: the company's row (team null), then each team's."""
    escalations: pl.DataFrame
    """`Escalations` of the ended tasks."""
    reasons: pl.DataFrame
    """`Escalation reasons`: the company's (team null), then each team's."""
    work: pl.DataFrame
    """`Agent work` of all tasks, whatever the period."""
    attention: pl.DataFrame
    """`Attention`: what to look at, worst first."""

    @cached_property
    def agents(self) -> pl.DataFrame:
        """`Agents` over the ended tasks; made when it is first asked for, as most readers never do."""
        return agent_rows(self.work.lazy(), self.ended.lazy()).collect()

    @property
    def teams(self) -> list[str]:
        """The teams that ended a task, in alphabetical order."""
        return sorted(self.ended["team"].unique())

    @property
    def attention_label(self) -> str:
        """What people's time is taken to be, and how much of the period's minutes was measured."""
        company = self.of_team(self.costs, None).select(pl.col("human_minutes", "measured_minutes").sum())
        return self.human.label_of(*company.row(0))

    def kpi(self, kpi_id: str, team: str | None = None) -> dict[str, Any]:
        """n, value, low, high and unit of one KPI; n 0 and no value when nothing ended."""
        rows = self.table.filter(pl.col("kpi") == kpi_id, pl.col("team").eq_missing(pl.lit(team)))
        blank = {"kpi": kpi_id, "unit": "", "n": 0, "value": None, "low": None, "high": None}
        return rows.row(0, named=True) if rows.height else blank

    def count(self, status: str) -> int:
        """How many of the ended tasks ended so."""
        return int((self.ended["status"] == status).sum())

    def of_team(self, frame: pl.DataFrame, team: str | None) -> pl.DataFrame:
        """The rows of `frame` that are `team`'s; the company's own when it is None."""
        return frame.filter(pl.col("team").eq_missing(pl.lit(team)))

    def trend(self, kpi_id: str, every: Bucket | None = None) -> tuple[Bucket, pl.DataFrame]:
        """One KPI's rows of the company's `KPI table` in buckets.

        Where not told, the buckets fit the period, or are the next wider ones of which one has enough tasks.
        """
        tasks = self.ended.lazy()
        tried = BUCKETS[BUCKETS.index(fitting_bucket(tasks)) :] if every is None else (every,)
        for bucket in tried:
            rows = kpi_table(tasks, self.human, every=bucket, now=self.now, only=[BY_ID[kpi_id]]).collect()
            if rows["value"].is_not_null().any():
                break
        return bucket, rows


def model_sources(tasks: pl.DataFrame) -> list[str]:
    """The model sources that ended tasks, real ones first."""
    seen = (
        ended_tasks(tasks.lazy()).select(pl.col("model_source").unique()).collect()["model_source"].to_list()
    )
    return sorted(seen, key=lambda name: (_ORDER.index(name) if name in _ORDER else 0, name))


def pictures(
    record: pl.LazyFrame | pl.DataFrame | ReadyFrames,
    *,
    human: HumanCost,
    now: datetime,
    period: Period | None = None,
    team: str | None = None,
) -> list[Picture]:
    """The picture of each model source that ended a task in the period, real ones first.

    The period is applied to the tasks' ends, never to events, so that no task is cut in two.

    Args:
        record: ready-made frames, or `Events` of whole tasks, of which they are then made.

    Raises:
        FrameError: the frame is not an event frame.
    """
    within, frames = period or Period(), frames_of(record)
    tasks = frames.tasks if team is None else frames.tasks.filter(pl.col("team") == team)
    ended = ended_tasks(tasks.lazy(), within.since, within.until).collect()
    waiting = open_tasks(tasks.lazy()).collect()
    stopped = _within(frames.interruptions, within, team)
    return [
        _picture(frames, source, _Scope(human, now, within, ended, waiting, stopped))
        for source in model_sources(ended)
    ]


@dataclass(frozen=True, slots=True)
class _Scope:
    """What the pictures of one request share."""

    human: HumanCost
    now: datetime
    period: Period
    ended: pl.DataFrame
    waiting: pl.DataFrame
    stopped: pl.DataFrame


def _picture(frames: ReadyFrames, source: str, scope: _Scope) -> Picture:
    ended = scope.ended.filter(pl.col("model_source") == source)
    waiting = scope.waiting.filter(pl.col("model_source").is_in([source, NO_MODEL]))
    unreached = scope.ended.filter(pl.col("model_source") == NO_MODEL)
    raised = frames.escalations.join(ended, on="task_id", how="semi", maintain_order="left")
    human = scope.human
    costs = [cost_table(ended.lazy(), human, by_team=by_team) for by_team in (False, True)]
    why = pl.concat(reasons(raised.lazy(), human, by_team=by_team) for by_team in (False, True)).collect()
    table = overview(ended.lazy(), human, scope.now)
    concerned = ended if source == NO_MODEL else pl.concat([ended, waiting, unreached])
    return Picture(
        model_source=source,
        period=scope.period,
        now=scope.now,
        human=human,
        ended=ended,
        open=waiting,
        table=table,
        costs=pl.concat(costs).collect(),
        escalations=raised,
        reasons=why,
        work=frames.work,
        attention=attention(table, concerned, why, scope.stopped, scope.now),
    )


def _within(stopped: pl.DataFrame, period: Period, team: str | None) -> pl.DataFrame:
    kept = stopped
    if period.since is not None:
        kept = kept.filter(pl.col("happened_at") >= period.since)
    if period.until is not None:
        kept = kept.filter(pl.col("happened_at") < period.until)
    return kept if team is None else kept.filter(pl.col("team") == team)
