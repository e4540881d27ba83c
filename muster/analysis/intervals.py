"""95 % intervals, as expressions over a group: exact where exact is cheap, and never random.

Shares get Wilson's interval. Means and ratios get Student's t with the delta method. Quantiles get order
statistics with exact binomial ranks, which assume nothing about the distribution; where the sample is too
small to bound a quantile on one side, that side is null rather than the largest value seen. Sums and
differences of two such figures are combined from their own intervals (MOVER), so that a rare, dear event
nobody has seen yet still widens the sum.
"""

import math
from functools import lru_cache
from statistics import NormalDist

import polars as pl

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
_TAIL = (1 - CONFIDENCE) / 2
_T_OF_FEW = tuple(enumerate((12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060), start=1))
"""Student's t at 97.5 % for the degrees of freedom at which the expansion is off."""


def wilson(successes: pl.Expr, n: pl.Expr, z: float = Z) -> tuple[pl.Expr, pl.Expr]:
    """Lower and upper end of the interval of a share, within 0 and 1; NaN where `n` is 0."""
    share = successes / n
    centre = share + z**2 / (2 * n)
    half = z * (share * (1 - share) / n + z**2 / (4 * n * n)).sqrt()
    scale = 1 + z**2 / n
    low = pl.when(successes == 0).then(0.0).otherwise((centre - half) / scale)
    high = pl.when(successes == n).then(1.0).otherwise((centre + half) / scale)
    return low, high


def share_of(successes: int, n: int) -> tuple[float, float, float] | tuple[None, None, None]:
    """A share and the ends of its Wilson interval; None each without an `n`."""
    if not n:
        return None, None, None
    low, high = wilson(pl.lit(successes), pl.lit(n))
    ends = pl.select(low=low, high=high).row(0)
    return successes / n, *ends


def t_quantile(degrees: pl.Expr) -> pl.Expr:
    """Student's t at 97.5 %: from tables up to 8 degrees of freedom, then Fisher's expansion."""
    first = (Z**3 + Z) / 4
    second = (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96
    third = (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384
    expansion = Z + first / degrees + second / degrees**2 + third / degrees**3
    for few, tabulated in _T_OF_FEW:
        expansion = pl.when(degrees == few).then(tabulated).otherwise(expansion)
    return expansion


def ratio(amount: pl.Expr, per: pl.Expr, exact: pl.Expr | None = None) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Value, lower and upper end of sum(amount) / sum(per) over a group's rows, none below zero.

    With `per` 1 on every row it is a mean with its t interval. The rows are the sample: `amount` and `per` of
    one row may depend on each other.

    Args:
        exact: the same as `amount` in decimals, so that money is added up before it is rounded.
    """
    rows = pl.len().cast(pl.Float64)
    value = (amount if exact is None else exact).sum().cast(pl.Float64) / per.sum()
    # the variance of amount - value * per, taken apart so that no column as long as the group is made
    variance = amount.var() - 2 * value * pl.cov(amount, per) + value.pow(2) * per.var()
    error = (variance.clip(lower_bound=0) * rows).sqrt() / per.sum()
    half = t_quantile(rows - 1) * error
    return value, pl.max_horizontal(value - half, pl.lit(0.0)), value + half


def bounded_mean(mean: pl.Expr, n: pl.Expr, lowest: float, highest: float) -> tuple[pl.Expr, pl.Expr]:
    """Lower and upper end for a mean of values that cannot leave `lowest` to `highest`.

    Wilson's interval of the mean's place between the two: no values in the range vary more than those at its
    two ends. It is never empty, also when everybody answered the same, which Student's t and the bootstrap
    would call certain.
    """
    width = highest - lowest
    low, high = wilson((mean - lowest) / width * n, n)
    return lowest + low * width, lowest + high * width


def odds(successes: pl.Expr, others: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Lower and upper end of successes / others, two counts of which neither contains the other."""
    low, high = wilson(successes, successes + others)
    return low / (1 - low), high / (1 - high)


def combined(
    parts: tuple[tuple[pl.Expr, pl.Expr, pl.Expr], tuple[pl.Expr, pl.Expr, pl.Expr]],
) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """The sum of two figures given as (value, low, high), as (value, low, high)."""
    (one, one_low, one_high), (two, two_low, two_high) = parts
    value = one + two
    below = ((one - one_low).pow(2) + (two - two_low).pow(2)).sqrt()
    above = ((one_high - one).pow(2) + (two_high - two).pow(2)).sqrt()
    return value, value - below, value + above


def product(
    one: tuple[pl.Expr, pl.Expr, pl.Expr], two: tuple[pl.Expr, pl.Expr, pl.Expr]
) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """The product of two independent figures above zero given as (value, low, high); MOVER on logarithms.

    An end that is zero makes the product's end zero. Where one figure has no spread it only scales the other.
    """
    value = one[0] * two[0]

    def far(end: int) -> pl.Expr:
        spread = sum(((each[end] / each[0]).log().pow(2) for each in (one, two)), start=pl.lit(0.0)).sqrt()
        return (spread if end == 2 else -spread).exp()

    return value, value * far(1), value * far(2)


@lru_cache(maxsize=4096)
def quantile_ranks(n: int, p: float) -> tuple[int | None, int, int | None]:
    """Ranks, from 0, in a sorted sample of `n`: lower end, the `p` quantile itself (nearest rank), upper end.

    An end is None when no rank of so small a sample bounds it with 2.5 % error.
    """
    point = min(max(math.ceil(n * p - 1e-9) - 1, 0), n - 1)
    low: int | None = None
    high: int | None = None
    spread = 8 * math.sqrt(n * p * (1 - p)) + 8
    first = max(0, math.floor(n * p - spread))
    below = 0.0
    for successes in range(first, min(n, math.ceil(n * p + spread)) + 1):
        below += _binomial(n, successes, p)
        if below <= _TAIL and successes < n:
            low = successes
        if below >= 1 - _TAIL:
            high = successes if successes < n else None
            break
    return low, point, high


def _binomial(n: int, successes: int, p: float) -> float:
    """Probability of exactly `successes` in `n`."""
    choose = math.lgamma(n + 1) - math.lgamma(successes + 1) - math.lgamma(n - successes + 1)
    return math.exp(choose + successes * math.log(p) + (n - successes) * math.log1p(-p))
