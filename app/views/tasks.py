"""Every task, and one task's way from arrival to end with its times and costs."""

from typing import Any

import polars as pl
import streamlit as st

from app.parts import choices, record, show, task_list
from muster.analysis.figures import duration, money, reason, source_label
from muster.analysis.picture import Picture
from muster.analysis.steps import task_steps
from muster.analysis.waterfall import waterfall

_STATES = ["any", "completed", "escalated", "failed", "waiting"]
_NARROWED = {"Called a person for": "reason", "Last agent": "agent", "Judged": "truth", "First": "order"}
_COLUMN = {"reason": "escalation_reason", "agent": "agent", "truth": "truth"}


def listed(drawn: Picture, chosen: choices.Chosen) -> None:
    """The tasks that the address or the controls ask for."""
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    status = left.segmented_control(
        "Ended as", _STATES, default="any", required=True, key="status", bind="query-params"
    )
    right.text_input("Open a task", key="open_task", placeholder="tsk_…", on_change=open_one)
    tasks = drawn.open if status == "waiting" else drawn.ended
    if status not in ("any", None):
        tasks = tasks.filter(pl.col("status") == status)
    for where, (label, name) in zip(st.columns(4), _NARROWED.items(), strict=True):
        if name == "order":
            order = choices.narrowed(where, label, name, ["slowest", "dearest"], "newest")
            continue
        picked = choices.narrowed(where, label, name, _offered(drawn, name))
        if picked is not None:
            mine = task_list.agent_is(picked) if name == "agent" else pl.col(_COLUMN[name]) == picked
            tasks = tasks.filter(mine)
    st.caption(f"{tasks.height:,} of {drawn.ended.height + drawn.open.height:,} tasks ({chosen.period})")
    if tasks.is_empty():
        st.info("No task is so.")
        return
    task_list.table(tasks, order=order or "newest")


def _offered(drawn: Picture, name: str) -> list[str]:
    values = drawn.ended[_COLUMN[name]].unique().drop_nulls()
    return sorted((values.str.split("/").list.last() if name == "agent" else values).unique())


def one(task_id: str) -> None:
    """One task: what became of it, the waterfall, every step."""
    found = record.tasks().filter(task_id=task_id)
    if found.is_empty():
        st.warning(f"The ledger knows no task {show.words(task_id)}.")
        return
    task = found.row(0, named=True)
    steps = task_steps(record.task_events(task_id))
    st.title("Task")
    st.text(task["title"] or task_id)
    st.caption(show.words(source_label(task["model_source"])))
    with st.container(horizontal=True, gap="medium"):
        for name, value in facts(task).items():
            st.metric(name, value, width="content")
    if task["escalation_reason"]:
        st.markdown(f"Called a person: **{show.words(reason(task['escalation_reason']))}**.")
    if task["truth"]:
        st.markdown(
            show.words(f"Judged {task['truth']}" + (f": {task['mistake']}" if task["mistake"] else "") + ".")
        )
    show.chart(waterfall(steps), "waterfall", "The task's steps in time, from top to bottom")
    st.dataframe(
        steps.drop("started_at", "ended_at").with_columns(pl.col("cost_usd").cast(pl.Float64)),
        hide_index=True,
        column_config={
            "kind": st.column_config.TextColumn(width="medium"),
            "offset_ms": st.column_config.NumberColumn("after (ms)"),
            "duration_ms": st.column_config.NumberColumn("took (ms)"),
            "cost_usd": st.column_config.NumberColumn("cost", format="$%.4f"),
            "detail": st.column_config.TextColumn(width="large"),
        },
        placeholder="",
        alt="The task's steps",
    )
    show.download(steps, task_id)


def facts(task: dict[str, Any]) -> dict[str, str]:
    total = task["total_ms"]
    return {
        "Team": task["team"],
        "State": task["status"],
        "From arrival to end": "open" if total is None else duration(total / 1000),
        "Agents at work": duration(task["agent_ms"] / 1000),
        "Waits: people": "open" if total is None else duration(task["human_wait_ms"] / 1000),
        "Waits: system": "open" if total is None else duration(task["system_wait_ms"] / 1000),
        "Models": money(float(task["model_cost_usd"])),
    }


def open_one() -> None:
    """Go to the task whose id was typed."""
    typed = st.session_state["open_task"].strip()
    if typed:
        st.query_params["task"] = typed


def page() -> None:
    task_id = st.query_params.get("task")
    if task_id:
        st.button("All tasks", on_click=st.query_params.clear, type="tertiary")
        one(task_id)
        return
    chosen = choices.scope("Tasks")
    pictures = record.drawn(chosen.period, chosen.team)
    if not pictures:
        choices.nothing_ended(chosen)
        return
    listed(choices.of_source(pictures), chosen)


page()
