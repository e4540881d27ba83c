"""The picture of one task: every step where it stood in time."""

from typing import Final

import plotly.graph_objects as go
import polars as pl

from muster.analysis import palette
from muster.analysis.figures import duration
from muster.analysis.figures import money as dollars
from muster.analysis.steps import FOR_A_PERSON, FOR_THE_SYSTEM

_COLOURS: Final = {
    "model call": palette.BLUE,
    "tool call": palette.GREEN,
    "refused": palette.VERMILLION,
    "escalation": palette.ORANGE,
    "approval": palette.ORANGE,
    "handoff": palette.PURPLE,
    FOR_A_PERSON: palette.ORANGE,
    FOR_THE_SYSTEM: palette.GREY,
}
_LONGEST: Final = 26
_WAITS: Final = (FOR_A_PERSON, FOR_THE_SYSTEM)


def waterfall(steps: pl.DataFrame) -> go.Figure:
    """A task's steps from top to bottom: a bar for what took time, a mark for a moment, money beside its bar.

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
                **hover,
                x=_seconds(mine["offset_ms"]),
                y=labels,
                mode="markers",
                marker=_mark(colour),
                showlegend=False,
            )
        else:
            chart.add_bar(
                **hover,
                base=_seconds(mine["offset_ms"]),
                x=_seconds(mine["duration_ms"].fill_null(0)),
                y=labels,
                orientation="h",
                showlegend=True,
                marker=_bar(kind, colour),
                text=[dollars(float(cost)) if cost else None for cost in mine["cost_usd"]],
                textposition="outside",
                cliponaxis=False,
            )
    chart.update_yaxes(categoryorder="array", categoryarray=_labels(steps), autorange="reversed", dtick=1)
    chart.update_xaxes(ticksuffix=" s", rangemode="tozero")
    return palette.styled(chart, height=110 + 26 * max(steps.height, 1))


def _bar(kind: str, colour: str) -> dict[str, object]:
    """Waiting is hatched: nobody was at work."""
    if kind not in _WAITS:
        return {"color": colour}
    pattern = {"shape": "/", "fillmode": "replace", "fgcolor": colour, "solidity": 0.4, "size": 6}
    return {"color": colour, "pattern": {**pattern, "bgcolor": palette.translucent(colour, 0.15)}}


def _mark(colour: str) -> dict[str, object]:
    return {"color": colour, "size": 11, "symbol": "diamond"}


def _labels(rows: pl.DataFrame) -> list[str]:
    """Calls by what was called, all else by its kind too; the number makes each its own."""
    labels = []
    for row in rows.iter_rows(named=True):
        what = (row["what"] or "").replace("__", " ").replace("_", " ")
        named = what if row["kind"] in ("model call", "tool call") else f"{row['kind']}: {what}"
        if row["kind"] in _WAITS:
            named = row["kind"]
        labels.append(f"{row['step']}  {_short(named)}")
    return labels


def _short(text: str) -> str:
    """Cut so that a telephone has room for the bars too; the table below says it whole."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


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
