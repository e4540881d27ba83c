"""Figures others have published: expectations to hold a return against, never facts about this company."""

from dataclasses import dataclass
from typing import Final

SOURCE: Final = 'published expectation: "A CTO\'s guide to headless companies"; no data is given with it'


@dataclass(frozen=True, slots=True)
class Yardstick:
    """One published expectation; `low` and `high` are equal where one figure is given."""

    measure: str
    """The measure of `Return figures` it can be held against."""
    scope: str
    """The kind of team it is said of."""
    low: float
    high: float
    unit: str
    """`share`, `months` or `usd`."""
    source: str = SOURCE


_EXAMPLE: Final = "its support team"

YARDSTICKS: Final = (
    Yardstick("roi", "agent teams in general", 1.71, 1.71, "share"),
    Yardstick("payback", "agent teams in general", 5.0, 7.0, "months"),
    Yardstick("payback", "service", 4.1, 4.1, "months"),
    Yardstick("payback", "engineering", 9.3, 9.3, "months"),
    Yardstick("by_hand_a_year", _EXAMPLE, 500_000, 500_000, "usd"),
    Yardstick("completion_rate", _EXAMPLE, 0.8, 0.8, "share"),
    Yardstick("taken_over_a_year", _EXAMPLE, 400_000, 400_000, "usd"),
    Yardstick("left_a_year", _EXAMPLE, 100_000, 100_000, "usd"),
)
