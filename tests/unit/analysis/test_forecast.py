from datetime import date, timedelta
from decimal import Decimal
from random import Random

import polars as pl
import pytest

from muster.analysis.anomalies import FALSE_ALARMS, JUDGED_DAYS, judged_days, standing_out
from muster.analysis.forecast import month_forecast
from muster.analysis.spending import DAILY

NOVEMBER = date(2026, 11, 1)


def days(first: date, amounts: list[float]) -> pl.DataFrame:
    rows = [(first + timedelta(days=place), Decimal(f"{spent:.6f}")) for place, spent in enumerate(amounts)]
    return pl.DataFrame(rows, schema=DAILY.schema, orient="row")


def test_the_forecast_is_what_is_spent_and_days_like_those_behind() -> None:
    """Nine days of 8, 10, 12, three times over; the tenth is today with 3 spent; 21 days are left.

    Mean 10, variance 6 x 4 / 8 = 3; half width t(8) x sqrt(3 x (21 + 21 x 21 / 9)) = 2.306 x 14.491 = 33.4.
    """
    told = month_forecast(days(NOVEMBER, [8.0, 10.0, 12.0] * 3 + [3.0]), date(2026, 11, 10))

    assert (told.spent, told.days) == (93, 9)
    assert told.value == pytest.approx(90 + 21 * 10)
    assert told.low == pytest.approx(300 - 33.42, abs=0.05)
    assert told.high == pytest.approx(300 + 33.42, abs=0.05)


def test_weekends_are_taken_to_be_like_weekends() -> None:
    """Four weeks of 20 on working days and 5 on weekends; Monday 30 November is the last day of the month."""
    first = date(2026, 11, 2)
    known = [5.0 if (first + timedelta(days=ahead)).weekday() >= 5 else 20.0 for ahead in range(28)]

    told = month_forecast(days(first, known), date(2026, 11, 30))

    assert told.spent == pytest.approx(20 * 20 + 8 * 5)
    assert (told.value, told.low, told.high) == (460, 460, 460)


def test_too_few_days_behind_make_no_forecast() -> None:
    told = month_forecast(days(NOVEMBER, [5.0] * 7), date(2026, 11, 8))

    assert (told.spent, told.value, told.low, told.high) == (35, None, None, None)
    assert month_forecast(DAILY.empty(), NOVEMBER).spent == 0


def test_a_month_is_never_forecast_under_what_is_spent() -> None:
    told = month_forecast(days(NOVEMBER, [1.0] * 29 + [500.0]), date(2026, 11, 30))

    assert (told.value, told.low) == (529, 529)
    assert told.high == 529


def test_nineteen_of_twenty_months_end_inside_their_interval() -> None:
    chance = Random(5)
    inside = 0
    for _ in range(300):
        amounts = [chance.lognormvariate(2, 0.4) for _ in range(58)]  # October 4 to November 30
        told = month_forecast(days(date(2026, 10, 4), amounts[:38]), date(2026, 11, 11))
        assert told.low is not None
        assert told.high is not None
        inside += told.low <= sum(amounts[28:]) <= told.high

    assert inside / 300 >= 0.92


def test_a_dear_day_and_a_silent_one_stand_out_and_ordinary_ones_do_not() -> None:
    chance = Random(11)
    amounts = [chance.lognormvariate(3, 0.2) for _ in range(56)]
    amounts[50], amounts[52] = 300.0, 0.0

    judged = judged_days(days(date(2026, 9, 7), amounts), date(2026, 11, 2))

    assert judged.schema == JUDGED_DAYS.schema
    assert standing_out(judged).select("day", "verdict").rows() == [
        (date(2026, 10, 29), "low"),
        (date(2026, 10, 27), "high"),
    ]
    assert set(judged["verdict"][:12]) == {"too few"}


def test_no_day_is_held_against_days_of_which_half_took_nothing() -> None:
    judged = judged_days(days(date(2026, 9, 7), [20.0, 0.0] * 28), date(2026, 11, 2))

    assert judged["high_usd"].drop_nulls().is_finite().all()
    assert judged.filter(pl.col("high_usd").is_null())["verdict"].unique().to_list() == ["too few"]


def test_today_is_not_judged_before_it_is_over() -> None:
    judged = judged_days(days(NOVEMBER, [20.0] * 29 + [0.1]), date(2026, 11, 30))

    assert judged["day"].max() == date(2026, 11, 29)
    assert judged_days(DAILY.empty(), NOVEMBER).schema == JUDGED_DAYS.schema


@pytest.mark.parametrize("kind", ["lognormal", "gamma", "heavy tails"])
def test_ordinary_days_are_called_out_as_rarely_as_stated(kind: str) -> None:
    chance = Random(3)

    def amount() -> float:
        if kind == "gamma":
            return chance.gammavariate(4, 5)
        if kind == "lognormal":
            return chance.lognormvariate(3, 0.4)
        spread = chance.gammavariate(2.5, 0.4)  # a normal over the root of a chi-square: Student's t, 5 df
        return float(2.718281828 ** (3 + 0.3 * chance.gauss(0, 1) / spread**0.5))

    called = judged = 0
    for _ in range(40):
        told = judged_days(days(date(2026, 1, 5), [amount() for _ in range(84)]), date(2027, 1, 1))
        fair = told.filter(pl.col("verdict") != "too few")
        judged, called = judged + fair.height, called + standing_out(fair).height

    assert judged > 2000
    assert called / judged <= FALSE_ALARMS
