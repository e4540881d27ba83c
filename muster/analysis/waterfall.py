"""The picture of one task: every step where it stood in time."""

from typing import Final

import plotly.graph_objects as go
import polars as pl

from muster.analysis import palette
from muster.analysis.figures import duration
from muster.analysis.figures import money as dollars

_COLOURS: Final = {
    "model call": palette.BLUE,
    "tool call": palette.GREEN,
    "refused": palette.VERMILLION,
    "escalation": palette.ORANGE,
    "approval": palette.ORANGE,
    "handoff": palette.PURPLE,
}


def waterfall(steps: pl.DataFrame) -> go.Figure:
    """A task's steps from top to bottom: a bar for what took time, a mark for a moment.

    Frame in: `Steps`.
    """
    chart = go.Figure()
    for kind in steps["kind"].unique(maintain_order=True):
        mine = steps.filter(pl.col("kind") == kind)
        colour = _COLOURS.get(kind, palette.GREY)
        labels = _labels(mine)
        hover = {"customdata": _hovers(mine), "hovertemplate": "%{customdata}<extra></extra>", "name": kind}
        if mine["duration_ms"].fill_null(0).max() == 0:
            chart.add_scatter(
                **hover, x=_seconds(mine["offset_ms"]), y=labels, mode="markers", marker=_mark(colour)
            )
        else:
            chart.add_bar(
                **hover,
                base=_seconds(mine["offset_ms"]),
                x=_seconds(mine["duration_ms"].fill_null(0)),
                y=labels,
                orientation="h",
                marker={"color": colour},
            )
    chart.update_yaxes(categoryorder="array", categoryarray=_labels(steps), autorange="reversed")
    chart.update_xaxes(ticksuffix=" s", rangemode="tozero")
    return palette.styled(chart, height=110 + 26 * max(steps.height, 1))


def _mark(colour: str) -> dict[str, object]:
    return {"color": colour, "size": 11, "symbol": "diamond"}


def _labels(rows: pl.DataFrame) -> list[str]:
    """Calls by what was called, all else by its kind too; the number makes each its own."""
    labels = []
    for row in rows.iter_rows(named=True):
        what = (row["what"] or "").replace("__", " ").replace("_", " ")
        named = what if row["kind"] in ("model call", "tool call") else f"{row['kind']}: {what}"
        labels.append(f"{row['step']}  {named}")
    return labels


def _seconds(milliseconds: pl.Series) -> list[float]:
    return [value / 1000 for value in milliseconds]


def _hovers(rows: pl.DataFrame) -> list[str]:
    hovers = []
    for row in rows.iter_rows(named=True):
        parts = [f"<b>{row['kind']}</b> {row['what'] or ''}", row["agent"] or "", row["outcome"] or ""]
        if row["duration_ms"]:
            parts.append(duration(row["duration_ms"] / 1000))
        if row["cost_usd"] is not None:
            parts.append(dollars(float(row["cost_usd"])))
        hovers.append("<br>".join(part for part in parts if part))
    return hovers
