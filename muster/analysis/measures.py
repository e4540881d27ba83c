"""The four shapes a KPI can have, each turned into value, interval and n for any grain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from muster.analysis import intervals


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the rows `among` are `of`; Wilson's interval."""

    of: pl.Expr
    among: pl.Expr

    def table(self, tasks: pl.LazyFrame, grain: Sequence[str]) -> pl.LazyFrame:
        """One row per group of `grain`: n, value, low, high."""
        counted = tasks.filter(self.among).group_by(grain).agg(n=pl.len().cast(pl.Int64), hits=self.of.sum())
        low, high = intervals.wilson(pl.col("hits"), pl.col("n"))
        return counted.with_columns(value=pl.col("hits") / pl.col("n"), low=low, high=high)


@dataclass(frozen=True, slots=True)
class Ratio:
    """The sum of `of` for each one of `per`; n counts `per`; Student's t, delta method."""

    of: pl.Expr
    per: pl.Expr

    def table(self, tasks: pl.LazyFrame, grain: Sequence[str]) -> pl.LazyFrame:
        """One row per group of `grain`: n, value, low, high."""
        value, low, high = intervals.ratio(pl.col("amount"), pl.col("per"), exact=pl.col("exact"))
        rows = tasks.select(*grain, *_amounts(self.of, self.per))
        return rows.group_by(grain).agg(n=pl.col("per").sum().cast(pl.Int64), value=value, low=low, high=high)


@dataclass(frozen=True, slots=True)
class Quantile:
    """The value `p` of the rows `among` stay at or below, nearest rank; order-statistic interval."""

    of: pl.Expr
    p: float
    among: pl.Expr

    def table(self, tasks: pl.LazyFrame, grain: Sequence[str]) -> pl.LazyFrame:
        """One row per group of `grain`: n, value, low, high; an end the sample cannot bound is null."""
        sorted_values = self.of.cast(pl.Float64).drop_nulls().sort()
        groups = (
            tasks.filter(self.among, self.of.is_not_null())
            .group_by(grain)
            .agg(n=pl.len().cast(pl.Int64), sample=sorted_values)
        )
        places = ("low", "value", "high")
        return groups.with_columns(
            pl.col("sample").list.get(self._rank(place), null_on_oob=True).alias(name)
            for place, name in enumerate(places)
        ).drop("sample")

    def _rank(self, place: int) -> pl.Expr:
        def ranks(sizes: pl.Series) -> pl.Series:
            return pl.Series([intervals.quantile_ranks(n, self.p)[place] for n in sizes], dtype=pl.Int64)

        return pl.col("n").map_batches(ranks, return_dtype=pl.Int64())


@dataclass(frozen=True, slots=True)
class StaffedRatio:
    """Machine money plus the money of people called, for each one of `per`; n counts `per`.

    The machine part has a t interval, the part of the people that of how often they were called: in a team
    that has not called anyone yet the upper end still allows for calls.
    """

    machine: pl.Expr
    people: pl.Expr
    called: pl.Expr
    price: pl.Expr
    """One call, for when none was made."""
    per: pl.Expr | None = None
    """None: for each row."""

    def table(self, tasks: pl.LazyFrame, grain: Sequence[str]) -> pl.LazyFrame:
        """One row per group of `grain`: n, value, low, high."""
        per = self.called.is_not_null() if self.per is None else self.per
        machine = intervals.ratio(pl.col("amount"), pl.col("per"), exact=pl.col("exact"))
        rows = tasks.select(
            *grain, *_amounts(self.machine, per), called=self.called, people=self.people, price=self.price
        )
        groups = rows.group_by(grain).agg(
            machine=machine[0],
            machine_low=machine[1],
            machine_high=machine[2],
            n=pl.col("per").sum().cast(pl.Int64),
            calls=pl.col("called").sum(),
            people=pl.col("people").sum().cast(pl.Float64),
            price=pl.col("price").first().cast(pl.Float64),
        )
        calls, n = pl.col("calls"), pl.col("n")
        ends = intervals.wilson(calls, n) if self.per is None else intervals.odds(calls, n)
        each = pl.when(calls > 0).then(pl.col("people") / calls).otherwise(pl.col("price"))
        value, low, high = intervals.combined(
            (
                (pl.col("machine"), pl.col("machine_low"), pl.col("machine_high")),
                (pl.col("people") / n, ends[0] * each, ends[1] * each),
            )
        )
        return groups.select(*grain, n=n, value=value, low=low, high=high)


def _amounts(of: pl.Expr, per: pl.Expr) -> tuple[pl.Expr, ...]:
    """What `intervals.ratio` takes, worked out once a row."""
    return of.alias("exact"), of.cast(pl.Float64).alias("amount"), per.cast(pl.Float64).alias("per")


Measure: TypeAlias = Share | Ratio | Quantile | StaffedRatio
