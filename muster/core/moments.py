"""Moments as people write them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from muster.core.errors import CallerError

_AGO: Final = re.compile(r"(\d{1,4})([hdw])")
_UNITS: Final = {"h": "hours", "d": "days", "w": "weeks"}


class SinceError(CallerError):
    """A moment is written in no form that is known."""


def moment(text: str, now: datetime, *, where: str = "--since") -> datetime:
    """The moment `text` names: `24h`, `7d` or `2w` ago, a date, or an RFC 3339 time; UTC unless it says so.

    Args:
        where: what the caller wrote it for.

    Raises:
        SinceError: it names none.
    """
    ago = _AGO.fullmatch(text.strip())
    if ago is not None:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise SinceError(
            f"{text!r} is not a moment",
            where=where,
            do="write 24h, 7d, 2w, 2026-11-20 or 2026-11-20T08:00Z",
        ) from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
