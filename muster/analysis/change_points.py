"""Where a figure's level changed for good, and not by chance.

Binary segmentation (Vostrikova 1981) on the standardized difference of the means before and after, each split
judged by a permutation test, as E-divisive does (Matteson and James 2014) and Hunter does for benchmarks
(Fleming et al. 2023). A test is given up as soon as chance alone did as well ten times (Besag and Clifford
1991), so that series without a change cost little. What is left on either side of a change is tested at half
the error each, so that a long series does not collect marks. Permuting assumes that buckets do not depend on
one another: where yesterday's figure carries over to today, there are more false alarms than `ALPHA`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from random import Random
from typing import Any, Final

import polars as pl

from muster.analysis.definitions import BY_ID
from muster.analysis.frames import MOMENT, NUMBER, TEXT, Column, FrameContract
from muster.analysis.kpis import KPI_TABLE

ALPHA: Final = 0.01
"""How often a series without any change is marked all the same."""
MIN_SEGMENT: Final = 4
"""Buckets a level has to last to be one."""
_PERMUTATIONS: Final = 999
_ENOUGH_AS_GOOD: Final = 10
"""Permutations as extreme as the series after which it is no change."""

CHANGE_POINTS: Final = FrameContract(
    "change points",
    "change of one KPI's level",
    (
        Column("model_source", TEXT, "never null"),
        Column("team", TEXT, "null for the whole company"),
        Column("kpi", TEXT, "id of its definition"),
        Column("starts_at", MOMENT, "start of the first bucket at the new level"),
        Column("before", NUMBER, "level before, back to the change before it; mean of buckets weighted by n"),
        Column("after", NUMBER, "level after, up to the next change"),
        Column("p_value", NUMBER, "how often chance alone does as well"),
        Column("verdict", TEXT, "`better` or `worse`, by the KPI's definition"),
    ),
)


@dataclass(frozen=True, slots=True)
class Split:
    """A change in a series of numbers."""

    place: int
    """Of the first number at the new level, from 0."""
    p_value: float


def change_points(table: pl.DataFrame, *, alpha: float = ALPHA) -> pl.DataFrame:
    """The changes of level of every KPI in `table`; buckets with too few do not count.

    Frame in: `KPI table` with buckets. Frame out: `Change points`, in the order of `table` and of time; the
    same for the same table.

    Raises:
        FrameError: the frame is of another kind.
    """
    KPI_TABLE.check(table.lazy())
    rows: list[dict[str, Any]] = []
    told = table.drop_nulls(["value", "starts_at"]).sort("starts_at", maintain_order=True)
    for series in told.partition_by("model_source", "team", "kpi", maintain_order=True):
        rows += _changes(series, alpha)
    return pl.DataFrame(rows, schema=CHANGE_POINTS.schema, orient="row")


def splits(
    values: Sequence[float], weights: Sequence[float] | None = None, *, alpha: float = ALPHA, seed: int = 7
) -> list[Split]:
    """The places where the level of `values` changes, in order.

    Args:
        weights: how much each value rests on, such as its n; None: all the same.
        seed: of the permutations, so that the answer is the same every time.
    """
    pairs = list(zip(values, weights or [1.0] * len(values), strict=True))
    return sorted(_segmented(pairs, 0, alpha, seed), key=lambda split: split.place)


def _segmented(pairs: Sequence[tuple[float, float]], offset: int, alpha: float, seed: int) -> Iterator[Split]:
    if len(pairs) < 2 * MIN_SEGMENT:
        return
    place, size = _best_split(pairs)
    p_value = _chance(pairs, size, alpha, seed + offset)
    if p_value > alpha:
        return
    yield Split(offset + place, p_value)
    yield from _segmented(pairs[:place], offset, alpha / 2, seed)
    yield from _segmented(pairs[place:], offset + place, alpha / 2, seed)


def _best_split(pairs: Sequence[tuple[float, float]]) -> tuple[int, float]:
    """Where the means before and after differ most for their weight, and how much."""
    sums = list(accumulate(value * weight for value, weight in pairs))
    masses = list(accumulate(weight for _, weight in pairs))
    whole, mass = sums[-1], masses[-1]
    best, size = MIN_SEGMENT, -1.0
    for place in range(MIN_SEGMENT, len(pairs) - MIN_SEGMENT + 1):
        left, before = sums[place - 1], masses[place - 1]
        after = mass - before
        # the squared difference of means times the harmonic weight: what splitting here explains
        explained = (left / before - (whole - left) / after) ** 2 * before * after / mass
        if explained > size:
            best, size = place, explained
    return best, size


def _chance(pairs: Sequence[tuple[float, float]], size: float, alpha: float, seed: int) -> float:
    """How often a shuffled series has a split as large; stops when it is clear that it is often."""
    chance = Random(seed)  # noqa: S311 a reproducible test, not a secret
    shuffled = list(pairs)
    as_good = 0
    for tried in range(1, _PERMUTATIONS + 1):
        chance.shuffle(shuffled)
        as_good += _best_split(shuffled)[1] >= size * (1 - 1e-12)
        if as_good >= _ENOUGH_AS_GOOD and as_good / tried > alpha:
            return as_good / tried
    return (as_good + 1) / (_PERMUTATIONS + 1)


def _changes(series: pl.DataFrame, alpha: float) -> Iterator[dict[str, Any]]:
    first = series.row(0, named=True)
    key = {name: first[name] for name in ("model_source", "team", "kpi")}
    values, weights = series["value"].to_list(), series["n"].cast(pl.Float64).to_list()
    found = splits(values, weights, alpha=alpha)
    edges = [0, *(split.place for split in found), len(values)]
    levels = [_level(values[start:stop], weights[start:stop]) for start, stop in pairwise(edges)]
    higher_is_better = BY_ID[first["kpi"]].better == "higher"
    for number, split in enumerate(found):
        before, after = levels[number], levels[number + 1]
        yield key | {
            "starts_at": series["starts_at"][split.place],
            "before": before,
            "after": after,
            "p_value": split.p_value,
            "verdict": "better" if (after > before) == higher_is_better else "worse",
        }


def _level(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)
