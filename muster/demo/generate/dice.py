"""Chance that is the same on every machine and Python version: a key in, the same rolls out."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A source of chance named by a key; only `Random.random` is used, whose sequence is guaranteed."""

    def __init__(self, *key: object) -> None:
        self._key = key
        self._random = Random("/".join(str(part) for part in key))

    def named(self, *key: object) -> "Dice":
        """Dice of their own for a part of the work, so that parts do not disturb each other."""
        return Dice(*self._key, *key)

    def share(self) -> float:
        """A number from 0 to just under 1."""
        return self._random.random()

    def chance(self, probability: float) -> bool:
        return self.share() < probability

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both possible."""
        return low + int(self.share() * (high - low + 1))

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.share() * len(options))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """One of the keys, as often as its weight says."""
        left = self.share() * sum(weights.values())
        for option, weight in weights.items():
            left -= weight
            if left < 0:
                return option
        return next(reversed(list(weights)))

    def shuffled(self, options: Sequence[T]) -> list[T]:
        keyed = [(self.share(), position) for position in range(len(options))]
        return [options[position] for _, position in sorted(keyed)]

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        return self.shuffled(options)[:count]

    def digits(self, count: int) -> str:
        return "".join(str(self.whole(0, 9)) for _ in range(count))
