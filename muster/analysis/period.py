"""A stretch of time."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time tasks ended in; None leaves that side open."""

    since: datetime | None = None
    """First moment included, UTC."""
    until: datetime | None = None
    """First moment left out, UTC."""
