"""The teams side by side: figures with intervals, how tasks ended, what they cost, and their agents."""

from typing import Any

import polars as pl
import streamlit as st

from app.parts import choices, record, show
from muster.analysis import charts
from muster.analysis.definitions import COLUMNS, COMPLETION_RATE, KPIS
from muster.analysis.figures import figure, interval, money
from muster.analysis.picture import Picture

_LOOK = {"overview": "home", "tasks": "tasks", "escalations": "escalations", "cost": "cost"}
_FIGURES = {kpi.name: kpi for kpi in COLUMNS}


def compared(drawn: Picture) -> None:
    """One figure of every team beside the others."""
    heading, choice = st.columns([1, 1], vertical_alignment="center")
    heading.subheader("Side by side")
    name = choice.selectbox(
        "Figure", list(_FIGURES), key="figure", bind="query-params", label_visibility="collapsed"
    )
    kpi = _FIGURES[name or COMPLETION_RATE.name]
    show.chart(charts.by_team(drawn.table, kpi.id), "by-team", f"{kpi.name} of each team with its interval")
    st.caption(show.words(f"{kpi.question} {kpi.formula}. Lines are 95 % intervals."))


def links(drawn: Picture, chosen: choices.Chosen) -> None:
    """Where to look further, and which teams are no longer at work."""
    at_work = record.teams_at_work()
    gone = [team for team in drawn.teams if at_work and team not in at_work]
    for column, team in zip(st.columns(max(len(drawn.teams), 4)), drawn.teams, strict=False):
        with column, st.container(border=True, height="stretch", gap="xxsmall"):
            mark = " :gray-badge[no longer deployed]" if team in gone else ""
            st.markdown(f"**{show.words(team)}**{mark}")
            address = chosen.address | {"team": team}
            with st.container(horizontal=True, gap="xxsmall"):
                for name, view in _LOOK.items():
                    st.page_link(f"views/{view}.py", label=name, query_params=address)


def every_figure(drawn: Picture) -> None:
    """All that is defined, also what is not drawn: durable completion, waits, tokens, the parts of cost."""
    told = {kpi.id: kpi for kpi in KPIS}
    rows = [
        {
            "team": row["team"] or "company",
            "figure": told[row["kpi"]].name,
            "value": figure(row["value"], row["unit"]),
            "95 %": interval(row["low"], row["high"], row["unit"]),
            "n": row["n"],
            "of": told[row["kpi"]].denominator,
        }
        for row in drawn.table.iter_rows(named=True)
    ]
    with st.expander(f"Every figure: {len(KPIS)} of each team"):
        st.dataframe(
            pl.DataFrame(rows), hide_index=True, height=520, alt="Every figure with its interval and n"
        )


def _called(row: dict[str, Any]) -> str:
    ends = interval(row["low"], row["high"], "share")
    return figure(row["called_share"], "share") + (f" ({ends})" if ends else "")


def agents(drawn: Picture, chosen: choices.Chosen) -> None:
    """Every agent that worked on an ended task."""
    rows = [
        {
            "agent": f"{row['team']}/{row['agent']}",
            "tasks": row["tasks"],
            "completed": row["completed"],
            "called a person": _called(row),
            "right": f"{row['correct']} of {row['scored']}",
            "refused calls": row["refused"],
            "models": money(float(row["model_cost_usd"])),
            "look": f"./agent?agent={row['team']}/{row['agent']}&period={chosen.period}",
        }
        for row in drawn.agents.iter_rows(named=True)
    ]
    st.dataframe(
        pl.DataFrame(rows),
        hide_index=True,
        column_config={"look": st.column_config.LinkColumn("", display_text="look")},
        alt="Agents, those that call people least first",
    )
    show.download(drawn.agents, "agents")


def page() -> None:
    chosen = choices.scope("Teams")
    pictures = record.drawn(chosen.period, chosen.team)
    if not pictures:
        choices.nothing_ended(chosen)
        return
    drawn = choices.of_source(pictures)
    show.team_table(drawn)
    links(drawn, chosen)
    left, right = st.columns(2, gap="large")
    with left:
        compared(drawn)
    with right:
        st.subheader("How tasks ended")
        show.chart(charts.outcomes(drawn.ended), "outcomes", "Completed, escalated and failed tasks by team")
        st.subheader("Money")
        show.chart(charts.money(drawn.costs), "money", "Money by team, machines beside people")
        st.caption(show.words(f"People's time is {drawn.attention_label}."))
    every_figure(drawn)
    st.subheader("Agents")
    agents(drawn, chosen)


page()
