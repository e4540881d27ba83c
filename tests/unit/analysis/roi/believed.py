"""Cases written by hand for the tests of returns."""

from collections.abc import Mapping

from muster.analysis.roi.inputs import Case, Quantity
from muster.analysis.roi.spreads import Beta, Lognormal, Mean, Pert, Point, Rate, Spread, Triangular, Uniform

CERTAIN: Mapping[str, float] = {
    "volume": 1000,
    "minutes_by_hand": 12,
    "loaded_rate": 60,
    "capture_share": 0.5,
    "build_cost": 10_000,
    "run_cost": 500,
    "ramp": 2,
    "discount_rate": 1.01**12 - 1,
    "completion_rate": 0.8,
    "error_rate": 0.05,
    "error_cost": 10,
    "answered_calls": 0.1,
    "approvals": 0.2,
    "minutes_per_escalation": 6,
    "minutes_per_approval": 2,
    "minutes_per_rework": 15,
    "machine_cost": 0.05,
}
"""Every input as one value; a minute of a person is one dollar, a dollar loses one percent a month."""

UNCERTAIN: Mapping[str, Spread] = {
    "volume": Rate(980, 1.0),
    "minutes_by_hand": Triangular(8, 12, 20),
    "capture_share": Pert(0.3, 0.6, 0.9),
    "build_cost": Lognormal(6_000, 18_000),
    "run_cost": Uniform(300, 700),
    "completion_rate": Beta(80, 20),
    "error_rate": Beta(3, 97),
    "machine_cost": Mean(0.05, 0.01),
}
"""Some of the same, believed less firmly."""


def case(
    values: Mapping[str, float] = CERTAIN,
    spreads: Mapping[str, Spread] | None = None,
    *,
    months: int = 24,
    **changed: float,
) -> Case:
    """The case in which everything is as given, `changed` last."""
    beliefs: dict[str, Spread] = {name: Point(value) for name, value in values.items()}
    beliefs |= dict(spreads or {})
    beliefs |= {name: Point(value) for name, value in changed.items()}
    quantities = {
        name: Quantity(spread=spread, basis="assumption", source="a test") for name, spread in beliefs.items()
    }
    return Case(team="support", model_source=None, horizon_months=months, quantities=quantities)
