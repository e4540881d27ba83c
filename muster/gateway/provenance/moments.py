"""Days and times of day in a text, as people write them."""

import re
from collections.abc import Iterator
from datetime import date

Day = tuple[int | None, int, int]
"""Year (null: none is written), month, day."""

_MONTHS = (
    "january jan januar jänner janvier enero ene gennaio",
    "february feb februar février fevrier febrero febbraio",
    "march mar märz maerz mars marzo",
    "april apr avril abril aprile",
    "may mai mayo maggio",
    "june jun juni juin junio giugno",
    "july jul juli juillet julio luglio",
    "august aug août aout agosto ago",
    "september sep sept septembre septiembre settembre",
    "october oct oktober okt octobre octubre ottobre",
    "november nov novembre noviembre",
    "december dec dezember dez décembre decembre diciembre dic dicembre",
)
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
_NAME = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", re.ASCII)
_FIGURES = re.compile(r"(?<![\d.])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d\d)(?![\d])", re.ASCII)
_SHORT_FIGURES = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(?!\d)", re.ASCII)
_DAY_MONTH = re.compile(
    rf"(?<!\w)(\d{{1,2}})(?:st|nd|rd|th|er|º)?\.? ?(?:of |de |di |-)?({_NAME})\b\.?"
    r"(?:,? (?:de |del )?(\d{4})\b|-(\d{4})\b)?"
)
_MONTH_DAY = re.compile(
    rf"(?<!\w)({_NAME})\.? (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?![\w:]|[.,]\d)(?:,? (\d{{4}})\b)?"
)
_CLOCK = re.compile(r"(?<![\d:.])(\d{1,2})[:h](\d\d)(?::(\d\d))? ?(a\.?m\b|p\.?m\b)?(?!\d)")
_HOUR = re.compile(r"(?<![\d:.])(\d{1,2}) ?(a\.?m\b|p\.?m\b|uhr\b|o'clock\b|h\b)")
_NAMED_HOURS = {"noon": "12:00", "midday": "12:00", "midnight": "00:00"}
_CENTURY = 2000
_LAST_HOUR = 23
_LAST_MINUTE = 59
_NOON = 12


def days_in(text: str) -> frozenset[Day]:
    """The days a text in normal form names; 03/04/2026 is both the third of April and the fourth of March."""
    return frozenset(day for day in _days(text) if _exists(day))


def clocks_in(text: str) -> frozenset[str]:
    """The times of day a text in normal form names, as `HH:MM` or, where seconds are written, `HH:MM:SS`."""
    found = {clock for name, clock in _NAMED_HOURS.items() if name in text}
    for hour, minute, second, half in _CLOCK.findall(text):
        found.update(_clocks(int(hour), int(minute), second, half))
    for hour, half in _HOUR.findall(text):
        found.update(_clocks(int(hour), 0, "", half))
    return frozenset(found)


def without_days(text: str) -> str:
    """The text in normal form with full dates and times of day taken out: they are no amounts."""
    for pattern in (_ISO, _FIGURES, _DAY_MONTH, _MONTH_DAY, _CLOCK, _HOUR):
        text = pattern.sub(" ; ", text)
    return text


def names_day(days: frozenset[Day], iso: str) -> bool:
    """Whether one of `days` is the ISO date; a day without its year is that day of any year."""
    year, month, day = (int(part) for part in iso.split("-"))
    return (year, month, day) in days or (None, month, day) in days


def _days(text: str) -> Iterator[Day]:
    for year, month, day in _ISO.findall(text):
        yield int(year), int(month), int(day)
    for first, sign, second, written in _FIGURES.findall(text):
        year = int(written) if len(written) > 2 else _CENTURY + int(written)
        yield year, int(second), int(first)
        if sign != ".":
            yield year, int(first), int(second)
    for day, month in _SHORT_FIGURES.findall(text):
        yield None, int(month), int(day)
    for day, name, year, joined in _DAY_MONTH.findall(text):
        yield int(year or joined) if year or joined else None, _MONTH_OF[name], int(day)
    for name, day, year in _MONTH_DAY.findall(text):
        yield int(year) if year else None, _MONTH_OF[name], int(day)


def _exists(day: Day) -> bool:
    year, month, number = day
    try:
        date(year or _CENTURY, month, number)
    except ValueError:
        return False
    return True


def _clocks(hour: int, minute: int, second: str, half: str) -> Iterator[str]:
    if hour > _LAST_HOUR or minute > _LAST_MINUTE:
        return
    tail = f":{minute:02}" + (f":{second}" if second and second != "00" else "")
    if half.startswith(("a", "p")):
        if 1 <= hour <= _NOON:
            yield f"{hour % _NOON + (_NOON if half.startswith('p') else 0):02}{tail}"
    else:
        yield f"{hour:02}{tail}"
