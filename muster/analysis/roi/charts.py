"""Plotly figures of a return. They show what its frames say, and compute nothing."""

from typing import Final

import plotly.graph_objects as go
import polars as pl

from muster.analysis import palette

_BAND: Final = 0.18


def cash_chart(cash: pl.DataFrame) -> go.Figure:
    """What has been earned less what was spent, month by month: the middle, and nine draws in ten as a band.

    Frame in: `Cash`.
    """
    months = cash["month"].to_list()
    low, middle, high = (cash[f"total_{end}"].to_list() for end in ("p5", "p50", "p95"))
    chart = go.Figure()
    edge = {"x": months, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    chart.add_scatter(**edge, y=low)
    chart.add_scatter(**edge, y=high, fill="tonexty", fillcolor=palette.translucent(palette.BLUE, _BAND))
    chart.add_scatter(
        x=months,
        y=middle,
        mode="lines",
        line={"color": palette.BLUE, "width": 2.5},
        customdata=list(zip(low, high, strict=True)),
        hovertemplate=(
            "month %{x}<br>middle %{y:$,.3s}<br>nine in ten %{customdata[0]:$,.3s} – "
            "%{customdata[1]:$,.3s}<extra></extra>"
        ),
        showlegend=False,
    )
    chart.add_hline(y=0, line={"color": palette.GREY, "dash": "dot", "width": 1.5})
    chart.update_xaxes(title={"text": "month", "font": {"size": 13}}, dtick=6)
    chart.update_yaxes(tickformat="$~s")
    return palette.styled(chart, height=300)


def payback_chart(payback: pl.DataFrame) -> go.Figure:
    """In which month the draws pay back; the last bar, hatched, holds those that do not.

    Frame in: `Payback`.
    """
    paid = payback.drop_nulls("month")
    never = payback.filter(pl.col("month").is_null())["share"].sum()
    last = max(paid["month"].to_list(), default=0)
    chart = go.Figure()
    chart.add_bar(
        x=paid["month"].to_list(),
        y=(paid["share"] * 100).to_list(),
        marker=palette.bar(palette.BLUE),
        hovertemplate="month %{x}: %{y:.1f} % of draws<extra></extra>",
        showlegend=False,
    )
    chart.add_bar(
        x=[last + 3],
        y=[never * 100],
        width=[3],
        marker=palette.bar(palette.VERMILLION),
        text=[f"never<br>{never * 100:.0f}\u00a0%"],
        textposition="outside",
        textangle=0,
        constraintext="none",
        cliponaxis=False,
        hovertemplate="not within the horizon: %{y:.1f} % of draws<extra></extra>",
        showlegend=False,
    )
    ticks = list(range(6, last + 1, 6))
    chart.update_xaxes(title={"text": "month", "font": {"size": 13}}, tickvals=ticks)
    most = max([never, *paid["share"].to_list()]) * 100
    chart.update_yaxes(ticksuffix=" %", range=[0, most * 1.2 or 1])
    return palette.styled(chart, height=300)


def tornado_chart(drivers: pl.DataFrame, most: int = 8) -> go.Figure:
    """The net present value with one input low (hatched) and high, the strongest on top.

    Frame in: `Drivers`.
    """
    rows = drivers.head(most).reverse()
    chart = go.Figure()
    middle = max(rows["npv_at_median"].to_list(), default=0.0)
    sides = (("low", palette.ORANGE, "10th percentile"), ("high", palette.BLUE, "90th percentile"))
    for side, colour, name in sides:
        npv = rows[f"npv_at_{side}"]
        chart.add_bar(
            name=f"input at its {name}",
            base=middle,
            x=(npv - middle).to_list(),
            y=rows["label"].to_list(),
            orientation="h",
            marker=palette.bar(colour),
            customdata=list(zip(rows[side].to_list(), rows["unit"].to_list(), npv.to_list(), strict=True)),
            hovertemplate=(
                "%{y} %{customdata[0]:.3g} %{customdata[1]}<br>NPV %{customdata[2]:$,.3s}<extra></extra>"
            ),
        )
    chart.add_vline(x=0, line={"color": palette.GREY, "dash": "dot", "width": 1.5})
    chart.update_xaxes(tickformat="$~s")
    palette.styled(chart, height=110 + 34 * max(rows.height, 1))
    return chart.update_layout(barmode="overlay")


def bridge_chart(bridge: pl.DataFrame) -> go.Figure:
    """From the work taken over to what is left of it: the means of a year at full stretch, step by step.

    Frame in: `Bridge`.
    """
    parts, means = bridge["part"].to_list(), bridge["mean"].to_list()
    ends = {0: "absolute", len(parts) - 1: "total"}
    chart = go.Figure()
    chart.add_waterfall(
        orientation="h",
        y=[f"{part}<br>{_short(mean)}" for part, mean in zip(parts, means, strict=True)],
        x=means,
        measure=[ends.get(place, "relative") for place in range(len(parts))],
        increasing={"marker": {"color": palette.BLUE}},
        decreasing={"marker": {"color": palette.ORANGE}},
        totals={"marker": {"color": palette.BLUE if means[-1] >= 0 else palette.VERMILLION}},
        connector={"line": {"color": palette.GREY, "width": 1}},
        hovertemplate="%{y}<extra></extra>",
        showlegend=False,
    )
    chart.update_yaxes(autorange="reversed")
    chart.update_xaxes(tickformat="$~s", nticks=3, tickangle=0)
    return palette.styled(chart, height=90 + 44 * len(parts))


def _short(dollars: float) -> str:
    size = abs(dollars)
    text = f"{size / 1e6:,.2f}M" if size >= 1e6 else f"{size / 1e3:,.1f}k" if size >= 1e3 else f"{size:,.0f}"
    return f"{'-' if dollars < 0 else ''}${text}"
