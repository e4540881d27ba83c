"""Why people were called: reasons with their share, by team, and every escalation with its task."""

import polars as pl
import streamlit as st

from app.parts import choices, record, show
from muster.analysis import charts
from muster.analysis.definitions import ESCALATION_RATE
from muster.analysis.figures import figure, interval, reason
from muster.analysis.picture import Picture


def reasons_table(drawn: Picture, chosen: choices.Chosen) -> None:
    rows = [
        {
            "team": row["team"],
            "reason": reason(row["reason"]),
            "times": row["escalations"],
            "share of the team's": f"{figure(row['share'], 'share')} "
            f"({interval(row['low'], row['high'], 'share')}, n {row['n']})",
            "minutes (assumed)": round(row["human_minutes"]),
            "look": f"./tasks?reason={row['reason']}&team={row['team']}&period={chosen.period}",
        }
        for row in drawn.reasons.filter(pl.col("team").is_not_null()).iter_rows(named=True)
    ]
    st.dataframe(
        pl.DataFrame(rows),
        hide_index=True,
        height=show.table_height(len(rows), 420),
        column_config={"look": st.column_config.LinkColumn("", display_text="the tasks")},
        alt="Reasons by team with their share",
    )
    show.download(drawn.reasons, "reasons")


def listed(drawn: Picture) -> None:
    shown = drawn.escalations.head(show.MOST_ROWS).select(
        link="./tasks?task=" + pl.col("task_id"),
        title="title",
        team="team",
        agent="agent",
        reason=pl.col("reason").str.replace_all("_", " "),
        raised_at="raised_at",
        confidence="confidence",
        now="status",
    )
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            "link": st.column_config.LinkColumn("task", display_text=r"task=(.+)"),
            "raised_at": st.column_config.DatetimeColumn(
                "raised (UTC)", format="YYYY-MM-DD HH:mm:ss", timezone="UTC"
            ),
            "confidence": st.column_config.NumberColumn(format="%.2f"),
        },
        placeholder="",
        alt="Every escalation, newest first",
    )
    show.left_out(drawn.escalations.height)
    show.download(drawn.escalations, "escalations")


def page() -> None:
    chosen = choices.scope("Escalations")
    pictures = record.drawn(chosen.period, chosen.team)
    if not pictures:
        choices.nothing_ended(chosen)
        return
    drawn = choices.of_source(pictures)
    if drawn.escalations.is_empty():
        st.info(f"None of the {drawn.ended.height:,} ended tasks called a person.")
        return
    left, right = st.columns([1, 2], gap="large")
    with left, st.container():
        show.tile(drawn, ESCALATION_RATE)
        st.caption(show.words(f"People's time is {drawn.attention_label}."))
    with right:
        st.subheader("Reasons")
        company = drawn.of_team(drawn.reasons, None)
        show.chart(charts.reasons(company), "reasons", "Escalations by reason, most frequent first")
    st.subheader("By team")
    left, right = st.columns([1, 2], gap="large")
    with left:
        rates = charts.by_team(drawn.table, ESCALATION_RATE.id)
        show.chart(rates, "rates", "Escalation rate of each team with its 95 % interval")
    with right:
        reasons_table(drawn, chosen)
    st.subheader("Every escalation")
    listed(drawn)


page()
