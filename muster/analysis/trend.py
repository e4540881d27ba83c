"""How figures move: buckets that fit the period, and what truly changed between two periods."""

from datetime import timedelta
from typing import Final

import polars as pl

from muster.analysis.definitions import KPIS
from muster.analysis.frames import NUMBER, TEXT, Column, FrameContract
from muster.analysis.kpis import KPI_TABLE, Bucket
from muster.analysis.tasks import TASKS, ended_tasks

CHANGES: Final = FrameContract(
    "changes",
    "model source, team and KPI",
    (
        Column("model_source", TEXT, "never null"),
        Column("team", TEXT, "null for the whole company"),
        Column("kpi", TEXT, "id of its definition"),
        Column("unit", TEXT, "as in the KPI table"),
        Column("before", NUMBER, "in `unit`; null when too few"),
        Column("now", NUMBER, "in `unit`; null when too few"),
        Column("change", NUMBER, "now less before; null when either is too few"),
        Column("low", NUMBER, "lower end of the change's 95 % interval; null when it has none"),
        Column("high", NUMBER, "upper end of the change's 95 % interval; null when it has none"),
        Column("verdict", TEXT, "`better`, `worse`, or `unclear` when the interval holds zero or is missing"),
    ),
)
BUCKETS: Final[tuple[Bucket, ...]] = ("1m", "10m", "1h", "1d", "1w")
"""From narrow to wide."""
_FITTING: Final[tuple[tuple[timedelta, Bucket], ...]] = (
    (timedelta(days=90), "1w"),
    (timedelta(hours=36), "1d"),
    (timedelta(hours=3), "1h"),
    (timedelta(minutes=30), "10m"),
)


def fitting_bucket(tasks: pl.LazyFrame) -> Bucket:
    """The bucket that shows the ended tasks in a readable number of steps; a minute at least."""
    ended = pl.col("ended_at")
    span = ended_tasks(TASKS.check(tasks)).select(ended.max() - ended.min()).collect().item()
    return next((bucket for at_least, bucket in _FITTING if span is not None and span >= at_least), "1m")


def changes(now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """What moved from one period to the next, judged by the intervals of both.

    Frames in: two `KPI table`s without buckets. Frame out: `Changes`, one row per row of `now`.

    Raises:
        FrameError: a frame is of another kind.
    """
    KPI_TABLE.check(now.lazy())
    KPI_TABLE.check(before.lazy())
    key = ["model_source", "team", "kpi"]
    ends = ["value", "low", "high"]
    paired = now.rename({end: f"{end}_now" for end in ends}).join(
        before.select(*key, *ends), on=key, how="left", nulls_equal=True, maintain_order="left"
    )
    difference = pl.col("value_now") - pl.col("value")
    below = _spread(pl.col("value_now") - pl.col("low_now"), pl.col("high") - pl.col("value"))
    above = _spread(pl.col("high_now") - pl.col("value_now"), pl.col("value") - pl.col("low"))
    return (
        paired.with_columns(change=difference, from_=difference - below, to=difference + above)
        .with_columns(verdict=_verdict())
        .drop("low", "high")
        .rename({"value": "before", "value_now": "now", "from_": "low", "to": "high"})
        .select(pl.col(name).cast(dtype) for name, dtype in CHANGES.schema.items())
    )


def _spread(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    return (one.pow(2) + other.pow(2)).sqrt()


def _verdict() -> pl.Expr:
    higher_is_better = pl.col("kpi").is_in([kpi.id for kpi in KPIS if kpi.better == "higher"])
    rose, fell = pl.col("from_") > 0, pl.col("to") < 0
    return (
        pl.when((rose & higher_is_better) | (fell & ~higher_is_better))
        .then(pl.lit("better"))
        .when(rose | fell)
        .then(pl.lit("worse"))
        .otherwise(pl.lit("unclear"))
    )
