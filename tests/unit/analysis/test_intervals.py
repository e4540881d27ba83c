from collections.abc import Callable
from random import Random
from statistics import quantiles

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muster.analysis import intervals

steadily = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""


def evaluate(*expressions: pl.Expr, **columns: list[float]) -> tuple[float, ...]:
    return (
        pl.DataFrame(columns).select(part.alias(str(place)) for place, part in enumerate(expressions)).row(0)
    )


def wilson(successes: int, n: int) -> tuple[float, ...]:
    return evaluate(*intervals.wilson(pl.col("x"), pl.col("n")), x=[successes], n=[n])


def ratio(amounts: list[float], per: list[float]) -> tuple[float, ...]:
    return evaluate(*intervals.ratio(pl.col("amount"), pl.col("per")), amount=amounts, per=per)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_figures(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=1e-4)


@steadily
@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_its_share_and_stays_a_share(counts: tuple[int, int]) -> None:
    successes, n = counts
    low, high = wilson(successes, n)
    assert 0 <= low <= successes / n <= high <= 1
    assert wilson(n - successes, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [(1, 12.7062), (4, 2.7764), (8, 2.3060), (9, 2.2622), (19, 2.0930), (29, 2.0452), (99, 1.9842)],
)
def test_students_t_is_as_tabulated(degrees: int, expected: float) -> None:
    (value,) = evaluate(intervals.t_quantile(pl.col("v")), v=[degrees])
    assert value == pytest.approx(expected, abs=1e-3)


def test_a_mean_has_its_t_interval() -> None:
    amounts = [4.0, 5.0, 6.0, 5.0, 5.0, 4.0, 6.0, 5.0, 5.0, 5.0]

    value, low, high = ratio(amounts, [1.0] * 10)

    half = 2.2622 * (4 / 9 / 10) ** 0.5
    assert (value, low, high) == pytest.approx((5.0, 5.0 - half, 5.0 + half), abs=1e-3)


@steadily
@given(st.lists(st.tuples(st.floats(0, 1e4), st.booleans()), min_size=10, max_size=80))
def test_a_ratio_lies_in_its_interval_and_scales_with_the_currency(rows: list[tuple[float, bool]]) -> None:
    amounts, per = [amount for amount, _ in rows], [float(counted) for _, counted in rows]
    if not any(per):
        return
    value, low, high = ratio(amounts, per)
    in_cents = ratio([amount * 100 for amount in amounts], per)
    assert 0 <= low <= value <= high
    assert in_cents == pytest.approx((value * 100, low * 100, high * 100), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(
    ("n", "p", "expected"),
    [
        (5, 0.5, (None, 2, None)),
        (6, 0.5, (0, 2, 5)),
        (10, 0.5, (1, 4, 8)),
        (71, 0.95, (62, 67, None)),
        (72, 0.95, (63, 68, 71)),
        (100, 0.95, (89, 94, 99)),
    ],
)
def test_quantile_ranks_are_the_binomial_ones(n: int, p: float, expected: tuple[int | None, ...]) -> None:
    assert intervals.quantile_ranks(n, p) == expected


@steadily
@given(st.integers(1, 200_000), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_quantile_ranks_are_in_order_and_in_the_sample(n: int, p: float) -> None:
    low, point, high = intervals.quantile_ranks(n, p)
    assert 0 <= point < n
    assert low is None or 0 <= low <= point
    assert high is None or point <= high < n


def figures_of(value: float, low: float, high: float) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    return pl.lit(value), pl.lit(low), pl.lit(high)


@steadily
@given(st.lists(st.integers(1, 5), min_size=1, max_size=60))
def test_the_interval_of_marks_stays_within_their_ends_and_is_never_empty(marks: list[int]) -> None:
    mean = sum(marks) / len(marks)
    low, high = evaluate(
        *intervals.bounded_mean(pl.col("mean"), pl.col("n"), 1, 5), mean=[mean], n=[len(marks)]
    )
    assert 1 <= low <= mean + 1e-9
    assert mean - 1e-9 <= high <= 5
    assert high > low


def test_a_product_of_one_certain_figure_only_scales_the_other() -> None:
    scaled = evaluate(*intervals.product(figures_of(0.2, 0.1, 0.4), figures_of(8.4, 8.4, 8.4)), x=[1.0])
    assert scaled == pytest.approx((0.2 * 8.4, 0.1 * 8.4, 0.4 * 8.4))


@steadily
@given(*[st.tuples(st.floats(0.1, 10), st.floats(0.01, 1), st.floats(1, 10))] * 2)
def test_a_product_is_wider_than_either_factor_alone(
    one: tuple[float, float, float], two: tuple[float, float, float]
) -> None:
    """Each factor is given as its value and what its ends are of it."""
    parts = [figures_of(value, value * below, value * above) for value, below, above in (one, two)]
    value, low, high = evaluate(*intervals.product(parts[0], parts[1]), x=[1.0])
    assert value == pytest.approx(one[0] * two[0])
    assert low / value <= min(one[1], two[1]) + 1e-9
    assert high / value >= max(one[2], two[2]) - 1e-9


@pytest.mark.parametrize(
    ("name", "covers"),
    [
        ("mean", lambda sample: _covers(ratio(sample, [1.0] * len(sample)), 1.0)),
        ("median", lambda sample: _covers(_median(sample), 0.6931)),
    ],
)
def test_intervals_hold_the_truth_about_95_times_in_100(
    name: str, covers: Callable[[list[float]], bool]
) -> None:
    chance = Random(20_261_121)
    hits = sum(covers([chance.expovariate(1) for _ in range(120)]) for _ in range(300))
    assert 0.92 <= hits / 300 <= 0.985, name


def _covers(figures: tuple[float, ...], truth: float) -> bool:
    return figures[1] <= truth <= figures[2]


def _median(sample: list[float]) -> tuple[float, ...]:
    low, point, high = intervals.quantile_ranks(len(sample), 0.5)
    assert low is not None
    assert high is not None
    ordered = sorted(sample)
    assert ordered[low] <= quantiles(sample, n=2)[0] <= ordered[high]
    return ordered[point], ordered[low], ordered[high]
