"""Any value of a program as JSON; what JSON has no form for becomes text."""

import datetime
import decimal
from collections.abc import Mapping
from typing import Any

_MOST_ROWS = 1_000
_MOST_DEEP = 20
_TEXT_CHARS = 10_000


def plain(value: Any, deep: int = 0) -> Any:
    """`value` as JSON types: exact decimals and times as text, frames as lists of rows."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else str(value)
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, (decimal.Decimal, datetime.date, datetime.time, datetime.timedelta)):
        return value.isoformat() if hasattr(value, "isoformat") else str(value)
    if deep >= _MOST_DEEP:
        return "..."
    if isinstance(value, Mapping):
        return {str(key): plain(each, deep + 1) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each, deep + 1) for each in value]
    for method, arguments in (("to_dicts", ()), ("tolist", ()), ("to_list", ())):
        if callable(found := getattr(value, method, None)):
            rows = found(*arguments)
            return plain(rows[:_MOST_ROWS] if isinstance(rows, list) else rows, deep + 1)
    text = repr(value)
    return text if len(text) <= _TEXT_CHARS else f"{text[:_TEXT_CHARS]}..."
