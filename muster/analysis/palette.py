"""One set of colours and one look for every chart, readable on light and dark, and without colour vision."""

from typing import Any, Final

import plotly.graph_objects as go

BLUE: Final = "#0072B2"
ORANGE: Final = "#E69F00"
GREEN: Final = "#009E73"
VERMILLION: Final = "#D55E00"
SKY: Final = "#56B4E9"
PURPLE: Final = "#CC79A7"
GREY: Final = "#8A9099"

SERIES: Final = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION)
"""Okabe and Ito's colours, for teams in alphabetical order."""
SYMBOLS: Final = ("circle", "diamond", "square", "triangle-up", "cross", "star")
OUTCOME: Final = {"completed": BLUE, "escalated": ORANGE, "failed": VERMILLION}
_HATCH: Final = {BLUE: "", ORANGE: "/", VERMILLION: "x"}

_TEXT: Final = "#7A808A"
_GRID: Final = "rgba(128, 134, 145, 0.22)"


def styled(figure: go.Figure, *, height: int = 300) -> go.Figure:
    """`figure` with muster's look: no background of its own, quiet grid, no toolbar clutter."""
    axis = {"gridcolor": _GRID, "zeroline": False, "linecolor": _GRID, "automargin": True}
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 8, "r": 16, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={
            "family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
            "size": 13,
            "color": _TEXT,
        },
        legend={"traceorder": "normal", "orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        hoverlabel={"font": {"size": 13}},
        barmode="stack",
        bargap=0.35,
    )
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    return figure


def bar(colour: str) -> dict[str, Any]:
    """The marker of bars in `colour`; stacked bars are told apart by hatching too."""
    hatch = {"shape": _HATCH.get(colour, ""), "fillmode": "overlay", "fgcolor": "rgba(255, 255, 255, 0.55)"}
    return {"color": colour, "pattern": {**hatch, "solidity": 0.18, "size": 7}, "line": {"width": 0}}


def translucent(colour: str, alpha: float) -> str:
    """`colour`, as #RRGGBB, with `alpha` from 0 to 1."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {alpha})"
