"""What commands print: tables for people, JSON for programs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
import typer


def print_json(value: Any) -> None:
    """Print `value` as indented JSON; money as strings, times as RFC 3339."""
    typer.echo(orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2).decode())


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
