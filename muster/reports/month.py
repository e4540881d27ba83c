"""Calendar months, as people name them: `2026-11`, UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

from muster.analysis.period import Period
from muster.core.errors import CallerError

_NAME = re.compile(r"(\d{4})-(\d{2})")


class MonthError(CallerError):
    """A month is not named as `2026-11`."""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One calendar month."""

    year: int
    number: int

    edition: ClassVar[str] = "monthly"
    span: ClassVar[str] = "month"

    @classmethod
    def parse(cls, name: str) -> "Month":
        """The month called `name`.

        Raises:
            MonthError: there is no such month.
        """
        match = _NAME.fullmatch(name.strip())
        try:
            if match is None:
                raise ValueError
            first = date(int(match[1]), int(match[2]), 1)
            first - timedelta(days=62), first + timedelta(days=31)  # the calendar has an end on either side
        except (ValueError, OverflowError):
            raise MonthError(f"{name!r} is not a month", do="write year and month, such as 2026-11") from None
        return cls(first.year, first.month)

    @classmethod
    def of(cls, at: datetime) -> "Month":
        """The month `at` lies in."""
        at = at.astimezone(UTC)
        return cls(at.year, at.month)

    @property
    def period(self) -> Period:
        """The first at 00:00 to the next month's first at 00:00, UTC."""
        return Period(self._first, Month.of(self._first + timedelta(days=31))._first)

    @property
    def before(self) -> "Month":
        """The month before."""
        return Month.of(self._first - timedelta(days=1))

    @property
    def title(self) -> str:
        """Its name in words."""
        return f"{self._first:%B %Y}"

    @property
    def days(self) -> str:
        """Its first and last day in words."""
        last = self._first + timedelta(days=self.day_count - 1)
        return f"1 to {last.day} {last:%B %Y}"

    @property
    def day_count(self) -> int:
        return (Month.of(self._first + timedelta(days=31))._first - self._first).days

    @property
    def _first(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02d}"
