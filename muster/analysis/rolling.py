"""How right each agent has been over fourteen days, how fast and how busy, and whether that drifts."""

from datetime import timedelta
from typing import Final

import polars as pl

from muster.analysis import intervals
from muster.analysis.frames import COUNT, MOMENT, NUMBER, TEXT, Column, FrameContract
from muster.analysis.tasks import TASKS, ended_tasks

DAYS: Final = 14
"""Length of the window; it ends with the day it is shown for."""
MIN_EVALUATIONS: Final = 50
"""Below this many evaluations in the window there is no accuracy: too few."""
_DRIFT_Z: Final = 3.2905
"""99.9 %: looked at every day, two equal windows are told apart by chance about once in three years."""

ROLLING: Final = FrameContract(
    "rolling accuracy",
    "model source, team, agent and day",
    (
        Column("model_source", TEXT, "never null"),
        Column("team", TEXT, "never null"),
        Column("agent", TEXT, "the last one that asked a model for the task, as in the team's manifest"),
        Column("day", MOMENT, "the window's last day, its start in UTC"),
        Column("volume", COUNT, "tasks that ended in the window"),
        Column("n", COUNT, "of them, held against a truth"),
        Column("correct", COUNT, "of those, right"),
        Column("accuracy", NUMBER, "correct / n; null when too few"),
        Column("low", NUMBER, "lower end of its 95 % interval (Wilson); null when too few"),
        Column("high", NUMBER, "upper end of its 95 % interval (Wilson); null when too few"),
        Column("agent_s_p50", NUMBER, "seconds agents were at work on a task of the window, median"),
        Column("agent_s_p95", NUMBER, "the same, 95th percentile (both nearest rank)"),
        Column(
            "change",
            NUMBER,
            "accuracy less that of the window before (the 14 days before it); null when either is too few",
        ),
        Column("drift", TEXT, "`worse` or `better` (99.9 % interval), `steady`, or `too few`"),
    ),
)
_GRAIN: Final = ("model_source", "team", "agent")


def rolling_accuracy(tasks: pl.LazyFrame) -> pl.LazyFrame:
    """Every agent's last fourteen days, for each day on which one of its tasks ended in them.

    Windows that do not overlap are compared by Newcombe's interval, at 99.9 % since it is looked at daily.

    Frame in: `Tasks`. Frame out: `Rolling accuracy`, by agent and day.

    Raises:
        FrameError: the frame is not a task frame.
    """
    agent = pl.col("agent").str.split("/").list.last()
    mine = (
        ended_tasks(TASKS.check(tasks))
        .filter(pl.col("agent").is_not_null())
        .with_columns(agent=agent, last=pl.col("ended_at").max().over("model_source"))
        .sort("ended_at")
    )
    windows = (
        mine.group_by_dynamic(
            "ended_at", every="1d", period=f"{DAYS}d", offset=f"-{DAYS - 1}d", group_by=list(_GRAIN)
        )
        .agg(
            volume=pl.len().cast(COUNT),
            n=pl.col("truth").is_not_null().sum().cast(COUNT),
            correct=(pl.col("truth") == "correct").sum().cast(COUNT),
            agent_s_p50=pl.col("agent_ms").quantile(0.5, "equiprobable") / 1000,
            agent_s_p95=pl.col("agent_ms").quantile(0.95, "equiprobable") / 1000,
            last=pl.col("last").max(),
        )
        .with_columns(day=pl.col("ended_at") + timedelta(days=DAYS - 1))
    )
    return (
        _compared(windows.filter(pl.col("day") <= pl.col("last")))
        .sort(*_GRAIN, "day")
        .select(pl.col(name).cast(dtype) for name, dtype in ROLLING.schema.items())
    )


def _compared(windows: pl.LazyFrame) -> pl.LazyFrame:
    """With accuracy, and beside it the window that ended when this one began."""
    earlier = windows.select(
        *_GRAIN, pl.col("day") + timedelta(days=DAYS), n_before="n", correct_before="correct"
    )
    n, correct = pl.col("n"), pl.col("correct")
    enough = n >= MIN_EVALUATIONS
    low, high = intervals.wilson(correct, n)
    figures = {"accuracy": correct / n, "low": low, "high": high}
    return (
        windows.join(earlier, on=[*_GRAIN, "day"], how="left")
        .with_columns(pl.when(enough).then(figure).alias(name) for name, figure in figures.items())
        .with_columns(_change())
        .with_columns(drift=_drift())
    )


def _before() -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Accuracy of the window before, and its ends at the confidence drift is judged by."""
    n, correct = pl.col("n_before"), pl.col("correct_before")
    return correct / n, *intervals.wilson(correct, n, _DRIFT_Z)


def _change() -> pl.Expr:
    known = (pl.col("n") >= MIN_EVALUATIONS) & (pl.col("n_before") >= MIN_EVALUATIONS)
    return pl.when(known).then(pl.col("accuracy") - _before()[0]).alias("change")


def _drift() -> pl.Expr:
    """Newcombe's interval of the difference: from the ends of both (MOVER)."""
    value, low, high = _before()
    mine = pl.col("correct") / pl.col("n")
    my_low, my_high = intervals.wilson(pl.col("correct"), pl.col("n"), _DRIFT_Z)
    above = ((my_high - mine).pow(2) + (value - low).pow(2)).sqrt()
    below = ((mine - my_low).pow(2) + (high - value).pow(2)).sqrt()
    return (
        pl.when(pl.col("change").is_null())
        .then(pl.lit("too few"))
        .when(pl.col("change") + above < 0)
        .then(pl.lit("worse"))
        .when(pl.col("change") - below > 0)
        .then(pl.lit("better"))
        .otherwise(pl.lit("steady"))
    )
