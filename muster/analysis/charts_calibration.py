"""The picture of calibration: how sure agents said they were, against how often they were right."""

import plotly.graph_objects as go
import polars as pl

from muster.analysis import palette
from muster.analysis.calibration import BINS, CALIBRATION
from muster.analysis.figures import interval, reason


def calibration_chart(bins: pl.DataFrame) -> go.Figure:
    """A point with its interval for each bin with enough answers; on the dotted line words and truth agree.

    Below the line agents are surer than they should be. Points grow with the answers they stand for.

    Frame in: `Calibration` of one model source.

    Raises:
        FrameError: the frame is of another kind.
    """
    told = CALIBRATION.check(bins.lazy()).collect().drop_nulls("correct_share")
    chart = go.Figure()
    chart.add_scatter(
        x=[0, 100],
        y=[0, 100],
        mode="lines",
        line={"color": palette.GREY, "dash": "dot", "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
    )
    most = max(told["n"].to_list(), default=1)
    for place, method in enumerate(told["method"].unique(maintain_order=True)):
        rows = told.filter(pl.col("method") == method)
        colour = palette.SERIES[place % len(palette.SERIES)]
        share = (rows["correct_share"] * 100).to_list()
        chart.add_scatter(
            name=reason(method),
            x=(rows["stated"] * 100).to_list(),
            y=share,
            mode="markers",
            marker={
                "color": colour,
                "symbol": palette.SYMBOLS[place % len(palette.SYMBOLS)],
                "size": [9 + 11 * n / most for n in rows["n"].to_list()],
            },
            error_y={
                "type": "data",
                "symmetric": False,
                "array": (rows["high"] * 100 - pl.Series(share)).to_list(),
                "arrayminus": (pl.Series(share) - rows["low"] * 100).to_list(),
                "color": palette.translucent(colour, 0.55),
                "thickness": 3,
                "width": 7,
            },
            text=[_hover(row) for row in rows.iter_rows(named=True)],
            hovertemplate="%{text}<extra></extra>",
            showlegend=True,
        )
    lowest = min((row["bin"] for row in told.iter_rows(named=True)), default=0)
    left = max(0, 100 * lowest // BINS - 5)
    chart.update_xaxes(
        title={"text": "stated confidence", "font": {"size": 13}}, ticksuffix=" %", range=[left, 102]
    )
    chart.update_yaxes(title={"text": "right", "font": {"size": 13}}, ticksuffix=" %", range=[0, 104])
    return palette.styled(chart, height=360)


def _hover(row: dict[str, float]) -> str:
    return (
        f"stated {row['stated'] * 100:.0f} %, right {row['correct_share'] * 100:.0f} % "
        f"({interval(row['low'], row['high'], 'share')})<br>n {row['n']}"
    )
