"""What each agent did lately: the tasks it had a part in, how they ended, what its own calls cost."""

from datetime import datetime
from typing import Final

import polars as pl

from muster.analysis.frames import COUNT, EVENTS, MOMENT, MONEY, TEXT, Column, FrameContract

ACTIVITY: Final = FrameContract(
    "activity",
    "model source, team and agent",
    (
        Column("model_source", TEXT, "never null"),
        Column("team", TEXT, "never null"),
        Column("agent", TEXT, "as in the team's manifest"),
        Column("tasks", COUNT, "tasks in which it had an answer from a model in the period"),
        Column("completed", COUNT, "of those, completed in the period"),
        Column("escalated", COUNT, "of those, given to a person in the period, by whichever agent"),
        Column("failed", COUNT, "of those, failed in the period"),
        Column("model_calls", COUNT, "its settled calls in the period, failed ones too"),
        Column("model_cost_usd", MONEY, "US dollars, those calls"),
        Column("last_at", MOMENT, "UTC, its last answer from a model"),
    ),
)

KINDS: Final = ("model_call.settled", "task.ended")
"""The only kinds it needs."""


def agent_activity(events: pl.LazyFrame, since: datetime) -> pl.LazyFrame:
    """Every agent that had an answer from a model since then, by team and name.

    Frame in: `Events`, all of `KINDS` since then; events from before are left out. Frame out: `Activity`. A
    task that two agents worked on counts for both; real and rehearsal are rows of their own.

    Raises:
        FrameError: the frame is not an event frame.
    """
    lately = EVENTS.check(events).filter(pl.col("happened_at") >= since)
    ends = (
        lately.filter(pl.col("kind") == "task.ended")
        .group_by("task_id")
        .agg(pl.col("status").last().alias("end"))
    )
    who = ("model_source", "team", "agent")
    answers = lately.filter(pl.col("kind") == "model_call.settled").filter(
        pl.col(name).is_not_null() for name in who
    )
    per_task = (
        answers.with_columns(pl.col("agent").str.split("/").list.last())
        .group_by(*who, "task_id")
        .agg(
            pl.len().alias("model_calls"),
            pl.col("cost_usd").sum().alias("model_cost_usd"),
            pl.col("happened_at").max().alias("last_at"),
        )
        .join(ends, on="task_id", how="left")
    )
    ended = {status: (pl.col("end") == status).sum() for status in ("completed", "escalated", "failed")}
    return (
        per_task.group_by(*who)
        .agg(
            pl.col("task_id").is_not_null().sum().alias("tasks"),
            *(count.alias(name) for name, count in ended.items()),
            pl.col("model_calls", "model_cost_usd").sum(),
            pl.col("last_at").max(),
        )
        .sort("team", "agent", "model_source")
        .select(pl.col(name).cast(dtype) for name, dtype in ACTIVITY.schema.items())
    )
