"""Days whose spending stands out from the weeks before, by a rule whose false alarms are counted.

A day is held against the days of its own kind (working day or weekend) in the eight weeks before it: it
stands out when the logarithm of its money is more than six robust standard deviations (1.4826 times the
median absolute deviation) from their median. Median and MAD do not move when a few days before were odd
themselves (Iglewicz and Hoaglin, 1993). Spending that only fluctuates, log-normally, gamma, or with Student's
t tails of five degrees of freedom, trips it on at most one day in a hundred; a test counts.
"""

import math
from datetime import date, timedelta
from statistics import median
from typing import Any, Final

import polars as pl

from muster.analysis.frames import COUNT, MONEY, NUMBER, TEXT, Column, FrameContract
from muster.analysis.spending import DAILY, DAY

WINDOW: Final = timedelta(days=56)
MIN_BEFORE: Final = 12
"""Below this many earlier days of its kind a day is not judged: too few."""
DEVIATIONS: Final = 6
"""Robust standard deviations from the median at which a day stands out."""
FALSE_ALARMS: Final = 0.01
"""The share of ordinary days that are called out at most."""
_MAD: Final = 1.4826
_STEADY: Final = math.log(1.02)
"""Least spread believed: days that are the same to the cent do not make a cent an event."""

JUDGED_DAYS: Final = FrameContract(
    "judged days",
    "UTC day",
    (
        Column("day", DAY, "UTC"),
        Column("cost_usd", MONEY, "US dollars"),
        Column("n", COUNT, "earlier days of its kind it is held against"),
        Column("usual_usd", NUMBER, "their median, US dollars; null when too few or mostly without spending"),
        Column("low_usd", NUMBER, "US dollars under which it stands out; null when not judged"),
        Column("high_usd", NUMBER, "US dollars over which it stands out; null when not judged"),
        Column("verdict", TEXT, "`usual`, `high`, `low`, or `too few` when not judged"),
    ),
)


def judged_days(days: pl.DataFrame, today: date) -> pl.DataFrame:
    """Every whole day before `today` with what was usual before it.

    Frame in: `Daily spending`. Frame out: `Judged days`.

    Raises:
        FrameError: the frame is of another kind.
    """
    rows = DAILY.check(days.lazy()).filter(pl.col("day") < today).sort("day").collect()
    spent = list(zip(rows["day"].to_list(), rows["cost_usd"].cast(pl.Float64).to_list(), strict=True))
    judged = [_judged(day, amount, spent[:place]) for place, (day, amount) in enumerate(spent)]
    told = pl.DataFrame(judged, schema={**JUDGED_DAYS.schema, "cost_usd": NUMBER}, orient="row")
    return told.with_columns(cost_usd=rows["cost_usd"])


def standing_out(judged: pl.DataFrame) -> pl.DataFrame:
    """The days that stand out, newest first.

    Frame in and out: `Judged days`.

    Raises:
        FrameError: the frame is of another kind.
    """
    out = JUDGED_DAYS.check(judged.lazy()).filter(pl.col("verdict").is_in(["high", "low"]))
    return out.sort("day", descending=True).collect()


def _judged(day: date, amount: float, earlier: list[tuple[date, float]]) -> dict[str, Any]:
    before = [
        spent
        for known, spent in earlier
        if known >= day - WINDOW and (known.weekday() >= 5) == (day.weekday() >= 5)
    ]
    row: dict[str, Any] = {"day": day, "cost_usd": amount, "n": len(before), "verdict": "too few"}
    usual = median(before) if before else 0.0
    if len(before) < MIN_BEFORE or usual <= 0:
        return row
    spread = _MAD * median(_distance(one, usual) for one in before)
    if math.isinf(spread):  # on half of the days nothing was spent
        return row
    width = math.exp(DEVIATIONS * max(spread, _STEADY))
    low, high = usual / width, usual * width
    verdict = "low" if amount < low else "high" if amount > high else "usual"
    return row | {"usual_usd": usual, "low_usd": low, "high_usd": high, "verdict": verdict}


def _distance(amount: float, usual: float) -> float:
    """How far apart two amounts are, on a logarithm's scale; a day without spending is farthest."""
    return abs(math.log(amount / usual)) if amount > 0 else math.inf
