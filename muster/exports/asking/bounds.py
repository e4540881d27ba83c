"""What keeps an answer small, and the words of strangers apart from the record's own."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeAlias

import orjson

from muster.core.canonical import Json

Row: TypeAlias = dict[str, Json]

UNTRUSTED: Final = "untrusted_text"
LONGEST_TEXT: Final = 400
"""Characters of one text of a stranger."""
MOST_ROWS: Final = 100
MOST_BYTES: Final = 60_000
"""Of all rows of an answer, as JSON: what a model can read without losing the question."""


def untrusted(text: str | None) -> Json:
    """A stranger's words, marked as data, without control characters and cut; None when there are none."""
    if text is None:
        return None
    cut = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
    return {UNTRUSTED: "".join(letter if letter.isprintable() else " " for letter in cut)}


def plain_rows(rows: Iterable[Mapping[str, Any]], strangers: Sequence[str] = ()) -> list[Row]:
    """Rows as JSON values: money as text with six places, moments as RFC 3339.

    Args:
        strangers: columns whose texts are strangers' words.
    """
    return [
        {name: untrusted(value) if name in strangers else _plain(value) for name, value in row.items()}
        for row in rows
    ]


def bounded(rows: Sequence[Row], limit: int = MOST_ROWS, *, most_bytes: int = MOST_BYTES) -> dict[str, Any]:
    """As many of the rows as an answer may hold, and how many were left out."""
    kept: list[Json] = []
    size = 0
    for row in rows[:limit]:
        size += len(orjson.dumps(row))
        if size > most_bytes:
            break
        kept.append(row)
    return {"rows": kept, "found": len(rows), "left_out": len(rows) - len(kept)}


def _plain(value: Any) -> Json:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value  # type: ignore[no-any-return]
