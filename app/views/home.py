"""What a leader reads in ten seconds: four numbers, what needs attention, the trend, the teams, the money."""

import streamlit as st

from app.parts import choices, record, show
from muster.analysis import charts
from muster.analysis.definitions import (
    COMPLETION_RATE,
    ESCALATION_RATE,
    TIME_P50,
    TIME_P95,
    TOTAL_COST_COMPLETED,
)
from muster.analysis.figures import duration, figure, money
from muster.analysis.picture import Picture

_TILES = (COMPLETION_RATE, ESCALATION_RATE, TIME_P50, TOTAL_COST_COMPLETED)
_TRENDS = {kpi.name: kpi for kpi in (*_TILES, TIME_P95)}
_BUCKETS = {"1m": "minute", "10m": "ten minutes", "1h": "hour", "1d": "day", "1w": "week"}


def nothing_yet() -> None:
    """An empty period in words."""
    waiting = record.tasks().filter(status="queued").height
    working = record.tasks().filter(status="working").height
    held = record.tasks().filter(status="waiting").height
    st.info(
        f"No task has ended here yet: {waiting} queued, {working} at work, {held} waiting for a person or "
        "for a halt to end. There is nothing to count."
    )


def attention(drawn: Picture, chosen: choices.Chosen) -> None:
    st.subheader("Needs attention")
    points = drawn.attention
    if points.is_empty():
        st.markdown("Nothing.")
    lines = [
        f"- {':red-badge[act]' if point['severity'] == 'act' else ':gray-badge[watch]'} "
        + (f"**{show.words(point['team'])}**: " if point["team"] else "")
        + show.words(point["what"])
        for point in points.iter_rows(named=True)
    ]
    st.markdown("\n".join(lines))
    st.page_link("views/escalations.py", label="All escalations", query_params=chosen.address)


def spent(drawn: Picture) -> None:
    st.subheader("Money")
    row = drawn.of_team(drawn.costs, None).row(0, named=True)
    machine = money(float(row["model_cost_usd"] + row["tool_cost_usd"]))
    people, total = money(float(row["human_cost_usd"])), money(float(row["total_cost_usd"]))
    minutes = duration(row["human_minutes"] * 60)
    st.markdown(
        show.words(f"{machine} of models and tools, {people} of people's time ({minutes}): {total} in all.")
    )
    show.chart(charts.money(drawn.costs), "money", "Money by team, models and tools beside people")
    st.caption(show.words(f"People's time is {drawn.attention_label}."))


def over_time(drawn: Picture) -> None:
    heading, choice = st.columns([1, 1], vertical_alignment="center")
    name = choice.selectbox(
        "Figure over time", list(_TRENDS), key="kpi", bind="query-params", label_visibility="collapsed"
    )
    kpi = _TRENDS[name or COMPLETION_RATE.name]
    bucket, rows = drawn.trend(kpi.id)
    heading.subheader(f"By {_BUCKETS[bucket]} (UTC)")
    few = rows["value"].null_count()
    if few == rows.height:
        st.markdown(f"Too few tasks to draw {kpi.name.lower()} over time (under {kpi.min_n}).")
        return
    show.chart(charts.trend(rows, kpi.id), "trend", f"{kpi.name} over time with its 95 % interval")
    if few:
        st.caption(f"{few} of {rows.height} have too few tasks (under {kpi.min_n}) and are left out.")


def page() -> None:
    chosen = choices.scope("Agents at work")
    pictures = record.drawn(chosen.period, chosen.team)
    if not pictures:
        nothing_yet()
        return
    drawn = choices.of_source(pictures)
    for column, kpi in zip(st.columns(len(_TILES)), _TILES, strict=True):
        with column:
            show.tile(drawn, kpi)
    counts = ", ".join(f"{drawn.count(status)} {status}" for status in ("completed", "escalated", "failed"))
    accuracy = drawn.kpi("accuracy")
    right = f" Judged against a known truth: {figure(accuracy['value'], 'share')} right (n {accuracy['n']})."
    held = drawn.open.filter(status="waiting").height
    waits = f", {held} of them waiting for a person or for a halt to end" if held else ""
    st.markdown(
        show.words(f"{drawn.ended.height:,} tasks ended: {counts}; {drawn.open.height} open{waits}.")
        + (show.words(right) if accuracy["n"] else "")
    )
    left, right_side = st.columns(2, gap="large")
    with left:
        attention(drawn, chosen)
    with right_side:
        over_time(drawn)
    st.subheader("Teams")
    show.team_table(drawn)
    left, right_side = st.columns(2, gap="large")
    with left:
        st.subheader("How tasks ended")
        show.chart(charts.outcomes(drawn.ended), "outcomes", "Completed, escalated and failed tasks by team")
    with right_side:
        spent(drawn)


page()
