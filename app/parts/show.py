"""Figures on a page: tiles, tables, charts, downloads."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import plotly.graph_objects as go
import polars as pl
import streamlit as st

from muster.analysis import charts
from muster.analysis.definitions import (
    COLUMNS,
    COMPLETION_RATE,
    Kpi,
    target,
)
from muster.analysis.figures import figure, interval
from muster.analysis.movement import Movement, bounds, signed
from muster.analysis.picture import Picture

MOST_ROWS: Final = 5_000
"""Of a table; more would keep the browser busy for seconds, and nobody scrolls so far."""
_MARKS: Final = re.compile(r"([\\`*_{}\[\]()#+!|$~<>:])")


def words(text: str) -> str:
    """`text` so that Markdown shows it as it is."""
    return _MARKS.sub(r"\\\1", text)


def tile(
    drawn: Picture,
    kpi: Kpi,
    movement: Movement | None = None,
    line: Sequence[float] = (),
    behind: tuple[str, Mapping[str, str]] | None = None,
) -> None:
    """The company's number with its interval, its n, its target, what it moved by and how it went.

    Args:
        line: its values in time; drawn without axes, as they only say which way it went.
        behind: what the tasks behind it are called, and their address.
    """
    row = drawn.kpi(kpi.id)
    with st.container(border=True, height="stretch"):
        st.metric(
            kpi.name,
            figure(row["value"], kpi.unit),
            help=words(f"{kpi.question} {kpi.formula}."),
            chart_data=list(line) or None,
            chart_type="area",
            **_moved(kpi, movement),
        )
        ends = interval(row["low"], row["high"], kpi.unit)
        parts = [f"95 %: {ends}" if ends else "", f"n {row['n']:,}"]
        parts.append("" if kpi.target is None else target(kpi))
        lines = [" · ".join(part for part in parts if part)]
        change = None if movement is None else movement.of(kpi.id)
        lines += [] if change is None else [f"change: {bounds(change)}"]
        st.caption("  \n".join(words(line) for line in lines))
        if behind is not None:
            st.page_link("views/tasks.py", label=behind[0], query_params=behind[1])


def _moved(kpi: Kpi, movement: Movement | None) -> dict[str, Any]:
    """A metric's difference to the period before: coloured only where it is clear."""
    row = None if movement is None else movement.of(kpi.id)
    if movement is None or row is None:
        return {}
    clear = row["verdict"] != "unclear"
    better = "normal" if kpi.better == "higher" else "inverse"
    length = span(movement.length)
    before = f"vs {length} before" if movement.chosen else f"{length} vs {length} before"
    return {
        "delta": signed(row),
        "delta_color": better if clear else "off",
        "delta_arrow": ("up" if row["change"] > 0 else "down") if clear else "off",
        "delta_description": f"{before}: {row['verdict']}",
    }


def span(length: timedelta) -> str:
    """A length of time in whole days, or in hours under two."""
    hours = round(length.total_seconds() / 3600)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"


def fact(name: str, value: str, note: str = "") -> None:
    """A number that is counted, not estimated, with a line under it."""
    with st.container(border=True, height="stretch"):
        st.metric(name, value)
        if note:
            st.caption(words(note))


def team_table(drawn: Picture) -> None:
    """Every KPI of every team and of the company, with intervals; the raw table as a download."""
    rows = []
    for team in drawn.teams if len(drawn.teams) == 1 else (*drawn.teams, None):
        row = {"team": team or "company", "ended": f"{drawn.kpi(COMPLETION_RATE.id, team)['n']:,}"}
        for kpi in COLUMNS:
            found = drawn.kpi(kpi.id, team)
            row[kpi.name] = with_interval(found, kpi.unit)
        rows.append(row)
    st.table(pl.DataFrame(rows), border="horizontal", hide_index=True)
    download(drawn.table, "kpis")


def with_interval(found: Mapping[str, Any], unit: str) -> str:
    """A figure with its interval in small print, which wraps as one."""
    ends = interval(found["low"], found["high"], unit).replace("– ", "–\u2060 ").replace(" ", "\u00a0")
    value = words(figure(found["value"], unit))
    return f"{value} :small[:gray[{words(ends)}]]" if ends else value


def table_height(rows: int, most: int) -> int:
    """Pixels of a table of so many rows, at most `most`; it scrolls inside itself."""
    return min(most, 37 + 35 * max(rows, 1))


def left_out(rows: int) -> None:
    """Say so when a table has more than `MOST_ROWS` rows, of which only these are shown."""
    if rows > MOST_ROWS:
        st.caption(f"The first {MOST_ROWS:,} of {rows:,} are shown; the download has all.")


def chart(drawing: go.Figure, key: str, alt: str) -> None:
    """A figure of the analysis, as it is."""
    st.plotly_chart(drawing, key=key, theme=None, config=charts.CONFIG, alt=alt)


def download(frame: pl.DataFrame, name: str) -> None:
    """A button that saves the frame as CSV."""
    st.download_button(
        "Download as CSV",
        frame.write_csv,
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"download-{name}",
        on_click="ignore",
        type="tertiary",
    )
