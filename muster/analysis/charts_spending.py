"""Pictures of money: what each day took, where the month is going, how near budgets came."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import plotly.graph_objects as go
import polars as pl

from muster.analysis import palette
from muster.analysis.anomalies import JUDGED_DAYS
from muster.analysis.burn import BURN, NEAR
from muster.analysis.figures import figure, interval
from muster.analysis.forecast import MonthForecast
from muster.analysis.spending import DAILY, SHARES, SPENDING

_DOLLARS: Final[dict[str, Any]] = {"tickprefix": "$", "rangemode": "tozero"}
_BARS: Final = 12
"""Bars told one by one; a longer tail is in the table beside."""


def spent_by_team(spent: pl.DataFrame) -> go.Figure:
    """What each day took, stacked by team.

    Frame in: `Spending` of one model source.

    Raises:
        FrameError: the frame is of another kind.
    """
    rows = SPENDING.check(spent.lazy()).group_by("day", "team").agg(pl.col("cost_usd").sum()).collect()
    chart = go.Figure()
    for place, team in enumerate(sorted(rows["team"].unique())):
        mine = rows.filter(pl.col("team") == team).sort("day")
        chart.add_bar(
            name=team,
            x=mine["day"].to_list(),
            y=_floats(mine["cost_usd"]),
            marker={"color": palette.SERIES[place % len(palette.SERIES)]},
            text=[figure(amount, "usd") for amount in _floats(mine["cost_usd"])],
            textposition="none",
            hovertemplate="%{x|%a %d %b}<br>" + team + " %{text}<extra></extra>",
        )
    chart.update_yaxes(**_DOLLARS)
    chart.update_xaxes(**_days(rows["day"].unique().sort().to_list()))
    return palette.styled(chart, height=280)


def judged(days: pl.DataFrame) -> go.Figure:
    """Each day's money in the band of what was usual before it; a mark where it left the band.

    Frame in: `Judged days`.

    Raises:
        FrameError: the frame is of another kind.
    """
    rows = JUDGED_DAYS.check(days.lazy()).sort("day").collect()
    at = rows["day"].to_list()
    chart = go.Figure()
    edge = {"x": at, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    chart.add_scatter(**edge, y=rows["low_usd"].to_list())
    chart.add_scatter(
        **edge | {"showlegend": True},
        name="usual",
        y=rows["high_usd"].to_list(),
        fill="tonexty",
        fillcolor=palette.translucent(palette.GREY, 0.25),
    )
    chart.add_scatter(
        name="spent",
        x=at,
        y=_floats(rows["cost_usd"]),
        mode="lines+markers",
        line={"color": palette.BLUE, "width": 2},
        marker={"size": 5},
        hovertemplate="%{x|%a %d %b}: $%{y:,.2f}<extra></extra>",
    )
    out = rows.filter(pl.col("verdict").is_in(["high", "low"]))
    chart.add_scatter(
        name="stands out",
        x=out["day"].to_list(),
        y=_floats(out["cost_usd"]),
        mode="markers",
        marker={"size": 14, "symbol": "circle-open", "color": palette.VERMILLION, "line": {"width": 3}},
        hoverinfo="skip",
    )
    chart.update_yaxes(**_DOLLARS)
    chart.update_xaxes(**_days(at))
    return palette.styled(chart, height=280)


def month(days: pl.DataFrame, forecast: MonthForecast, budget_usd: Decimal | None = None) -> go.Figure:
    """The month's money adding up day by day, and where it is going, with its interval.

    Frame in: `Daily spending`.

    Args:
        budget_usd: the whole month's budget; None draws none.

    Raises:
        FrameError: the frame is of another kind.
    """
    rows = DAILY.check(days.lazy()).filter(pl.col("day") >= forecast.month, pl.col("day") <= forecast.today)
    summed = rows.sort("day").with_columns(pl.col("cost_usd").cum_sum()).collect()
    end = forecast.month.replace(day=monthrange(forecast.month.year, forecast.month.month)[1])
    chart = go.Figure()
    chart.add_scatter(
        name="spent",
        x=summed["day"].to_list(),
        y=_floats(summed["cost_usd"]),
        mode="lines",
        line={"color": palette.BLUE, "width": 2.5},
        fill="tozeroy",
        fillcolor=palette.translucent(palette.BLUE, 0.15),
        hovertemplate="%{x|%d %b}: $%{y:,.2f} so far<extra></extra>",
    )
    if forecast.value is not None:
        _add_forecast(chart, forecast, end)
    if budget_usd is not None:
        chart.add_hline(y=float(budget_usd), line={"color": palette.VERMILLION, "dash": "dot", "width": 1.5})
    chart.update_yaxes(**_DOLLARS)
    span = [forecast.month, end + timedelta(days=1)]
    chart.update_xaxes(range=span, tickformat="%d\n%b", nticks=7, tickangle=0)
    return palette.styled(chart, height=280)


def _add_forecast(chart: go.Figure, forecast: MonthForecast, end: date) -> None:
    words = f"{figure(forecast.value, 'usd')} ({interval(forecast.low, forecast.high, 'usd')})"
    at = [forecast.today, end]
    edge = {"x": at, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    chart.add_scatter(**edge, y=[forecast.spent, forecast.low])
    chart.add_scatter(
        **edge,
        y=[forecast.spent, forecast.high],
        fill="tonexty",
        fillcolor=palette.translucent(palette.ORANGE, 0.3),
    )
    chart.add_scatter(
        name="forecast, 95 %",
        x=at,
        y=[forecast.spent, forecast.value],
        mode="lines",
        line={"color": palette.ORANGE, "width": 2, "dash": "dash"},
        text=["", words],
        hovertemplate="%{x|%d %b}: %{text}<extra></extra>",
    )


def shares(rows: pl.DataFrame, colour: str = palette.BLUE) -> go.Figure:
    """Who spent it or what it bought, the largest on top, with its share.

    Frame in: `Spending shares`.

    Raises:
        FrameError: the frame is of another kind.
    """
    told = SHARES.check(rows.lazy()).head(_BARS).collect().reverse()
    chart = go.Figure()
    chart.add_bar(
        x=_floats(told["cost_usd"]),
        y=told["name"].to_list(),
        orientation="h",
        marker={"color": colour},
        text=[_share(row) for row in told.iter_rows(named=True)],
        textposition="auto",
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    chart.update_xaxes(tickprefix="$", nticks=5)
    return palette.styled(chart, height=80 + 34 * max(told.height, 1))


def burn(rows: pl.DataFrame) -> go.Figure:
    """How much of its daily budget each used: the mean as a bar, the worst day as a mark.

    Frame in: `Burn`; budgets without a day or a limit are left out.

    Raises:
        FrameError: the frame is of another kind.
    """
    told = BURN.check(rows.lazy()).filter(pl.col("peak_share").is_not_null()).head(_BARS).collect().reverse()
    chart = go.Figure()
    chart.add_bar(
        name="mean day",
        x=[share * 100 for share in told["mean_share"]],
        y=told["who"].to_list(),
        orientation="h",
        marker={"color": palette.BLUE},
        hovertemplate="%{y}: %{x:.1f} % on the mean day<extra></extra>",
    )
    chart.add_scatter(
        name="worst day",
        x=[share * 100 for share in told["peak_share"]],
        y=told["who"].to_list(),
        mode="markers",
        marker={"size": 12, "symbol": "diamond", "color": palette.ORANGE},
        hovertemplate="%{y}: %{x:.1f} % on the worst day<extra></extra>",
    )
    chart.add_vline(x=NEAR * 100, line={"color": palette.GREY, "dash": "dot", "width": 1.5})
    chart.update_xaxes(ticksuffix=" %", rangemode="tozero", nticks=6)
    return palette.styled(chart, height=90 + 34 * max(told.height, 1))


def _share(row: dict[str, Any]) -> str:
    amount = figure(float(row["cost_usd"]), "usd")
    return amount if row["share"] is None else f"{amount} · {row['share'] * 100:.0f}\u00a0%"


def _floats(values: pl.Series) -> list[float]:
    return [float(value) for value in values]


def _days(at: list[date]) -> dict[str, Any]:
    """A few ticks, each a day, never slanted."""
    return {"tickformat": "%d\n%b", "tickvals": at[:: 1 + len(at) // 7], "tickangle": 0}
