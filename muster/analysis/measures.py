"""The shapes a KPI can have, each turned into value, interval and n for any grain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import polars as pl

from muster.analysis import intervals

ALL: Final = pl.lit(True)
_NO_WIDTH: Final = 1e-9


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
    among: pl.Expr = ALL

    def table(self, tasks: pl.LazyFrame, grain: Sequence[str]) -> pl.LazyFrame:
        """One row per group of `grain`: n, value, low, high."""
        value, low, high = intervals.ratio(pl.col("amount"), pl.col("per"), exact=pl.col("exact"))
        rows = tasks.filter(self.among).select(*grain, *_amounts(self.of, self.per))
        return rows.group_by(grain).agg(n=pl.col("per").sum().cast(pl.Int64), value=value, low=low, high=high)


@dataclass(frozen=True, slots=True)
class Portion:
    """What part `of` is of the `whole` of all rows together, which has rows as its sample; n counts them.

    Student's t, delta method, within 0 and 1; Wilson's interval where no row differs from another.
    """

    of: pl.Expr
    whole: pl.Expr

    def table(self, tasks: pl.LazyFrame, grain: Sequence[str]) -> pl.LazyFrame:
        """One row per group of `grain`: n, value, low, high."""
        value, low, high = intervals.ratio(pl.col("amount"), pl.col("per"), exact=pl.col("exact"))
        rows = tasks.filter(self.whole > 0).select(*grain, *_amounts(self.of, self.whole))
        groups = rows.group_by(grain).agg(n=pl.len().cast(pl.Int64), value=value, low=low, high=high)
        ends = intervals.wilson(pl.col("value") * pl.col("n"), pl.col("n"))
        alike = pl.col("high") - pl.col("low") < _NO_WIDTH
        return groups.with_columns(
            low=pl.when(alike).then(ends[0]).otherwise(pl.col("low")),
            high=pl.when(alike).then(ends[1]).otherwise(pl.col("high").clip(upper_bound=1)),
        )


@dataclass(frozen=True, slots=True)
class Rating:
    """The mean of marks from `lowest` to `highest`; n counts rows with one; Wilson's interval, rescaled."""

    of: pl.Expr
    lowest: float
    highest: float

    def table(self, tasks: pl.LazyFrame, grain: Sequence[str]) -> pl.LazyFrame:
        """One row per group of `grain`: n, value, low, high."""
        rows = tasks.filter(self.of.is_not_null()).select(*grain, mark=self.of)
        groups = rows.group_by(grain).agg(n=pl.len().cast(pl.Int64), value=pl.col("mark").mean())
        low, high = intervals.bounded_mean(pl.col("value"), pl.col("n"), self.lowest, self.highest)
        return groups.with_columns(low=low, high=high)


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

    The machine part has a t interval. The part of the people has that of how often they were called times
    that of what a call took of them: in a team that has not called anyone yet the upper end still allows for
    calls.
    """

    machine: pl.Expr
    people: pl.Expr
    called: pl.Expr
    price: pl.Expr
    """One call, for when none was made."""
    per: pl.Expr | None = None
    """None: for each row."""
    among: pl.Expr = ALL

    def table(self, tasks: pl.LazyFrame, grain: Sequence[str]) -> pl.LazyFrame:
        """One row per group of `grain`: n, value, low, high."""
        per = self.called.is_not_null() if self.per is None else self.per
        machine = intervals.ratio(pl.col("amount"), pl.col("per"), exact=pl.col("exact"))
        rows = tasks.filter(self.among).select(
            *grain,
            *_amounts(self.machine, per),
            called=self.called,
            people=self.people,
            price=self.price,
            paid=pl.when(self.called).then(self.people.cast(pl.Float64)),
        )
        groups = rows.group_by(grain).agg(
            machine=machine[0],
            machine_low=machine[1],
            machine_high=machine[2],
            n=pl.col("per").sum().cast(pl.Int64),
            calls=pl.col("called").sum().cast(pl.Int64),
            people=pl.col("people").sum().cast(pl.Float64),
            spread=pl.col("paid").var().sqrt(),
            price=pl.col("price").first().cast(pl.Float64),
        )
        value, low, high = intervals.combined(
            ((pl.col("machine"), pl.col("machine_low"), pl.col("machine_high")), self._attention())
        )
        return groups.select(*grain, n=pl.col("n"), value=value, low=low, high=high)

    def _attention(self) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
        """What people cost for each one of `per`: how often they were called times what a call took."""
        calls, n = pl.col("calls"), pl.col("n")
        ends = intervals.wilson(calls, n) if self.per is None else intervals.odds(calls, n)
        each = pl.col("people") / calls
        error = intervals.t_quantile(calls - 1) * pl.col("spread") / calls.sqrt()
        half = pl.when(calls > 1).then(error).otherwise(0.0)
        price = (each, (each - half).clip(lower_bound=0), each + half)
        part = intervals.product((calls / n, *ends), price)
        none = (pl.lit(0.0), pl.lit(0.0), ends[1] * pl.col("price"))
        free = (calls == 0) | (pl.col("people") == 0)
        paired = [pl.when(free).then(other).otherwise(one) for one, other in zip(part, none, strict=True)]
        return paired[0], paired[1], paired[2]


def _amounts(of: pl.Expr, per: pl.Expr) -> tuple[pl.Expr, ...]:
    """What `intervals.ratio` takes, worked out once a row."""
    return of.alias("exact"), of.cast(pl.Float64).alias("amount"), per.cast(pl.Float64).alias("per")


Measure: TypeAlias = Share | Ratio | Portion | Rating | Quantile | StaffedRatio
