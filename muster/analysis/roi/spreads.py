"""What may be believed about a figure: one value, or a range of values and how likely each is."""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from muster.analysis.human import AssumptionError

Draws: TypeAlias = npt.NDArray[np.float64]

_Z90: Final = NormalDist().inv_cdf(0.9)


class Spread(Protocol):
    """A belief one can draw from."""

    @property
    def lowest(self) -> float:
        """The least it can be."""

    @property
    def highest(self) -> float:
        """The most it can be; infinity without a bound."""

    @property
    def mean(self) -> float:
        """What it is on average."""

    def draw(self, chance: np.random.Generator, draws: int) -> Draws:
        """So many values, independent of one another."""


class _Bounded:
    """From `low` to `high`."""

    __slots__ = ()
    low: float
    high: float

    @property
    def lowest(self) -> float:
        return self.low

    @property
    def highest(self) -> float:
        return self.high


class _Endless:
    """From zero to any height."""

    __slots__ = ()

    @property
    def lowest(self) -> float:
        return 0.0

    @property
    def highest(self) -> float:
        return math.inf


@dataclass(frozen=True, slots=True)
class Point:
    """One value, held for certain."""

    value: float

    @property
    def lowest(self) -> float:
        return self.value

    @property
    def highest(self) -> float:
        return self.value

    @property
    def mean(self) -> float:
        return self.value

    def draw(self, chance: np.random.Generator, draws: int) -> Draws:  # noqa: ARG002 nothing to chance
        return np.full(draws, self.value)


@dataclass(frozen=True, slots=True)
class Uniform(_Bounded):
    """Anything between two ends, all alike.

    Raises:
        AssumptionError: the ends are not in order.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        _ordered("uniform", self.low, self.high)

    @property
    def mean(self) -> float:
        return (self.low + self.high) / 2

    def draw(self, chance: np.random.Generator, draws: int) -> Draws:
        return chance.uniform(self.low, self.high, draws)


@dataclass(frozen=True, slots=True)
class Triangular(_Bounded):
    """Least, most likely, most; falling off in straight lines.

    Raises:
        AssumptionError: the three are not in order.
    """

    low: float
    likely: float
    high: float

    def __post_init__(self) -> None:
        _in_between("triangular", self.low, self.likely, self.high)

    @property
    def mean(self) -> float:
        return (self.low + self.likely + self.high) / 3

    def draw(self, chance: np.random.Generator, draws: int) -> Draws:
        return chance.triangular(self.low, self.likely, self.high, draws)


@dataclass(frozen=True, slots=True)
class Pert(_Bounded):
    """Least, most likely, most; a smooth hill that trusts the most likely more than `Triangular` does.

    The mean is (least + 4 x likely + most) / 6, as in the planning method it is named after.

    Raises:
        AssumptionError: the three are not in order.
    """

    low: float
    likely: float
    high: float

    def __post_init__(self) -> None:
        _in_between("pert", self.low, self.likely, self.high)

    @property
    def mean(self) -> float:
        return (self.low + 4 * self.likely + self.high) / 6

    def draw(self, chance: np.random.Generator, draws: int) -> Draws:
        width = self.high - self.low
        first, second = 4 * (self.likely - self.low) / width, 4 * (self.high - self.likely) / width
        return self.low + width * chance.beta(1 + first, 1 + second, draws)


@dataclass(frozen=True, slots=True)
class Lognormal(_Endless):
    """A long tail to the right; one time in ten below `p10`, one time in ten above `p90`.

    Raises:
        AssumptionError: the two are not in order, or not above zero.
    """

    p10: float
    p90: float

    def __post_init__(self) -> None:
        _ordered("lognormal", self.p10, self.p90)
        if self.p10 <= 0:
            raise AssumptionError(f"lognormal begins at {self.p10:g}", do="give a p10 above zero")

    @property
    def mean(self) -> float:
        middle, sigma = self._logarithm
        return math.exp(middle + sigma**2 / 2)

    def draw(self, chance: np.random.Generator, draws: int) -> Draws:
        middle, sigma = self._logarithm
        return chance.lognormal(middle, sigma, draws)

    @property
    def _logarithm(self) -> tuple[float, float]:
        """Mean and standard deviation of its logarithm."""
        low, high = math.log(self.p10), math.log(self.p90)
        return (low + high) / 2, (high - low) / (2 * _Z90)


@dataclass(frozen=True, slots=True)
class Beta:
    """A share of which so many hits and misses were seen: the fewer, the wider (Jeffreys' prior).

    Raises:
        AssumptionError: a count is negative, or none was seen.
    """

    hits: float
    misses: float

    def __post_init__(self) -> None:
        if min(self.hits, self.misses) < 0 or self.hits + self.misses == 0:
            raise AssumptionError(
                f"beta has {self.hits:g} hits and {self.misses:g} misses",
                do="give what was seen, at least one",
            )

    @property
    def lowest(self) -> float:
        return 0.0

    @property
    def highest(self) -> float:
        return 1.0

    @property
    def mean(self) -> float:
        return (self.hits + 0.5) / (self.hits + self.misses + 1)

    def draw(self, chance: np.random.Generator, draws: int) -> Draws:
        return chance.beta(self.hits + 0.5, self.misses + 0.5, draws)


@dataclass(frozen=True, slots=True)
class Rate(_Endless):
    """How often something happens in one unit, seen `count` times in `units` (Jeffreys' prior)."""

    count: float
    units: float
    """Tasks, or months; above zero."""

    @property
    def mean(self) -> float:
        return (self.count + 0.5) / self.units

    def draw(self, chance: np.random.Generator, draws: int) -> Draws:
        return chance.gamma(self.count + 0.5, 1 / self.units, draws)


@dataclass(frozen=True, slots=True)
class Mean(_Endless):
    """The mean of something that is never negative, known up to a standard error: a gamma distribution."""

    value: float
    error: float
    """Standard error of the mean, in the same unit; zero is certainty."""

    @property
    def mean(self) -> float:
        return self.value

    def draw(self, chance: np.random.Generator, draws: int) -> Draws:
        if self.error == 0 or self.value == 0:
            return np.full(draws, self.value)
        relative = (self.error / self.value) ** 2
        return chance.gamma(1 / relative, self.value * relative, draws)


def _ordered(name: str, low: float, high: float) -> None:
    if not low < high:
        raise AssumptionError(
            f"{name} goes from {low:g} to {high:g}",
            do="give the smaller end first; for one value write just it",
        )


def _in_between(name: str, low: float, likely: float, high: float) -> None:
    _ordered(name, low, high)
    if not low <= likely <= high:
        raise AssumptionError(
            f"{name} has {likely:g} outside {low:g} to {high:g}",
            do="give the least, the most likely and the most, in this order",
        )
