"""A picture as plain values, for `--json` and for the record of a report."""

from decimal import Decimal
from typing import Any

import polars as pl

from muster.analysis.picture import Picture
from muster.core.canonical import Json


def plain(drawn: Picture) -> dict[str, Json]:
    """Every figure of the picture; money as text with six places, moments as RFC 3339, null for too few."""
    return {
        "model_source": drawn.model_source,
        "tasks": {status: drawn.count(status) for status in ("completed", "escalated", "failed")},
        "open": drawn.open.height,
        "people": drawn.attention_label,
        "company": _kpis(drawn, None),
        "teams": {team: _kpis(drawn, team) for team in drawn.teams},
        "costs": rows(drawn.costs),
        "escalation_reasons": rows(drawn.reasons),
        "agents": rows(drawn.agents),
        "attention": rows(drawn.attention),
    }


def rows(frame: pl.DataFrame) -> list[Json]:
    """The rows of a frame as plain objects."""
    return [{name: _plain(value) for name, value in row.items()} for row in frame.iter_rows(named=True)]


def _kpis(drawn: Picture, team: str | None) -> dict[str, Json]:
    mine = drawn.of_team(drawn.table, team)
    kept = ("unit", "n", "value", "low", "high")
    return {row["kpi"]: {name: row[name] for name in kept} for row in mine.iter_rows(named=True)}


def _plain(value: Any) -> Json:
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return value  # type: ignore[no-any-return]
