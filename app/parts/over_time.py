"""One figure over time, chosen from a few, with what became of its level."""

from collections.abc import Sequence
from typing import Final

import polars as pl
import streamlit as st

from app.parts import choices, record, show
from muster.analysis import charts
from muster.analysis.change_points import change_points
from muster.analysis.figures import figure
from muster.analysis.kpi import Kpi
from muster.analysis.kpis import Bucket
from muster.analysis.picture import Picture

_BUCKETS: Final = {"1m": "minute", "10m": "ten minutes", "1h": "hour", "1d": "day", "1w": "week"}


def drawing(drawn: Picture, chosen: choices.Chosen, kpis: Sequence[Kpi]) -> None:
    """One of `kpis` over time, with a mark where its level changed; which one stands in the address."""
    named = {kpi.name: kpi for kpi in kpis}
    heading, choice = st.columns([1, 1], vertical_alignment="center")
    name = choice.selectbox(
        "Figure over time", list(named), key="kpi", bind="query-params", label_visibility="collapsed"
    )
    kpi = named[name or kpis[0].name]
    bucket, rows, marks = _over_time(drawn, chosen, kpi)
    heading.subheader(f"By {_BUCKETS[bucket]} (UTC)")
    few = rows["value"].null_count()
    if few == rows.height:
        st.markdown(f"Too few tasks to draw {kpi.name.lower()} over time (under {kpi.min_n}).")
        return
    show.chart(charts.trend(rows, kpi.id, marks), "trend", f"{kpi.name} over time with its 95 % interval")
    said = [
        f"Since {mark['starts_at']:%d %b %H:%M} it is {mark['verdict']}: {figure(mark['before'], kpi.unit)} "
        f"before, {figure(mark['after'], kpi.unit)} since (p {mark['p_value']:.3f})."
        for mark in marks.iter_rows(named=True)
    ]
    said += [] if said else ["Its level did not change (permutation test at 1 %)."]
    said += (
        [f"{few} of {rows.height} have too few tasks (under {kpi.min_n}) and are left out."] if few else []
    )
    st.caption(show.words(" ".join(said)))
    show.download(rows, "trend")


def _over_time(drawn: Picture, chosen: choices.Chosen, kpi: Kpi) -> tuple[Bucket, pl.DataFrame, pl.DataFrame]:
    """The buckets, one figure's rows of the `KPI table` in them and its `Change points`."""

    def made() -> tuple[Bucket, pl.DataFrame, pl.DataFrame]:
        bucket, rows = drawn.trend(kpi.id)
        return bucket, rows, change_points(rows)

    return record.derived(f"over time: {kpi.id}", drawn, (chosen.period, chosen.team), made)
