"""The period a review is of: a week or a month."""

from typing import TypeAlias

from muster.core.errors import CallerError
from muster.reports.month import Month, MonthError
from muster.reports.week import Week, WeekError

Edition: TypeAlias = Week | Month
"""Either has `edition` (`weekly`, `monthly`), `span` (`week`, `month`), a title, days, and a period."""


class EditionError(CallerError):
    """Neither a week nor a month is named."""


def edition(name: str) -> Edition:
    """The week or month called `name`.

    Raises:
        WeekError, MonthError: it is written as one, and there is none of that name.
        EditionError: it is written as neither.
    """
    if "W" in name:
        return Week.parse(name)
    try:
        return Month.parse(name)
    except MonthError:
        raise EditionError(
            f"{name!r} is neither a week nor a month", do="write 2026-W47 or 2026-11"
        ) from None


__all__ = ["Edition", "EditionError", "Month", "MonthError", "Week", "WeekError", "edition"]
