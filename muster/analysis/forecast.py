"""What the month will have cost at its end, with the interval that the days so far allow.

Days to come are taken to be like the days behind: working days like working days, weekends like weekends, one
day independent of the next. The interval is the t prediction interval of a sum of new days (Hahn and Meeker,
Statistical Intervals, section 4.8), widened by what is not known of the mean. A trend or a change of price is
not foreseen; the backtest in the tests says how often such intervals hold.
"""

import math
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, variance
from typing import Final

import polars as pl

from muster.analysis.intervals import t_quantile
from muster.analysis.spending import DAILY

BEHIND: Final = 28
"""Whole days before today that the days to come are taken to be like."""
MIN_DAYS: Final = 8
"""Below this many days behind there is no forecast: too few."""
_OWN_KIND: Final = 6
"""Days of its own kind (working day or weekend) that a kind needs to be told apart."""
_Days = list[tuple[date, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthForecast:
    """The month's money: what is spent, and what it will be."""

    month: date
    """Its first day, UTC."""
    today: date
    spent: float
    """US dollars, today's so far included."""
    days: int
    """Days behind that it rests on."""
    value: float | None
    """US dollars at the month's end; None when too few days lie behind."""
    low: float | None
    """Lower end of its 95 % interval, never under what is spent; None when too few."""
    high: float | None
    """Upper end of its 95 % interval; None when too few."""


def month_forecast(days: pl.DataFrame, today: date) -> MonthForecast:
    """The forecast of `today`'s month.

    Frame in: `Daily spending` up to today.

    Raises:
        FrameError: the frame is of another kind.
    """
    DAILY.check(days.lazy())
    first = today.replace(day=1)
    spent_on = dict(zip(days["day"].to_list(), days["cost_usd"].cast(pl.Float64).to_list(), strict=True))
    so_far = sum((amount for day, amount in spent_on.items() if first <= day < today), 0.0)
    spent = so_far + spent_on.get(today, 0.0)
    behind = [
        (day, spent_on[day])
        for day in (today - timedelta(days=back) for back in range(1, BEHIND + 1))
        if day in spent_on
    ]
    to_come = [today + timedelta(days=ahead) for ahead in range(_left(today))]
    value = low = high = None
    if len(behind) >= MIN_DAYS:
        ahead, half = _sum_of(behind, to_come)
        value = max(so_far + ahead, spent)
        low, high = max(so_far + ahead - half, spent), so_far + ahead + half
        high = max(high, value)
    return MonthForecast(
        month=first, today=today, spent=spent, days=len(behind), value=value, low=low, high=high
    )


def _left(today: date) -> int:
    """Days to the month's end, today among them."""
    return monthrange(today.year, today.month)[1] - today.day + 1


def _sum_of(behind: _Days, to_come: list[date]) -> tuple[float, float]:
    """The sum of the days to come, and half its prediction interval."""
    value = spread = 0.0
    degrees = math.inf
    for known, wanted in _kinds(behind, to_come):
        value += wanted * fmean(known)
        spread += variance(known) * (wanted + wanted**2 / len(known))
        degrees = min(degrees, len(known) - 1)
    if math.isinf(degrees):
        return 0.0, 0.0
    quantile = pl.select(t_quantile(pl.lit(float(degrees)))).item()
    return value, quantile * math.sqrt(spread)


def _kinds(behind: _Days, to_come: list[date]) -> list[tuple[list[float], int]]:
    """Amounts behind and number of days to come, by kind of day where both kinds are known well enough."""
    apart = [
        ([amount for day, amount in behind if _weekend(day) == weekend], _count(to_come, weekend=weekend))
        for weekend in (False, True)
    ]
    if all(len(known) >= _OWN_KIND for known, _ in apart):
        return [(known, wanted) for known, wanted in apart if wanted]
    return [([amount for _, amount in behind], len(to_come))]


def _count(days: list[date], *, weekend: bool) -> int:
    return sum(_weekend(day) == weekend for day in days)


def _weekend(day: date) -> bool:
    return day.weekday() >= 5
