"""How often the outcome is right, where it is not, and what went wrong."""

import polars as pl
import streamlit as st

from app.parts import choices, motion, record, show, task_list
from muster.analysis import charts, charts_quality
from muster.analysis.definitions import ACCURACY
from muster.analysis.picture import Picture
from muster.analysis.rolling import DAYS, MIN_EVALUATIONS, rolling_accuracy

_WRONG = pl.col("truth") == "wrong"


def tiles(drawn: Picture, chosen: choices.Chosen) -> None:
    moved = motion.of_picture(drawn, chosen).moved
    scored = drawn.ended.drop_nulls("truth")
    first, second, third = st.columns(3)
    with first:
        show.tile(drawn, ACCURACY, moved)
    with second:
        share = f"{scored.height / drawn.ended.height * 100:.0f} % of the ended tasks"
        show.fact("Held against a truth", f"{scored.height:,}", share)
    with third:
        show.fact("Wrong", f"{scored.filter(_WRONG).height:,}", "listed below, each with its steps")


def over_time(drawn: Picture, chosen: choices.Chosen) -> None:
    scope = (chosen.period, chosen.team)
    _, rows = record.derived("accuracy", drawn, scope, lambda: drawn.trend(ACCURACY.id))
    if rows["value"].null_count() == rows.height:
        st.markdown(f"Too few scored tasks to draw accuracy over time (under {ACCURACY.min_n}).")
        return
    show.chart(charts.trend(rows, ACCURACY.id), "trend", "Accuracy over time with its 95 % interval")
    show.download(rows, "accuracy")


def rolling(drawn: Picture, chosen: choices.Chosen) -> pl.DataFrame:
    """`Rolling accuracy` of every agent that is looked at."""
    known = chosen.mine(record.tasks()).filter(pl.col("model_source") == drawn.model_source)
    return rolling_accuracy(known.lazy()).collect()


def two_weeks(drawn: Picture, chosen: choices.Chosen) -> None:
    """The rolling accuracy of every agent, whatever the period: its window is two weeks."""
    st.subheader(f"The last {DAYS} days, agent by agent")
    rows = record.derived("rolling", drawn, (chosen.period, chosen.team), lambda: rolling(drawn, chosen))
    if rows["accuracy"].null_count() == rows.height:
        st.markdown(f"Too few: no agent has {MIN_EVALUATIONS} evaluations in {DAYS} days.")
        return
    show.chart(charts_quality.rolling(rows), "rolling", "Accuracy of the last fourteen days by agent")
    newest = rows.filter(pl.col("day") == pl.col("day").max().over("team", "agent"))
    drifting = newest.filter(pl.col("drift").is_in(["worse", "better"]))
    named = "; ".join(
        f"{row['team']}/{row['agent']} is {row['drift']} by {abs(row['change']) * 100:.1f} points"
        for row in drifting.iter_rows(named=True)
    )
    st.markdown(show.words(f"Drift: {named or 'none beyond what chance explains'}."))
    st.caption(
        f"A point needs {MIN_EVALUATIONS} evaluations; drift is told at 99.9 %, against the {DAYS} days "
        "before."
    )
    show.download(rows, "rolling-accuracy")


def mistakes(wrong: pl.DataFrame) -> None:
    """What went wrong, most frequent first, by team."""
    counted = wrong.group_by("mistake", "team").len("tasks").sort("tasks", "mistake", "team", descending=True)
    shown = counted.with_columns(
        pl.col("mistake").fill_null("not said"), look="./tasks?truth=wrong&team=" + pl.col("team")
    )
    st.dataframe(
        shown,
        hide_index=True,
        column_config={"look": st.column_config.LinkColumn("", display_text="the tasks")},
        alt="Mistakes by team, most frequent first",
    )
    show.download(counted, "mistakes")


def page() -> None:
    chosen = choices.scope("Accuracy")
    pictures = record.drawn(chosen.period, chosen.team)
    if not pictures:
        choices.nothing_ended(chosen)
        return
    drawn = choices.of_source(pictures)
    if drawn.ended["truth"].null_count() == drawn.ended.height:
        st.info(f"None of the {drawn.ended.height:,} ended tasks was held against a known truth yet.")
        return
    tiles(drawn, chosen)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("By team")
        show.chart(
            charts.by_team(drawn.table, ACCURACY.id), "teams", "Accuracy of each team with its interval"
        )
    with right:
        st.subheader("Over time")
        over_time(drawn, chosen)
    two_weeks(drawn, chosen)
    wrong = drawn.ended.filter(_WRONG)
    st.page_link("views/confidence.py", label="Are agents right as often as they say?")
    st.subheader("What went wrong")
    if wrong.is_empty():
        st.markdown("Nothing of what was scored.")
        return
    mistakes(wrong)
    st.subheader("Every wrong outcome")
    task_list.table(wrong, height=420)


page()
