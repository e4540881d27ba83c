"""Pictures of quality: how right each agent has been over two weeks, and how available each team was."""

from datetime import datetime
from typing import Any, Final

import plotly.graph_objects as go
import polars as pl

from muster.analysis import palette
from muster.analysis.definitions import ACCURACY
from muster.analysis.figures import figure, interval
from muster.analysis.reliability import AVAILABILITY
from muster.analysis.rolling import ROLLING

_LINES: Final = 6
"""Agents drawn, those with the most evaluations; the table beside has them all."""


def rolling(rows: pl.DataFrame) -> go.Figure:
    """Accuracy of the last fourteen days, day by day, a line an agent; a gap where there were too few.

    Frame in: `Rolling accuracy` of one model source.

    Raises:
        FrameError: the frame is of another kind.
    """
    told = ROLLING.check(rows.lazy()).with_columns(who=pl.concat_str("team", pl.lit("/"), "agent")).collect()
    most = told.group_by("who").agg(pl.col("n").max()).sort("n", "who", descending=[True, False])
    chart = go.Figure()
    for place, who in enumerate(sorted(most["who"].head(_LINES))):
        mine = told.filter(pl.col("who") == who).sort("day")
        if mine["accuracy"].null_count() == mine.height:
            continue
        chart.add_scatter(
            name=who,
            x=mine["day"].to_list(),
            y=[None if value is None else value * 100 for value in mine["accuracy"]],
            mode="lines+markers",
            line={"color": palette.SERIES[place % len(palette.SERIES)], "width": 2},
            marker={"size": 6, "symbol": palette.SYMBOLS[place % len(palette.SYMBOLS)]},
            text=[_hover(row) for row in mine.iter_rows(named=True)],
            hovertemplate=who + "<br>%{x|%d %b}: %{text}<extra></extra>",
            showlegend=True,
        )
    if ACCURACY.target is not None:
        chart.add_hline(y=ACCURACY.target * 100, line={"color": palette.GREY, "dash": "dot", "width": 1.5})
    chart.update_yaxes(ticksuffix=" %")
    chart.update_xaxes(**_days(sorted(set(told["day"].to_list()))))
    return palette.styled(chart, height=320)


def availability(rows: pl.DataFrame) -> go.Figure:
    """The share of good runs of every team with its interval, beside what is promised.

    Frame in: `Availability` of one model source; teams with too few runs are named without a point.

    Raises:
        FrameError: the frame is of another kind.
    """
    told = AVAILABILITY.check(rows.lazy()).drop_nulls("team").sort("team", descending=True).collect()
    value, low, high = ([_percent(one) for one in told[name]] for name in ("value", "low", "high"))
    chart = go.Figure()
    chart.add_scatter(
        x=value,
        y=[f"{row['team']} (n {row['n']})" for row in told.iter_rows(named=True)],
        mode="markers",
        marker={"size": 12, "color": palette.BLUE},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [_gap(high, at) for high, at in zip(high, value, strict=True)],
            "arrayminus": [_gap(at, low) for at, low in zip(value, low, strict=True)],
            "color": palette.translucent(palette.BLUE, 0.55),
            "thickness": 3,
            "width": 7,
        },
        text=[
            f"{figure(row['value'], 'share')} ({interval(row['low'], row['high'], 'share')})"
            for row in told.iter_rows(named=True)
        ],
        hovertemplate="%{y}<br>%{text}<extra></extra>",
        showlegend=False,
    )
    for objective in told["objective"].unique():
        chart.add_vline(x=objective * 100, line={"color": palette.GREY, "dash": "dot", "width": 1.5})
    chart.update_xaxes(ticksuffix=" %", nticks=5)
    return palette.styled(chart, height=90 + 46 * max(told.height, 1))


def _percent(value: float | None) -> float | None:
    return None if value is None else value * 100


def _gap(upper: float | None, lower: float | None) -> float:
    return 0.0 if upper is None or lower is None else upper - lower


def _hover(row: dict[str, Any]) -> str:
    ends = interval(row["low"], row["high"], "share")
    return f"{figure(row['accuracy'], 'share')}{f' ({ends})' if ends else ''}, n {row['n']}"


def _days(at: list[datetime]) -> dict[str, Any]:
    return {"tickformat": "%d\n%b", "tickvals": at[:: 1 + len(at) // 7], "tickangle": 0}
