"""Calendar weeks, as people name them: `2026-W47`, Monday to Sunday, UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

from muster.analysis.period import Period
from muster.core.errors import CallerError

_NAME = re.compile(r"(\d{4})-W(\d{1,2})")


class WeekError(CallerError):
    """A week is not named as `2026-W47`."""


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """One ISO week."""

    year: int
    number: int

    edition: ClassVar[str] = "weekly"
    span: ClassVar[str] = "week"

    @classmethod
    def parse(cls, name: str) -> "Week":
        """The week called `name`.

        Raises:
            WeekError: there is no such week.
        """
        match = _NAME.fullmatch(name.strip())
        try:
            if match is None:
                raise ValueError
            year, number = int(match[1]), int(match[2])
            monday = date.fromisocalendar(year, number, 1)
            monday - timedelta(days=28), monday + timedelta(days=7)  # the calendar has an end on either side
        except (ValueError, OverflowError):
            raise WeekError(
                f"{name!r} is not a week", do="write year and ISO week, such as 2026-W47"
            ) from None
        return cls(year, number)

    @classmethod
    def of(cls, at: datetime) -> "Week":
        """The week `at` lies in."""
        year, number, _ = at.astimezone(UTC).isocalendar()
        return cls(year, number)

    @property
    def period(self) -> Period:
        """Monday 00:00 to the next Monday 00:00, UTC."""
        return Period(self._monday, self._monday + timedelta(days=7))

    @property
    def before(self) -> "Week":
        """The week before."""
        return Week.of(self._monday - timedelta(days=7))

    @property
    def title(self) -> str:
        """Its name in words."""
        return f"week {self.number} of {self.year}"

    @property
    def day_count(self) -> int:
        return 7

    @property
    def days(self) -> str:
        """Its first and last day in words."""
        sunday = self._monday + timedelta(days=6)
        start = (
            f"{self._monday.day} {self._monday:%B}"
            if self._monday.month != sunday.month
            else self._monday.day
        )
        return f"{start} to {sunday.day} {sunday:%B %Y}"

    @property
    def _monday(self) -> datetime:
        return datetime.combine(date.fromisocalendar(self.year, self.number, 1), datetime.min.time(), UTC)

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02d}"
