"""From events to tasks: one row a task, with its times, its calls, its money and its truth."""

from datetime import datetime
from typing import Final

import polars as pl

from muster.analysis.frames import COUNT, EVENTS, MOMENT, MONEY, NUMBER, TEXT, Column, FrameContract

NO_TEAM: Final = "no team"
NO_MODEL: Final = "none"
MIXED_MODELS: Final = "mixed"
ENDED: Final = ("completed", "escalated", "failed")
"""End states that count; a cancelled task was withdrawn and counts nowhere."""

TASKS = FrameContract(
    "tasks",
    "task",
    (
        Column("task_id", TEXT, "`tsk_…`"),
        Column("team", TEXT, "never null; `no team` before it is routed"),
        Column("title", TEXT, "null when its arrival is not in the events"),
        Column("channel", TEXT, "null when its arrival is not in the events"),
        Column("priority", TEXT, "null when its arrival is not in the events"),
        Column("model_source", TEXT, "`claude`, `rehearsal`, `mixed`; `none` when no model was concerned"),
        Column("agent", TEXT, "the last agent that asked a model; null when none did"),
        Column("status", TEXT, "`queued`, `working`, `completed`, `escalated`, `failed` or `cancelled`"),
        Column("escalation_reason", TEXT, "of the last escalation; null when there was none"),
        Column("queued_at", MOMENT, "null when its arrival is not in the events"),
        Column("started_at", MOMENT, "first run; null when no run began"),
        Column("ended_at", MOMENT, "null while it is open"),
        Column("agent_ms", COUNT, "milliseconds a run was at work on it; 0 when none was"),
        Column("total_ms", COUNT, "milliseconds from arrival to end; null while it is open"),
        Column("waiting_ms", COUNT, "total_ms less agent_ms; null while it is open"),
        Column("model_calls", COUNT, "settled calls, failed ones too"),
        Column("tool_calls", COUNT, "settled calls, failed ones too"),
        Column("refused_calls", COUNT, "tool calls the gateway refused"),
        Column("handoffs", COUNT, "from one agent to another"),
        Column("escalations", COUNT, "times a person was called"),
        Column("input_tokens", COUNT, "tokens, neither read from nor written to the cache"),
        Column("output_tokens", COUNT, "tokens"),
        Column("cache_read_tokens", COUNT, "tokens"),
        Column("cache_write_tokens", COUNT, "tokens"),
        Column("model_cost_usd", MONEY, "US dollars, settled model calls"),
        Column("tool_cost_usd", MONEY, "US dollars, settled tool calls"),
        Column("confidence", NUMBER, "0 to 1, of the last run; null when none was given"),
        Column("truth", TEXT, "`correct` or `wrong`; null when the outcome was not scored"),
        Column("mistake", TEXT, "the first one scored; null when there is none"),
    ),
)


def task_rows(events: pl.LazyFrame) -> pl.LazyFrame:
    """Every task the events speak of.

    Frame in: `Events`. Frame out: `Tasks`, one row per task, in the order they first appear. A task whose
    models came from two sources is `mixed`, so that neither source's numbers take it in.

    Raises:
        FrameError: the frame is not an event frame.
    """
    mine = EVENTS.check(events).filter(pl.col("task_id").is_not_null()).sort("seq")
    tasks = mine.group_by("task_id", maintain_order=True).agg(*_facts(), *_counts(), *_sums())
    total = (pl.col("ended_at") - pl.col("queued_at")).dt.total_milliseconds()
    return (
        tasks.join(_run_times(mine), on="task_id", how="left", maintain_order="left")
        .with_columns(pl.col("agent_ms").fill_null(0), total_ms=total)
        .with_columns(
            waiting_ms=pl.max_horizontal(pl.col("total_ms") - pl.col("agent_ms"), 0),
            model_source=_source(),
            status=pl.coalesce("end", pl.when(pl.col("started_at").is_not_null()).then(pl.lit("working"))),
        )
        .with_columns(pl.col("status").fill_null("queued"), pl.col("team").fill_null(NO_TEAM))
        .select(pl.col(name).cast(dtype) for name, dtype in TASKS.schema.items())
    )


def ended_tasks(
    tasks: pl.LazyFrame, since: datetime | None = None, until: datetime | None = None
) -> pl.LazyFrame:
    """The tasks that came to a counted end in `[since, until)`; None leaves that side open."""
    ended = tasks.filter(pl.col("status").is_in(ENDED))
    if since is not None:
        ended = ended.filter(pl.col("ended_at") >= since)
    if until is not None:
        ended = ended.filter(pl.col("ended_at") < until)
    return ended


def open_tasks(tasks: pl.LazyFrame) -> pl.LazyFrame:
    """The tasks that wait in a queue or are being worked on."""
    return tasks.filter(pl.col("status").is_in(["queued", "working"]))


def _of(*kinds: str) -> pl.Expr:
    return pl.col("kind").is_in(kinds)


def _facts() -> list[pl.Expr]:
    """What is known once: the first word on arrival, the last word on the end."""

    def first(column: str, kind: str) -> pl.Expr:
        return pl.col(column).filter(_of(kind)).first()

    def last(column: str, kind: str) -> pl.Expr:
        return pl.col(column).filter(_of(kind)).last()

    return [
        pl.col("team").drop_nulls().first(),
        first("title", "task.queued"),
        first("subject", "task.queued").alias("channel"),
        first("priority", "task.queued"),
        pl.col("model_source").drop_nulls().unique(maintain_order=True).alias("sources"),
        pl.col("agent").filter(_of("model_call.settled")).drop_nulls().last(),
        last("status", "task.ended").alias("end"),
        last("reason", "escalation.raised").alias("escalation_reason"),
        first("happened_at", "task.queued").alias("queued_at"),
        first("happened_at", "run.started").alias("started_at"),
        last("happened_at", "task.ended").alias("ended_at"),
        last("confidence", "run.ended"),
        last("status", "outcome.scored").alias("truth"),
        last("reason", "outcome.scored").alias("mistake"),
    ]


def _counts() -> list[pl.Expr]:
    counted = {
        "model_calls": "model_call.settled",
        "tool_calls": "tool_call.settled",
        "refused_calls": "tool_call.refused",
        "handoffs": "handoff.made",
        "escalations": "escalation.raised",
    }
    return [_of(kind).sum().alias(name) for name, kind in counted.items()]


def _sums() -> list[pl.Expr]:
    tokens = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    costs = {"model_cost_usd": "model_call.settled", "tool_cost_usd": "tool_call.settled"}
    return [
        *(pl.col(name).filter(_of("model_call.settled")).sum() for name in tokens),
        *(pl.col("cost_usd").filter(_of(kind)).sum().alias(name) for name, kind in costs.items()),
    ]


def _source() -> pl.Expr:
    count = pl.col("sources").list.len()
    return (
        pl.when(count == 0)
        .then(pl.lit(NO_MODEL))
        .when(count == 1)
        .then(pl.col("sources").list.first())
        .otherwise(pl.lit(MIXED_MODELS))
    )


def _run_times(mine: pl.LazyFrame) -> pl.LazyFrame:
    """Milliseconds at work by task; a run without an end counts up to its last sign of life."""
    in_run = mine.filter(pl.col("run_id").is_not_null() & (pl.col("kind") != "outcome.scored"))
    at = pl.col("happened_at")
    started = at.filter(_of("run.started")).first()
    ended = pl.coalesce(at.filter(_of("run.ended")).last(), at.max())
    return (
        in_run.group_by("task_id", "run_id")
        .agg(worked=(ended - started).dt.total_milliseconds())
        .group_by("task_id")
        .agg(agent_ms=pl.col("worked").sum())
    )
