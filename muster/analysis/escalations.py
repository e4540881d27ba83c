"""Why people are called: every escalation, and the reasons by team."""

from typing import Final

import polars as pl

from muster.analysis import intervals
from muster.analysis.frames import COUNT, EVENTS, MOMENT, NUMBER, TEXT, Column, FrameContract
from muster.analysis.human import HumanCost
from muster.analysis.tasks import NO_MODEL, NO_TEAM, TASKS

ESCALATIONS: Final = FrameContract(
    "escalations",
    "escalation raised",
    (
        Column("event_id", TEXT, "of `escalation.raised`"),
        Column("task_id", TEXT, "`tsk_…`"),
        Column("model_source", TEXT, "of the task; never null"),
        Column("team", TEXT, "never null"),
        Column("agent", TEXT, "who called; null when the platform did"),
        Column("reason", TEXT, "one of the closed list"),
        Column("raised_at", MOMENT, "UTC"),
        Column("confidence", NUMBER, "0 to 1; null when the agent gave none"),
        Column("title", TEXT, "of the task; null when its arrival is not in the events"),
        Column("status", TEXT, "of the task now"),
        Column("seq", COUNT, "place of the event in the ledger"),
    ),
)
REASONS: Final = FrameContract(
    "escalation reasons",
    "model source, team and reason",
    (
        Column("model_source", TEXT, "never null"),
        Column("team", TEXT, "null for the whole company"),
        Column("reason", TEXT, "never null"),
        Column("escalations", COUNT, "raised with this reason"),
        Column("n", COUNT, "all escalations of the team"),
        Column("share", NUMBER, "escalations / n"),
        Column("low", NUMBER, "lower end of the share's 95 % interval"),
        Column("high", NUMBER, "upper end of the share's 95 % interval"),
        Column("human_minutes", NUMBER, "minutes, assumed"),
    ),
)


def escalation_rows(events: pl.LazyFrame, tasks: pl.LazyFrame) -> pl.LazyFrame:
    """Every escalation with its task, newest first.

    Frames in: `Events` and the `Tasks` made of them. Frame out: `Escalations`.

    Raises:
        FrameError: a frame is of another kind.
    """
    raised = EVENTS.check(events).filter(pl.col("kind") == "escalation.raised")
    known = TASKS.check(tasks).select("task_id", "model_source", "title", "status")
    return (
        raised.drop("model_source", "title", "status")
        .join(known, on="task_id", how="left")
        .rename({"happened_at": "raised_at"})
        .sort("raised_at", "seq", descending=True)
        .with_columns(pl.col("model_source").fill_null(NO_MODEL), pl.col("team").fill_null(NO_TEAM))
        .select(pl.col(name).cast(dtype) for name, dtype in ESCALATIONS.schema.items())
    )


def reasons(escalations: pl.LazyFrame, human: HumanCost, *, by_team: bool = False) -> pl.LazyFrame:
    """How often each reason called a person, the most frequent first.

    Frame in: `Escalations`. Frame out: `Escalation reasons`.

    Raises:
        FrameError: the frame is of another kind.
    """
    raised = ESCALATIONS.check(escalations)
    if not by_team:
        raised = raised.with_columns(team=pl.lit(None, dtype=TEXT))
    group = ["model_source", "team"]
    counted = raised.group_by(*group, "reason").agg(pl.len().cast(COUNT).alias("escalations"))
    with_n = counted.with_columns(n=pl.col("escalations").sum().over(group))
    low, high = intervals.wilson(pl.col("escalations"), pl.col("n"))
    return (
        with_n.with_columns(
            share=pl.col("escalations") / pl.col("n"),
            low=low,
            high=high,
            human_minutes=pl.col("escalations") * float(human.minutes_per_escalation),
        )
        .sort(*group, "escalations", "reason", descending=[False, False, True, False])
        .select(pl.col(name).cast(dtype) for name, dtype in REASONS.schema.items())
    )
