"""What a leader reads in ten seconds: four numbers with their trend, what needs attention, what changed."""

import polars as pl
import streamlit as st

from app.parts import choices, motion, over_time, record, show
from muster.analysis import charts
from muster.analysis.definitions import (
    ACCURACY,
    COMPLETION_RATE,
    DURABLE_RATE,
    ESCALATION_RATE,
    TIME_P50,
    TIME_P95,
    TOTAL_COST_COMPLETED,
)
from muster.analysis.figures import duration, figure, interval, money
from muster.analysis.forecast import month_forecast
from muster.analysis.movement import Movement, sentence
from muster.analysis.picture import Picture
from muster.analysis.spending import daily

_TILES = (COMPLETION_RATE, ESCALATION_RATE, TIME_P50, TOTAL_COST_COMPLETED)
_BEHIND = {
    COMPLETION_RATE.id: ("The completed tasks", {"status": "completed"}),
    ESCALATION_RATE.id: ("The escalated tasks", {"status": "escalated"}),
    TIME_P50.id: ("The slowest first", {"status": "completed", "order": "slowest"}),
    TOTAL_COST_COMPLETED.id: ("The dearest first", {"order": "dearest"}),
}
_TRENDS = (*_TILES, TIME_P95, DURABLE_RATE, ACCURACY)


def tiles(drawn: Picture, chosen: choices.Chosen, gone: motion.Motion | None = None) -> None:
    """The four numbers; which way they went, once that is known."""
    for column, kpi in zip(st.columns(len(_TILES)), _TILES, strict=True):
        label, query = _BEHIND[kpi.id]
        with column:
            behind = (label, chosen.address | query)
            if gone is None:
                show.tile(drawn, kpi, behind=behind)
            else:
                show.tile(drawn, kpi, gone.moved, gone.lines[kpi.id], behind)


def in_short(drawn: Picture) -> None:
    """How tasks ended, in one line."""
    counts = ", ".join(f"{drawn.count(status)} {status}" for status in ("completed", "escalated", "failed"))
    accuracy = drawn.kpi("accuracy")
    right = f" Judged against a known truth: {figure(accuracy['value'], 'share')} right (n {accuracy['n']})."
    held = drawn.open.filter(status="waiting").height
    waits = f", {held} of them waiting for a person or for a halt to end" if held else ""
    st.markdown(
        show.words(f"{drawn.ended.height:,} tasks ended: {counts}; {drawn.open.height} open{waits}.")
        + (show.words(right) if accuracy["n"] else "")
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


def changed(moved: Movement) -> None:
    """What moved beyond chance since the period before."""
    st.subheader("What changed")
    length = show.span(moved.length)
    if not moved.compared:
        st.markdown(f"Too few tasks in the last {length} or the {length} before to compare the two.")
        return
    lines = [
        f"- {':green-badge[better]' if row['verdict'] == 'better' else ':red-badge[worse]'} "
        + f"**{show.words(row['team'] or 'company')}**: {show.words(sentence(row))}"
        for row in moved.moved.iter_rows(named=True)
    ]
    st.markdown("\n".join(lines) or "Nothing moved beyond what chance explains.")
    st.caption(
        f"The last {length} ({moved.ended_now:,} tasks) beside the {length} before ({moved.ended_before:,}); "
        f"{moved.compared} figures compared, of which about {moved.by_chance:.0f} would seem to have moved "
        "by chance alone."
    )


def spent(drawn: Picture, chosen: choices.Chosen) -> None:
    st.subheader("Money")
    row = drawn.of_team(drawn.costs, None).row(0, named=True)
    machine = money(float(row["model_cost_usd"] + row["tool_cost_usd"] + row["compute_cost_usd"]))
    people, total = money(float(row["human_cost_usd"])), money(float(row["total_cost_usd"]))
    minutes = duration(row["human_minutes"] * 60)
    st.markdown(
        show.words(
            f"{machine} of models, tools and computing, {people} of people's time ({minutes}): "
            f"{total} in all."
        )
    )
    of_source = chosen.mine(record.spent()).filter(pl.col("model_source") == drawn.model_source)
    today = chosen.at.date()
    told = month_forecast(daily(of_source, today), today)
    ends = "" if told.value is None else f" ({interval(told.low, told.high, 'usd')})"
    so_far = f"Models and tools this month: {money(told.spent)} so far"
    at_end = f", {figure(told.value, 'usd')}{ends} at its end" if ends else ""
    st.markdown(show.words(f"{so_far}{at_end}."))
    show.chart(charts.money(drawn.costs), "money", "Money by team, machines beside people")
    st.caption(show.words(f"People's time is {drawn.attention_label}."))
    st.page_link("views/cost.py", label="Cost in detail", query_params=chosen.address)


def page() -> None:
    chosen = choices.scope("Agents at work")
    pictures = record.drawn(chosen.period, chosen.team)
    if not pictures:
        choices.nothing_ended(chosen)
        return
    drawn = choices.of_source(pictures)
    place = st.empty()
    with place.container():
        tiles(drawn, chosen)
    in_short(drawn)
    left, right = st.columns(2, gap="large")
    with left:
        attention(drawn, chosen)
    what_changed = right.empty()
    left, right = st.columns(2, gap="large")
    with left:
        over_time.drawing(drawn, chosen, _TRENDS)
    with right:
        spent(drawn, chosen)
    # last, as it takes longest: nobody waits for the trend to read the number
    gone = motion.of_picture(drawn, chosen)
    with place.container():
        tiles(drawn, chosen, gone)
    with what_changed.container():
        changed(gone.moved)


page()
