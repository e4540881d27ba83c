"""From events to tasks: one row a task, with its times, its calls, its money and its truth."""

from datetime import datetime
from typing import Final

import polars as pl

from muster.analysis.frames import COUNT, EVENTS, MOMENT, MONEY, NUMBER, TEXT, Column, FrameContract

NO_TEAM: Final = "no team"
NO_MODEL: Final = "none"
MIXED_MODELS: Final = "mixed"
APPROVAL: Final = "apr_"
"""How the id of a call that waits for a person begins."""
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
        Column(
            "status", TEXT, "`queued`, `working`, `waiting`, `completed`, `escalated`, `failed`, `cancelled`"
        ),
        Column("waiting_for", TEXT, "`apr_…` (a person's word) or whose halt; null unless it is `waiting`"),
        Column("escalation_reason", TEXT, "of the last escalation; null when there was none"),
        Column("queued_at", MOMENT, "null when its arrival is not in the events"),
        Column("started_at", MOMENT, "first run; null when no run began"),
        Column("ended_at", MOMENT, "null while it is open"),
        Column(
            "agent_ms", COUNT, "milliseconds a run was at work on it, not those it waited; 0 when none was"
        ),
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
        Column("first_seq", COUNT, "place in the ledger of the first event that concerns it"),
        Column("last_seq", COUNT, "place in the ledger of the last event that concerns it"),
    ),
)


def task_rows(events: pl.LazyFrame) -> pl.LazyFrame:
    """Every task the events speak of.

    Frame in: `Events`; of a scan, collected with the streaming engine, only what the tasks need is ever held.
    Frame out: `Tasks`, one row per task, in the order they first appear. A task whose models came from two
    sources is `mixed`, so that neither source's numbers take it in.

    Raises:
        FrameError: the frame is not an event frame.
    """
    mine = EVENTS.check(events).filter(pl.col("task_id").is_not_null())
    tasks = mine.group_by("task_id").agg(*_facts(), *_counts(), *_sums())
    total = (pl.col("ended_at") - pl.col("queued_at")).dt.total_milliseconds()
    return (
        tasks.join(_run_times(events), on="task_id", how="left")
        .with_columns(pl.col("agent_ms").fill_null(0), total_ms=total)
        .with_columns(
            pl.col("team").fill_null(NO_TEAM),
            pl.col("confidence").fill_nan(None),
            waiting_ms=pl.max_horizontal(pl.col("total_ms") - pl.col("agent_ms"), 0),
            model_source=_source(),
            mistake=pl.when(pl.col("mistake") != "").then(pl.col("mistake")),
            status=pl.coalesce(
                "end",
                pl.when(pl.col("parked_seq") > pl.col("woken_seq").fill_null(0)).then(pl.lit("waiting")),
                pl.when(pl.col("started_at").is_not_null()).then(pl.lit("working")),
            ),
        )
        .with_columns(
            pl.col("status").fill_null("queued"),
            waiting_for=pl.when(pl.col("status") == "waiting").then(pl.col("parked_for")),
        )
        .sort("first_seq")
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
    """The tasks that wait in a queue, are being worked on, or wait for a person's word or a halt to end."""
    return tasks.filter(pl.col("status").is_in(["queued", "working", "waiting"]))


def _at(kind: str, column: str | pl.Expr) -> pl.Expr:
    """`column` where the event is of this kind, null elsewhere.

    Taken with `ignore_nulls` this is what the streaming engine folds in one pass; a filter inside an
    aggregate would make it hold every group's rows.
    """
    value = pl.col(column) if isinstance(column, str) else column
    return pl.when(pl.col("kind") == kind).then(value)


def _facts() -> list[pl.Expr]:
    """What is known once: the first word on arrival, the last word on the end.

    Confidence and mistake may be null in the event that has the last word: NaN and "" stand in for that, so
    that the word of an earlier event does not show through.
    """

    def first(column: str, kind: str) -> pl.Expr:
        return _at(kind, column).first(ignore_nulls=True)

    def last(column: str | pl.Expr, kind: str) -> pl.Expr:
        return _at(kind, column).last(ignore_nulls=True)

    return [
        pl.col("seq").min().alias("first_seq"),
        pl.col("seq").max().alias("last_seq"),
        pl.col("team").first(ignore_nulls=True),
        first("title", "task.queued").alias("title"),
        first("subject", "task.queued").alias("channel"),
        first("priority", "task.queued").alias("priority"),
        pl.col("model_source").min().alias("source"),
        pl.col("model_source").max().alias("other_source"),
        last("agent", "model_call.settled").alias("agent"),
        last("status", "task.ended").alias("end"),
        last("subject", "task.parked").alias("parked_for"),
        last("seq", "task.parked").alias("parked_seq"),
        last("seq", "task.woken").alias("woken_seq"),
        last("reason", "escalation.raised").alias("escalation_reason"),
        first("happened_at", "task.queued").alias("queued_at"),
        first("happened_at", "run.started").alias("started_at"),
        last("happened_at", "task.ended").alias("ended_at"),
        last(pl.col("confidence").fill_null(float("nan")), "run.ended").alias("confidence"),
        last("status", "outcome.scored").alias("truth"),
        last(pl.col("reason").fill_null(""), "outcome.scored").alias("mistake"),
    ]


def _counts() -> list[pl.Expr]:
    counted = {
        "model_calls": "model_call.settled",
        "tool_calls": "tool_call.settled",
        "refused_calls": "tool_call.refused",
        "handoffs": "handoff.made",
        "escalations": "escalation.raised",
    }
    return [(pl.col("kind") == kind).sum().alias(name) for name, kind in counted.items()]


def _sums() -> list[pl.Expr]:
    tokens = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    costs = {"model_cost_usd": "model_call.settled", "tool_cost_usd": "tool_call.settled"}
    return [
        *(_at("model_call.settled", name).sum().alias(name) for name in tokens),
        *(_at(kind, "cost_usd").sum().alias(name) for name, kind in costs.items()),
    ]


def _source() -> pl.Expr:
    """The one model source of a task; `none` and `mixed` where there is not just one."""
    one = pl.col("source")
    return (
        pl.when(one.is_null())
        .then(pl.lit(NO_MODEL))
        .when(one == pl.col("other_source"))
        .then(one)
        .otherwise(pl.lit(MIXED_MODELS))
    )


def _run_times(events: pl.LazyFrame) -> pl.LazyFrame:
    """Milliseconds at work by task; a run without an end counts up to its last sign of life.

    The time between being parked and being woken is no work. Only the few runs that were lost are looked for
    among all events.
    """
    run, kind = ["task_id", "run_id"], pl.col("kind")
    moment = pl.col("happened_at").dt.timestamp("ms")
    known = pl.col("task_id").is_not_null() & pl.col("run_id").is_not_null()
    bounds = (
        events.filter(known & kind.is_in(["run.started", "run.ended", "task.parked", "task.woken"]))
        .group_by(run)
        .agg(
            _at("run.started", "happened_at").first(ignore_nulls=True).alias("started"),
            _at("run.ended", "happened_at").last(ignore_nulls=True).alias("ended"),
            *(_at(f"task.{name}", moment).sum().alias(name) for name in ("parked", "woken")),
            *((kind == f"task.{name}").sum().alias(f"times_{name}") for name in ("parked", "woken")),
        )
    )
    # the sum of when it was woken less the sum of when it was parked; who was not woken waits until now
    still = pl.when(pl.col("times_parked") > pl.col("times_woken")).then(pl.col("until").dt.timestamp("ms"))
    idle = pl.col("woken") + still.fill_null(0) - pl.col("parked")
    alive = (
        events.filter(known & (kind != "outcome.scored"))
        .join(bounds.filter(pl.col("ended").is_null()), on=run, how="semi")
        .group_by(run)
        .agg(last_sign=pl.col("happened_at").max())
    )
    return (
        bounds.join(alive, on=run, how="left")
        .with_columns(until=pl.coalesce("ended", "last_sign"))
        .with_columns(worked=(pl.col("until") - pl.col("started")).dt.total_milliseconds(), idle=idle)
        .group_by("task_id")
        .agg(agent_ms=pl.max_horizontal(pl.col("worked") - pl.col("idle"), 0).sum())
    )
