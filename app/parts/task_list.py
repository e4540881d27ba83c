"""A list of tasks, each with a link to its own page."""

from typing import Final

import polars as pl
import streamlit as st

from app.parts import show

ORDERS: Final = {
    "newest": pl.col("ended_at"),
    "slowest": pl.col("total_ms"),
    "dearest": pl.col("model_cost_usd"),
}
"""What stands first, by the word in the address."""


def agent_is(agent: str) -> pl.Expr:
    """Whether the agent was the last to work on a task; named with or without its team."""
    return pl.col("agent").str.split("/").list.last() == agent.split("/")[-1]


def table(tasks: pl.DataFrame, *, order: str = "newest", height: int = 520) -> None:
    """The tasks, as their frame has them, with a download; at most `show.MOST_ROWS` of them.

    Frame in: `Tasks`.
    """
    by = ORDERS.get(order, ORDERS["newest"])
    first = tasks.select(by.arg_sort(descending=True, nulls_last=True).head(show.MOST_ROWS)).to_series()
    shown = tasks[first].select(
        link="./tasks?task=" + pl.col("task_id"),
        title="title",
        team="team",
        agent=pl.col("agent").str.split("/").list.last(),
        status="status",
        escalation_reason=pl.col("escalation_reason").str.replace_all("_", " "),
        waiting_for="waiting_for",
        ended_at="ended_at",
        seconds=pl.col("total_ms") / 1000,
        model_cost=pl.col("model_cost_usd").cast(pl.Float64),
        model_calls="model_calls",
        tool_calls="tool_calls",
        truth="truth",
        mistake="mistake",
    )
    shown = shown.select(name for name in shown.columns if shown[name].null_count() < shown.height)
    st.dataframe(
        shown,
        hide_index=True,
        height=show.table_height(shown.height, height),
        column_config={
            "link": st.column_config.LinkColumn("task", display_text=r"task=(.+)"),
            "ended_at": st.column_config.DatetimeColumn(
                "ended (UTC)", format="YYYY-MM-DD HH:mm:ss", timezone="UTC"
            ),
            "escalation_reason": "called a person for",
            "waiting_for": "waits for",
            "model_calls": "model calls",
            "tool_calls": "tool calls",
            "seconds": st.column_config.NumberColumn(format="%.1f s"),
            "model_cost": st.column_config.NumberColumn("models", format="$%.4f"),
        },
        placeholder="",
        alt="Tasks, one row each",
    )
    show.left_out(tasks.height)
    show.download(tasks, "tasks")
