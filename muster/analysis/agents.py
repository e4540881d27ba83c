"""How each agent does: what it worked on, how that ended, what it cost."""

from typing import Final

import polars as pl

from muster.analysis import intervals
from muster.analysis.frames import COUNT, EVENTS, MONEY, NUMBER, TEXT, Column, FrameContract
from muster.analysis.tasks import TASKS, ended_tasks

MIN_TASKS: Final = 10
"""Below this many ended tasks an agent is not ranked: too few."""

AGENTS: Final = FrameContract(
    "agents",
    "model source, team and agent",
    (
        Column("model_source", TEXT, "never null"),
        Column("team", TEXT, "never null"),
        Column("agent", TEXT, "as in the team's manifest"),
        Column("tasks", COUNT, "ended tasks it asked a model for"),
        Column("completed", COUNT, "of those, completed"),
        Column("called", COUNT, "of those, in which this agent called a person"),
        Column("called_share", NUMBER, "called / tasks; null when too few"),
        Column("low", NUMBER, "lower end of its 95 % interval; null when too few"),
        Column("high", NUMBER, "upper end of its 95 % interval; null when too few"),
        Column("scored", COUNT, "of its tasks, held against a truth"),
        Column("correct", COUNT, "of those, right"),
        Column("refused", COUNT, "tool calls the gateway refused it in those tasks"),
        Column("model_calls", COUNT, "settled calls in those tasks"),
        Column("model_cost_usd", MONEY, "US dollars, its own calls in those tasks"),
    ),
)

AGENT_WORK: Final = FrameContract(
    "agent work",
    "task and agent that asked a model for it, called a person or was refused a tool",
    (
        Column("task_id", TEXT, "`tsk_…`"),
        Column("agent", TEXT, "as in the team's manifest"),
        Column("model_calls", COUNT, "its settled calls in the task, failed ones too"),
        Column("called", pl.Boolean(), "whether it called a person"),
        Column("refused", COUNT, "tool calls the gateway refused it"),
        Column("model_cost_usd", MONEY, "US dollars, its own calls"),
    ),
)


def agent_work(events: pl.LazyFrame) -> pl.LazyFrame:
    """What each agent did in each task, in no certain order.

    Frame in: `Events`. Frame out: `Agent work`.

    Raises:
        FrameError: the frame is not an event frame.
    """
    told = pl.col("kind").is_in(["model_call.settled", "escalation.raised", "tool_call.refused"])
    acts = EVENTS.check(events).filter(told, pl.col("agent").is_not_null(), pl.col("task_id").is_not_null())

    def count(kind: str) -> pl.Expr:
        return (pl.col("kind") == kind).sum()

    paid = pl.when(pl.col("kind") == "model_call.settled").then(pl.col("cost_usd"))
    return (
        acts.group_by("task_id", pl.col("agent").str.split("/").list.last())
        .agg(
            model_calls=count("model_call.settled"),
            called=count("escalation.raised") > 0,
            refused=count("tool_call.refused"),
            model_cost_usd=paid.sum(),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in AGENT_WORK.schema.items())
    )


def agent_rows(work: pl.LazyFrame, tasks: pl.LazyFrame) -> pl.LazyFrame:
    """Every agent that asked a model for a task which has ended, those that call people least first.

    Frames in: `Agent work` and `Tasks` (filter those to choose a period). Frame out: `Agents`; the order is
    by the upper end of `called_share`, so that a small sample does not lead by luck; the unranked come last.

    Raises:
        FrameError: a frame is of another kind.
    """
    outcome = ended_tasks(TASKS.check(tasks)).select("task_id", "model_source", "team", "status", "truth")
    worked = AGENT_WORK.check(work).filter(pl.col("model_calls") > 0).join(outcome, on="task_id")
    return _ranked(worked).select(pl.col(name).cast(dtype) for name, dtype in AGENTS.schema.items())


def _ranked(worked: pl.LazyFrame) -> pl.LazyFrame:
    counted = worked.group_by("model_source", "team", "agent").agg(
        pl.len().cast(COUNT).alias("tasks"),
        (pl.col("status") == "completed").sum().alias("completed"),
        pl.col("called", "refused", "model_calls", "model_cost_usd").sum(),
        pl.col("truth").is_not_null().sum().alias("scored"),
        (pl.col("truth") == "correct").sum().alias("correct"),
    )
    low, high = intervals.wilson(pl.col("called"), pl.col("tasks"))
    enough = pl.col("tasks") >= MIN_TASKS
    share = {"called_share": pl.col("called") / pl.col("tasks"), "low": low, "high": high}
    return counted.with_columns(
        pl.when(enough).then(figure).alias(name) for name, figure in share.items()
    ).sort("model_source", "high", "team", "agent", nulls_last=True)
