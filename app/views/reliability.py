"""Whether teams keep what is promised: good runs, error budget, burn, time to restore, lasting results."""

import polars as pl
import streamlit as st

from app.parts import choices, record, show
from muster.analysis import charts_quality
from muster.analysis.definitions import BY_ID, DURABLE_RATE
from muster.analysis.figures import duration, figure, interval
from muster.analysis.picture import Picture
from muster.analysis.reliability import MIN_RUNS
from muster.analysis.review.promise import Promise, burning, promise
from muster.analysis.slo import PROMISED

_LASTING = (DURABLE_RATE.id, "confirmed_rate", "reopened_rate", "human_satisfaction")
_COLOURS = {"met": "green", "missed": "red", "cannot tell": "orange", "too few": "gray"}


def tiles(kept: pl.DataFrame, restored: pl.DataFrame) -> None:
    """The company's promise."""
    row = kept.filter(pl.col("team").is_null()).row(0, named=True)
    ends = interval(row["low"], row["high"], "share")
    few = f"under {MIN_RUNS} runs" if row["value"] is None else f"95 %: {ends} · n {row['n']:,}"
    left = figure(row["budget_left"], "share")
    why = f"{row['bad']:,} bad: {row['failed']} failed, {row['late']} late, {row['slow']} slow"
    company = restored.filter(pl.col("team").is_null())
    repair = company.row(0, named=True) if company.height else None
    mean, note = None, "no outage"
    if repair is not None:
        mean, median = repair["mean_s"], repair["median_s"]
        half = "" if median is None else f", median {figure(median, 'seconds')}"
        note = f"mean of {repair['n']} outages{half}, {repair['lasting']} last on"
    facts = [
        ("Good runs", figure(row["value"], "share"), f"{few} · promised {row['objective'] * 100:g} %"),
        ("Error budget left", left, why),
        ("Time to restore", figure(mean, "seconds") if repair else "none", note),
    ]
    for column, (name, value, line) in zip(st.columns(len(facts)), facts, strict=True):
        with column:
            show.fact(name, value, line)
    st.caption(
        f"A run is good when work on it began within {duration(PROMISED.start_within_s)}, agents were at "
        f"work no longer than {duration(PROMISED.work_within_s)} and it did not fail for reasons of ours. "
        "Waiting for a person is not counted."
    )


def teams(kept: pl.DataFrame, rates: pl.DataFrame) -> None:
    rows = [
        {
            "team": show.words(row["team"] or "company"),
            "verdict": f":{_COLOURS[row['verdict']]}-badge[{row['verdict']}]",
            "good runs": show.with_interval(row, "share"),
            "runs": f"{row['n']:,}",
            "bad": f"{row['bad']:,}",
            **_burning(rates, row["team"]),
        }
        for row in kept.iter_rows(named=True)
    ]
    st.table(pl.DataFrame(rows), border="horizontal", hide_index=True)
    st.caption(
        "Burn is how many times faster than allowed the error budget goes: at 14.4 over an hour or 6 over "
        "six hours somebody is to be woken, at 1 over three days a ticket is due (Site Reliability "
        "Workbook). It is that of now, whatever the period."
    )
    show.download(kept, "availability")


def _burning(rates: pl.DataFrame, team: str | None) -> dict[str, str]:
    mine = rates.filter(pl.col("team").eq_missing(pl.lit(team)))
    return {
        f"burn {row['window']}": ("too few" if row["burn"] is None else f"{row['burn']:.1f}")
        + (f" :red-badge[{row['alert']}]" if row["alert"] else "")
        for row in mine.iter_rows(named=True)
    }


def lasting(drawn: Picture) -> None:
    """Whether what was done stayed done, and what people say of what they were given."""
    known = [BY_ID[name] for name in _LASTING]
    for column, kpi in zip(st.columns(len(known)), known, strict=True):
        with column:
            show.tile(drawn, kpi)


def judged(drawn: Picture, chosen: choices.Chosen) -> tuple[Promise, pl.DataFrame]:
    """What was promised and kept, and `Burn rates`."""
    return promise(drawn, drawn.now), burning(chosen.mine(record.tasks()), drawn.model_source, drawn.now)


def page() -> None:
    chosen = choices.scope("Reliability")
    pictures = record.drawn(chosen.period, chosen.team)
    if not pictures:
        choices.nothing_ended(chosen)
        return
    drawn = choices.of_source(pictures)
    told, rates = record.derived(
        "reliability", drawn, (chosen.period, chosen.team), lambda: judged(drawn, chosen)
    )
    kept, broken = told.availability, told.outages
    if kept.is_empty():
        st.info("No run could be judged in this period.")
        return
    tiles(kept, told.restoring)
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.subheader("By team")
        show.chart(charts_quality.availability(kept), "teams", "Share of good runs of each team")
    with right:
        st.subheader("Budget and burn")
        teams(kept, rates)
    st.subheader("Do results last?")
    lasting(drawn)
    st.subheader("Outages")
    if broken.is_empty():
        st.markdown("None.")
        return
    st.dataframe(
        broken.sort("began_at", descending=True),
        hide_index=True,
        height=show.table_height(broken.height, 360),
        column_config={"seconds": st.column_config.NumberColumn(format="%.0f s")},
        alt="Outages, newest first",
    )
    show.download(broken, "outages")


page()
