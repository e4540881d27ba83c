"""Values that are always explained: a registry of patterns by kind."""

import re
from collections.abc import Mapping

from muster.gateway.provenance.spelling import Scalar, normal, spelt

_WITHIN = r"[^\s,;<>\"'@\\/?#]*"
_TAIL = r"[^\s,;<>\"']*"


class Known:
    """The registry, ready to be asked."""

    def __init__(self, patterns: Mapping[str, tuple[str, ...]]) -> None:
        self._of_kind = {kind: tuple(map(_compiled, each)) for kind, each in patterns.items()}

    def holds(self, kind: str, value: Scalar) -> bool:
        """Whether the registry has the value under this kind."""
        return _any_matches(self._of_kind.get(kind, ()), value)

    def holds_anywhere(self, value: Scalar) -> bool:
        """Whether the registry has the value under any kind."""
        return any(_any_matches(patterns, value) for patterns in self._of_kind.values())


def _any_matches(patterns: tuple[re.Pattern[str], ...], value: Scalar) -> bool:
    if not patterns:
        return False
    spelling = spelt(value)
    forms = {spelling.text, spelling.mark.removeprefix("~")}
    return any(pattern.fullmatch(form) for pattern in patterns for form in forms)


def _compiled(pattern: str) -> re.Pattern[str]:
    """A `*` never runs over a blank, a comma, an `@` or, but at the end of an address, a slash."""
    text = spelt(pattern).text if "*" not in pattern else normal(pattern)
    parts = [re.escape(part) for part in text.split("*")]
    if len(parts) > 1 and not parts[-1] and parts[-2].endswith("/"):
        return re.compile(_WITHIN.join(parts[:-1]) + _TAIL)
    return re.compile(_WITHIN.join(parts))
