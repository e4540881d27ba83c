"""Plotly figures of the analysis frames. They show what the tables beside them say, and compute nothing."""

from datetime import datetime
from typing import Any, Final

import plotly.graph_objects as go
import polars as pl

from muster.analysis import palette
from muster.analysis.definitions import BY_ID, Unit
from muster.analysis.figures import figure, interval, reason

CONFIG: Final[dict[str, Any]] = {"displayModeBar": False, "responsive": True}
"""For whoever draws a figure: no toolbar, full width."""
_SCALE: Final[dict[Unit, float]] = {"share": 100, "seconds": 1, "usd": 1, "tokens": 1, "rating": 1}
_AXIS: Final[dict[Unit, dict[str, Any]]] = {
    "share": {"ticksuffix": " %"},
    "seconds": {"ticksuffix": " s", "rangemode": "tozero"},
    "usd": {"tickprefix": "$", "rangemode": "tozero"},
    "tokens": {"rangemode": "tozero"},
    "rating": {"range": [1, 5]},
}


def trend(table: pl.DataFrame, kpi_id: str, marks: pl.DataFrame | None = None) -> go.Figure:
    """One KPI over time with its interval as a band; a gap where a bucket had too few.

    Frame in: a `KPI table` with buckets, of one model source and one team (or the company).

    Args:
        marks: the `Change points` of the same table, each a line where the level changed.
    """
    kpi = BY_ID[kpi_id]
    rows = table.filter(pl.col("kpi") == kpi_id).sort("starts_at")
    at, scale = rows["starts_at"].to_list(), _SCALE[kpi.unit]
    value, low, high = (_scaled(rows[name], scale) for name in ("value", "low", "high"))
    chart = go.Figure()
    edge = {"x": at, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    chart.add_scatter(**edge, y=low)
    chart.add_scatter(**edge, y=high, fill="tonexty", fillcolor=palette.translucent(palette.BLUE, 0.18))
    chart.add_scatter(
        x=at,
        y=value,
        mode="lines+markers",
        line={"color": palette.BLUE, "width": 2.5},
        marker={"size": 7},
        text=_hovers(rows, kpi.unit),
        hovertemplate="%{x|%d %b %H:%M}<br>%{text}<extra></extra>",
        showlegend=False,
    )
    if kpi.target is not None:
        chart.add_hline(y=kpi.target * scale, line={"color": palette.GREY, "dash": "dot", "width": 1.5})
    for starts_at in [] if marks is None else marks.filter(kpi=kpi_id)["starts_at"]:
        chart.add_vline(x=starts_at, line={"color": palette.VERMILLION, "width": 2})
    chart.update_yaxes(**_AXIS[kpi.unit])
    chart.update_xaxes(**_dates(at))
    return palette.styled(chart, height=260)


def by_team(table: pl.DataFrame, kpi_id: str) -> go.Figure:
    """One KPI of every team: a point with its interval; teams with too few are named without a point.

    Frame in: a `KPI table` without buckets, of one model source, with a row per team.
    """
    kpi = BY_ID[kpi_id]
    rows = table.filter(pl.col("kpi") == kpi_id, pl.col("team").is_not_null()).sort("team", descending=True)
    scale = _SCALE[kpi.unit]
    value, low, high = (_scaled(rows[name], scale) for name in ("value", "low", "high"))
    chart = go.Figure()
    chart.add_scatter(
        x=value,
        y=_team_labels(rows),
        mode="markers",
        marker={"size": 12, "color": palette.BLUE},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": _gaps(high, value),
            "arrayminus": _gaps(value, low),
            "color": palette.translucent(palette.BLUE, 0.55),
            "thickness": 3,
            "width": 7,
        },
        text=_hovers(rows, kpi.unit),
        hovertemplate="%{y}<br>%{text}<extra></extra>",
        showlegend=False,
    )
    if kpi.target is not None:
        chart.add_vline(x=kpi.target * scale, line={"color": palette.GREY, "dash": "dot", "width": 1.5})
    chart.update_xaxes(**_AXIS[kpi.unit])
    return palette.styled(chart, height=90 + 46 * max(rows.height, 1))


def outcomes(tasks: pl.DataFrame) -> go.Figure:
    """How the ended tasks of each team ended, as stacked bars with their counts.

    Frame in: `Tasks` of one model source.
    """
    counted = tasks.group_by("team", "status").len().sort("team", descending=True)
    chart = go.Figure()
    for status, colour in palette.OUTCOME.items():
        mine = counted.filter(pl.col("status") == status)
        if mine.is_empty():
            continue
        chart.add_bar(
            name=status,
            x=mine["len"].to_list(),
            y=mine["team"].to_list(),
            orientation="h",
            marker=palette.bar(colour),
            text=mine["len"].to_list(),
            textposition="inside",
            insidetextanchor="middle",
            hovertemplate="%{y}: %{x} " + status + "<extra></extra>",
        )
    chart.update_yaxes(categoryorder="category descending")
    return palette.styled(chart, height=100 + 44 * max(counted["team"].n_unique(), 1))


def reasons(table: pl.DataFrame) -> go.Figure:
    """Why people were called, the most frequent on top, with the share's interval on hover.

    Frame in: `Escalation reasons` of one model source and one team (or the company).
    """
    rows = table.sort("escalations", "reason", descending=[False, True])
    chart = go.Figure()
    chart.add_bar(
        x=rows["escalations"].to_list(),
        y=[reason(code) for code in rows["reason"]],
        orientation="h",
        marker={"color": palette.ORANGE},
        text=rows["escalations"].to_list(),
        textposition="outside",
        cliponaxis=False,
        customdata=[
            f"{figure(row['share'], 'share')} ({interval(row['low'], row['high'], 'share')}) of {row['n']}"
            for row in rows.iter_rows(named=True)
        ],
        hovertemplate="%{y}: %{customdata}<extra></extra>",
    )
    return palette.styled(chart, height=80 + 36 * max(rows.height, 1))


def money(costs: pl.DataFrame) -> go.Figure:
    """Money by team: machines (models, tools, compute) beside people.

    Frame in: `Costs` of one model source, with a row per team.
    """
    rows = costs.filter(pl.col("team").is_not_null()).sort("team", descending=True)
    parts = (pl.col(f"{part}_cost_usd").cast(pl.Float64) for part in ("model", "tool", "compute"))
    machine = rows.select(pl.sum_horizontal(*parts)).to_series().to_list()
    people = rows["human_cost_usd"].cast(pl.Float64).to_list()
    chart = go.Figure()
    bars = (("models, tools, computing", machine, palette.BLUE), ("people", people, palette.ORANGE))
    for name, amounts, colour in bars:
        chart.add_bar(
            name=name,
            x=amounts,
            y=rows["team"].to_list(),
            orientation="h",
            marker=palette.bar(colour),
            text=[figure(amount, "usd") for amount in amounts],
            hovertemplate="%{y}: %{text} " + name + "<extra></extra>",
            textposition="auto",
        )
    chart.update_xaxes(tickprefix="$")
    return palette.styled(chart, height=100 + 44 * max(rows.height, 1))


def _dates(at: list[datetime]) -> dict[str, Any]:
    """Ticks that name days when the buckets are days, and times when they are shorter; never slanted."""
    if any(moment.hour or moment.minute for moment in at):
        return {"tickformat": "%H:%M\n%d %b", "nticks": 6, "tickangle": 0}
    return {"tickformat": "%d\n%b", "tickvals": at[:: 1 + len(at) // 7], "tickangle": 0}


def _scaled(values: pl.Series, scale: float) -> list[float | None]:
    return [None if value is None else value * scale for value in values]


def _gaps(upper: list[float | None], lower: list[float | None]) -> list[float]:
    pairs = zip(upper, lower, strict=True)
    return [0.0 if high is None or low is None else high - low for high, low in pairs]


def _team_labels(rows: pl.DataFrame) -> list[str]:
    return [f"{row['team']} (n {row['n']})" for row in rows.iter_rows(named=True)]


def _hovers(rows: pl.DataFrame, unit: Unit) -> list[str]:
    return [
        f"{figure(row['value'], unit)} ({interval(row['low'], row['high'], unit)})<br>n {row['n']}"
        for row in rows.iter_rows(named=True)
    ]
