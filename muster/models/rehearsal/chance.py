"""Chance that repeats: every draw is a hash of the seed and of what it is drawn for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import blake2b

_SPAN = float(1 << 64)


class Chance:
    """Draws that depend on nothing but the seed and their subject."""

    def __init__(self, seed: int) -> None:
        self._key = blake2b(str(seed).encode(), digest_size=32).digest()

    def draw(self, *subject: object) -> float:
        """A number in [0, 1), the same for the same subject."""
        text = "\x1f".join(map(str, subject)).encode("utf-8", "surrogatepass")
        return int.from_bytes(blake2b(text, digest_size=8, key=self._key).digest()) / _SPAN

    def happens(self, rate: float, *subject: object) -> bool:
        """Whether something of that rate (0 to 1) happens to the subject."""
        return rate > 0 and self.draw(*subject) < rate

    def pick(self, options: Sequence[str], *subject: object) -> str:
        """One of the options, the same for the same subject."""
        return options[int(self.draw("pick", *subject) * len(options))]

    def latency_ms(self, typical_ms: float, *subject: object) -> float:
        """A time around the typical one, skewed as answer times are: half to five times as long."""
        spread = -math.log(1.0 - self.draw("latency", *subject))
        return typical_ms * min(0.5 + 0.7 * spread, 5.0)
