"""Beliefs one can draw from."""

import numpy as np
import pytest

from muster.analysis.human import AssumptionError
from muster.analysis.roi.spreads import Beta, Lognormal, Mean, Pert, Point, Rate, Spread, Triangular, Uniform

ALL = [
    Point(3),
    Uniform(1, 4),
    Triangular(8, 12, 20),
    Pert(8, 12, 20),
    Lognormal(10, 40),
    Beta(16, 4),
    Rate(30, 100),
    Mean(0.05, 0.004),
]


def drawn(spread: Spread, draws: int = 40_000) -> np.ndarray:
    return spread.draw(np.random.default_rng(5), draws)


@pytest.mark.parametrize("spread", ALL, ids=lambda spread: type(spread).__name__)
def test_what_is_drawn_lies_within_and_has_the_mean_it_says(spread: Spread) -> None:
    values = drawn(spread)

    assert spread.lowest <= values.min()
    assert values.max() <= spread.highest
    error = values.std() / np.sqrt(len(values))
    assert values.mean() == pytest.approx(spread.mean, abs=5 * error + 1e-12)


def test_a_lognormal_has_the_tenth_and_the_ninetieth_percentile_asked_for() -> None:
    low, high = np.quantile(drawn(Lognormal(10, 40)), (0.1, 0.9))

    assert low == pytest.approx(10, rel=0.02)
    assert high == pytest.approx(40, rel=0.02)


def test_a_mean_has_the_standard_error_asked_for() -> None:
    assert drawn(Mean(0.05, 0.004)).std() == pytest.approx(0.004, rel=0.02)
    assert set(drawn(Mean(0.05, 0.0), 9)) == {0.05}
    assert set(drawn(Mean(0.0, 0.0), 9)) == {0.0}


@pytest.mark.parametrize(("few", "many"), [(Beta(8, 2), Beta(800, 200)), (Rate(3, 10), Rate(300, 1000))])
def test_the_less_was_seen_the_wider_it_is(few: Spread, many: Spread) -> None:
    assert drawn(few).std() > 5 * drawn(many).std()


def test_what_was_never_seen_may_still_happen() -> None:
    assert 0 < np.quantile(drawn(Rate(0, 50)), 0.95) < 0.1
    assert 0 < np.quantile(drawn(Beta(0, 50)), 0.95) < 0.1


@pytest.mark.parametrize(
    ("make", "values"),
    [
        (Uniform, (4, 1)),
        (Uniform, (4, 4)),
        (Triangular, (8, 30, 20)),
        (Pert, (12, 8, 20)),
        (Lognormal, (40, 10)),
        (Lognormal, (0, 10)),
        (Beta, (0, 0)),
        (Beta, (-1, 4)),
    ],
)
def test_what_cannot_be_drawn_from_is_refused(make: type, values: tuple[float, ...]) -> None:
    with pytest.raises(AssumptionError) as refused:
        make(*values)
    assert refused.value.do
