"""A kind of value that is looked for in answers.

Everything is matched by RE2, whose time grows with the text's length only: attackers may write answers.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import re2

_LOOK_AROUND = re.compile(r"\(\?<?[!=](?:\\.|[^()\\])*\)")
_REPEAT = re.compile(r"\{(\d+),(\d+)\}")
_MOST_REPEATS: Final = 1_000
_MOST_LOOK_ALIKES: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One kind, how it looks, and how a value is told from a look-alike."""

    kind: str
    """Such as `secret:aws_key` or `personal:email`."""
    expression: str
    """How it looks, in RE2's syntax."""
    group: int = 0
    """Which group of a match is the value itself."""
    confirmed: Callable[[str], bool] | None = None
    """Whether a candidate is one; null: every candidate is."""
    _compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_compiled", re2.compile(self.expression))

    @property
    def is_secret(self) -> bool:
        """Whether its values are masked."""
        return self.kind.startswith("secret:")

    def values(self, text: str) -> set[str]:
        """The values of this kind in `text`."""
        candidates = {match.group(self.group) for match in self._compiled.finditer(text)}
        return {value for value in candidates if self.confirmed is None or self.confirmed(value)}

    def holds(self, text: str) -> bool:
        """Whether a value is in `text`, which holds a candidate; the first thousand candidates are tried."""
        if self.confirmed is None:
            return True
        candidates = islice(self._compiled.finditer(text), _MOST_LOOK_ALIKES)
        return any(self.confirmed(match.group(self.group)) for match in candidates)


def linear(form: re.Pattern[str]) -> str:
    """An expression of Python's in RE2's syntax; it holds wherever the form does.

    What RE2 cannot do is left out: looking around, and repeating more than a thousand times.
    """
    expression = _REPEAT.sub(_bounded, _LOOK_AROUND.sub("", form.pattern))
    return f"(?i){expression}" if form.flags & re.IGNORECASE else expression


def _bounded(repeat: re.Match[str]) -> str:
    least, most = int(repeat[1]), int(repeat[2])
    return repeat[0] if most <= _MOST_REPEATS else f"{{{min(least, _MOST_REPEATS)},}}"
