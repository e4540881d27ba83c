"""The periods a reader chooses from, and the stretch of time each stands for."""

from datetime import UTC, datetime, timedelta
from typing import Final

from muster.analysis.period import Period

ALL_TIME: Final = "all time"
_BACK: Final = {"24 hours": timedelta(hours=24), "7 days": timedelta(days=7), "30 days": timedelta(days=30)}
PERIODS: Final = (ALL_TIME, *_BACK, "this month", "last month")
"""In the order they are offered; months are calendar months, UTC."""


def within(period: str, now: datetime) -> Period:
    """The stretch of time that `period` stands for at the moment `now`; all time for a word nobody knows."""
    if period in _BACK:
        return Period(since=now - _BACK[period])
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if period == "this month":
        return Period(since=first)
    if period == "last month":
        return Period(since=(first - timedelta(days=1)).replace(day=1), until=first)
    return Period()
