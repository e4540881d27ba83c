"""Availability of teams against what they owe: error budget, burn rate, and what to wake somebody for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from muster.analysis import intervals
from muster.analysis.frames import COUNT, NUMBER, TEXT, Column, FrameContract
from muster.analysis.slo import PROMISED, RUNS, Slo

MIN_RUNS: Final = 30
"""Below this many judged runs there is no availability: too few."""
MIN_RUNS_TO_BURN: Final = 10
"""Below this many runs in a window there is no burn rate: one bad run would be an alarm."""

AVAILABILITY: Final = FrameContract(
    "availability",
    "model source and team",
    (
        Column("model_source", TEXT, "never null"),
        Column("team", TEXT, "null for the whole company"),
        Column("n", COUNT, "judged runs"),
        Column("bad", COUNT, "of them, those that were not good"),
        Column("failed", COUNT, "of those: failed, or escalated for a reason of ours"),
        Column("late", COUNT, "of those: began late, or not at all"),
        Column("slow", COUNT, "of those: worked longer than promised"),
        Column("objective", NUMBER, "share of runs that is to be good"),
        Column("value", NUMBER, "share of runs that were good; null when too few"),
        Column("low", NUMBER, "lower end of its 95 % interval; null when too few"),
        Column("high", NUMBER, "upper end of its 95 % interval; null when too few"),
        Column(
            "budget_left", NUMBER, "share of the error budget left, below 0 when overspent; null: too few"
        ),
        Column("verdict", TEXT, "`met`, `missed`, `cannot tell` (interval) or `too few`"),
    ),
)
BURN: Final = FrameContract(
    "burn rates",
    "model source, team and window",
    (
        Column("model_source", TEXT, "never null"),
        Column("team", TEXT, "null for the whole company"),
        Column("window", TEXT, "`1h`, `6h` or `3d`, up to now"),
        Column("n", COUNT, "runs judged in it"),
        Column("bad", COUNT, "of them, not good"),
        Column("burn", NUMBER, "times as fast as the budget allows; 1 spends it exactly; null when too few"),
        Column("recent_n", COUNT, "runs judged in its last twelfth"),
        Column("recent_burn", NUMBER, "the same of that twelfth; null when nothing was judged in it"),
        Column("threshold", NUMBER, "burn rate from which somebody is to be told"),
        Column("alert", TEXT, "`page`, `ticket`, or null when both rates do not reach the threshold"),
    ),
)


@dataclass(frozen=True, slots=True)
class _Window:
    name: str
    length: timedelta
    threshold: float
    alert: str


_WINDOWS: Final = (
    _Window("1h", timedelta(hours=1), 14.4, "page"),
    _Window("6h", timedelta(hours=6), 6.0, "page"),
    _Window("3d", timedelta(days=3), 1.0, "ticket"),
)
"""Long windows, thresholds and alerts of the Site Reliability Workbook, chapter 5, table 5-8."""
_RECENT: Final = 12
"""A short window of a twelfth tells whether it still burns (5 minutes, 30 minutes, 6 hours)."""
_GRAIN: Final = ["model_source", "team"]


def availability(
    runs: pl.LazyFrame,
    slo: Slo = PROMISED,
    of_team: Mapping[str, Slo] | None = None,
    *,
    by_team: bool = False,
) -> pl.LazyFrame:
    """How many of the judged runs were good, held against the objective; Wilson's interval.

    The error budget of `n` runs is the bad runs the objective allows, `n` x (1 - objective).

    Frame in: `Runs`; filter them to choose a period. Frame out: `Availability`; no row where there is no run.

    Raises:
        FrameError: the frame is of another kind.
    """
    counted = (
        _of(runs, by_team)
        .group_by(_GRAIN)
        .agg(
            pl.len().cast(COUNT).alias("n"),
            (pl.col("verdict") != "good").sum().alias("bad"),
            (pl.col("verdict") == "failed").sum().alias("failed"),
            pl.col("verdict").is_in(["late", "not started"]).sum().alias("late"),
            (pl.col("verdict") == "slow").sum().alias("slow"),
        )
    )
    n, bad, objective = pl.col("n"), pl.col("bad"), pl.col("objective")
    low, high = intervals.wilson(n - bad, n)
    enough = n >= MIN_RUNS
    figures = {
        "value": (n - bad) / n,
        "low": low,
        "high": high,
        "budget_left": 1 - bad / (n * (1 - objective)),
    }
    return (
        counted.with_columns(objective=_objective(slo, of_team))
        .with_columns(pl.when(enough).then(figure).alias(name) for name, figure in figures.items())
        .with_columns(verdict=_verdict())
        .sort(_GRAIN)
        .select(pl.col(name).cast(dtype) for name, dtype in AVAILABILITY.schema.items())
    )


def burn_rates(
    runs: pl.LazyFrame,
    now: datetime,
    slo: Slo = PROMISED,
    of_team: Mapping[str, Slo] | None = None,
    *,
    by_team: bool = False,
) -> pl.LazyFrame:
    """How fast the error budget is spent, over three windows up to `now`, and whom to tell.

    A burn rate is the share of bad runs divided by the share the objective allows. An alert needs the rate of
    the window and of its last twelfth, so that it ends soon after the trouble does.

    Frame in: `Runs`. Frame out: `Burn rates`, three rows for every group with a run in the longest window.

    Raises:
        FrameError: the frame is of another kind.
    """
    longest = max(window.length for window in _WINDOWS)
    at = pl.col("judged_at")
    recent = _of(runs, by_team).filter(at > now - longest, at <= now)
    rows = [_burn(recent, now, window, _objective(slo, of_team)) for window in _WINDOWS]
    return pl.concat(rows).select(pl.col(name).cast(dtype) for name, dtype in BURN.schema.items())


def _burn(runs: pl.LazyFrame, now: datetime, window: _Window, objective: pl.Expr) -> pl.LazyFrame:
    bad = pl.col("verdict") != "good"
    within = pl.col("judged_at") > now - window.length
    lately = pl.col("judged_at") > now - window.length / _RECENT
    counted = runs.group_by(_GRAIN).agg(
        within.sum().cast(COUNT).alias("n"),
        (within & bad).sum().cast(COUNT).alias("bad"),
        lately.sum().cast(COUNT).alias("recent_n"),
        (lately & bad).sum().cast(COUNT).alias("recent_bad"),
    )
    allowed = 1 - objective
    burn = pl.when(pl.col("n") >= MIN_RUNS_TO_BURN).then(pl.col("bad") / pl.col("n") / allowed)
    still = pl.when(pl.col("recent_n") > 0).then(pl.col("recent_bad") / pl.col("recent_n") / allowed)
    over = (pl.col("burn") >= window.threshold) & (pl.col("recent_burn") >= window.threshold)
    return (
        counted.with_columns(burn=burn, recent_burn=still, window=pl.lit(window.name))
        .with_columns(threshold=pl.lit(window.threshold), alert=pl.when(over).then(pl.lit(window.alert)))
        .sort(_GRAIN)
    )


def _of(runs: pl.LazyFrame, by_team: bool) -> pl.LazyFrame:
    checked = RUNS.check(runs)
    return checked if by_team else checked.with_columns(team=pl.lit(None, dtype=TEXT))


def _objective(slo: Slo, of_team: Mapping[str, Slo] | None) -> pl.Expr:
    value: pl.Expr = pl.lit(slo.objective)
    for team, own in (of_team or {}).items():
        value = pl.when(pl.col("team") == team).then(own.objective).otherwise(value)
    return value


def _verdict() -> pl.Expr:
    return (
        pl.when(pl.col("value").is_null())
        .then(pl.lit("too few"))
        .when(pl.col("low") >= pl.col("objective"))
        .then(pl.lit("met"))
        .when(pl.col("high") < pl.col("objective"))
        .then(pl.lit("missed"))
        .otherwise(pl.lit("cannot tell"))
    )
