"""One agent: what it may do, how its work ended, why it called people, what it cost, and its tasks."""

from typing import Any

import polars as pl
import streamlit as st

from app.parts import choices, record, show, task_list
from muster.analysis import charts, charts_spending
from muster.analysis.agents import MIN_TASKS
from muster.analysis.escalations import reasons
from muster.analysis.figures import figure, interval, money
from muster.analysis.intervals import share_of
from muster.analysis.picture import Picture
from muster.reports import roster_table


def tiles(row: dict[str, Any]) -> None:
    """What is counted of its work."""
    tasks, called = row["tasks"], figure(row["called_share"], "share")
    ends = interval(row["low"], row["high"], "share")
    facts = [
        ("Tasks it worked on", f"{tasks:,}", f"{row['completed']:,} of them completed"),
        ("Called a person", called, f"95 %: {ends} · n {tasks}" if ends else f"under {MIN_TASKS} tasks"),
        ("Right", *_right(row)),
        ("Models", money(float(row["model_cost_usd"])), f"{row['model_calls']:,} calls"),
    ]
    for column, (name, value, note) in zip(st.columns(len(facts)), facts, strict=True):
        with column:
            show.fact(name, value, note)


def _right(row: dict[str, Any]) -> tuple[str, str]:
    value, low, high = share_of(row["correct"], row["scored"])
    if value is None:
        return figure(None, "share"), f"{row['scored']} held against a truth"
    return figure(value, "share"), f"95 %: {interval(low, high, 'share')} · n {row['scored']}"


def in_force(team: str, agent: str) -> None:
    """What the roster says of it today."""
    line = record.roster_line(team, agent)
    if line is None:
        st.caption("It is not deployed now: what is shown is what it did.")
        return
    facts = [
        f"{roster_table.status(line)}",
        f"tier {line.tier}, phase {roster_table.phase(line)}",
        f"{roster_table.model(line)} as {line.model_role}",
        f"prompt {roster_table.prompts(line)}",
        f"{roster_table.left(line.budget)} left today",
    ]
    st.markdown(show.words(f"{line.title}: {'; '.join(facts)}."))
    st.caption(show.words(f"May use {', '.join(line.tools) or 'no tool'}. {line.owner} answers for it."))


def work(drawn: Picture, team: str, agent: str, chosen: choices.Chosen) -> None:
    left, right = st.columns(2, gap="large")
    raised = drawn.escalations.filter(
        pl.col("team") == team, pl.col("agent").str.split("/").list.last() == agent
    )
    with left:
        st.subheader("Why it called people")
        if raised.is_empty():
            st.markdown("It called nobody.")
        else:
            why = reasons(raised.lazy(), drawn.human).collect()
            show.chart(charts.reasons(why), "why", "Its escalations by reason, most frequent first")
            show.download(raised, "escalations")
    with right:
        st.subheader("What its models took")
        spent = record.spent().filter(
            pl.col("team") == team, pl.col("agent") == agent, pl.col("model_source") == drawn.model_source
        )
        spent = choices.of_days(spent, chosen)
        if spent.is_empty():
            st.markdown("Nothing in this period.")
        else:
            show.chart(charts_spending.spent_by_team(spent), "spent", "Its models' cost by day")
            show.download(spent, "spending")


def page() -> None:
    chosen = choices.scope("One agent")
    pictures = record.drawn(chosen.period, chosen.team)
    if not pictures:
        choices.nothing_ended(chosen)
        return
    drawn = choices.of_source(pictures)
    rows = {f"{row['team']}/{row['agent']}": row for row in drawn.agents.iter_rows(named=True)}
    if not rows:
        st.info("No agent asked a model for a task that ended in this period.")
        return
    where, _ = st.columns([1, 2])
    name = choices.narrowed(where, "Agent", "agent", sorted(rows)) or next(iter(rows))
    team, _, agent = name.partition("/")
    st.subheader(show.words(name))
    in_force(team, agent)
    if name not in rows:
        st.info(f"No task that {name} worked on ended in this period ({chosen.period}).")
        return
    tiles(rows[name])
    work(drawn, team, agent, chosen)
    st.subheader("Tasks it was the last to work on")
    mine = drawn.ended.filter(pl.col("team") == team, task_list.agent_is(agent))
    task_list.table(mine, height=360)


page()
