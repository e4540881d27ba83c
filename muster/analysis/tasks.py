"""From events to tasks: one row a task, with its times, its calls, its money and its truth."""

from datetime import datetime
from typing import Final

import polars as pl

from muster.analysis.frames import COUNT, EVENTS, MOMENT, MONEY, NUMBER, TEXT, Column, FrameContract
from muster.analysis.kinds import of_kind
from muster.analysis.run_times import APPROVAL, run_times

__all__ = [
    "APPROVAL",
    "ENDED",
    "MIXED_MODELS",
    "NO_MODEL",
    "NO_TEAM",
    "TASKS",
    "ended_tasks",
    "open_tasks",
    "task_rows",
]

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
        Column("first_seq", COUNT, "place in the ledger of the first event that concerns it"),
        Column("last_seq", COUNT, "place in the ledger of the last event that concerns it"),
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
        Column("waiting_ms", COUNT, "total_ms less agent_ms, never below 0; null while it is open"),
        Column(
            "human_wait_ms",
            COUNT,
            "of waiting_ms, those parked for a person's word (`apr_…`) until woken or ended; null while open",
        ),
        Column(
            "system_wait_ms",
            COUNT,
            "waiting_ms less human_wait_ms: queues, halts, retries; null while it is open",
        ),
        Column("model_calls", COUNT, "settled calls, failed ones too"),
        Column("tool_calls", COUNT, "settled calls, failed ones too"),
        Column("refused_calls", COUNT, "tool calls the gateway refused"),
        Column("handoffs", COUNT, "from one agent to another"),
        Column("escalations", COUNT, "times a person was called"),
        Column("approvals", COUNT, "times a person's word was asked before an act"),
        Column(
            "attention_seconds",
            COUNT,
            "recorded seconds of people on its approvals and escalations; null when none were measured",
        ),
        Column(
            "unmeasured_approvals", COUNT, "approvals without recorded seconds; those that ran out need none"
        ),
        Column("unmeasured_escalations", COUNT, "escalations without recorded seconds, unanswered ones too"),
        Column(
            "context_rating",
            NUMBER,
            "1 to 5, mean of how far what people were given was enough; null when nobody rated it",
        ),
        Column("input_tokens", COUNT, "tokens, neither read from nor written to the cache"),
        Column("output_tokens", COUNT, "tokens"),
        Column("cache_read_tokens", COUNT, "tokens"),
        Column("cache_write_tokens", COUNT, "tokens"),
        Column("model_cost_usd", MONEY, "US dollars, settled model calls"),
        Column("tool_cost_usd", MONEY, "US dollars, settled tool calls"),
        Column("confidence", NUMBER, "0 to 1, of the last run; null when none was given"),
        Column("truth", TEXT, "`correct` or `wrong`; null when the outcome was not scored"),
        Column("mistake", TEXT, "the first one scored; null when there is none"),
        Column("confirmed_at", MOMENT, "when somebody last said that the result held; null when nobody did"),
        Column("reopened_at", MOMENT, "when it last turned out not to be done; null when it never did"),
        Column(
            "completion",
            TEXT,
            "the last word on a completed task, `assumed` without one, `confirmed` or `reopened`; "
            "null when it is not completed",
        ),
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
    tasks = mine.group_by("task_id").agg(*_facts(), *_counts(), *_sums(), *_attention())
    return (
        tasks.join(run_times(events), on="task_id", how="left")
        .with_columns(
            pl.col("team").fill_null(NO_TEAM),
            pl.col("confidence").fill_nan(None),
            *_clocks(),
            *_people(),
            model_source=_source(),
            mistake=pl.when(pl.col("mistake") != "").then(pl.col("mistake")),
            status=_status(),
        )
        .with_columns(
            waiting_for=pl.when(pl.col("status") == "waiting").then(pl.col("parked_for")),
            completion=_completion(),
            waiting_ms=(pl.col("total_ms") - pl.col("agent_ms")).clip(lower_bound=0),
        )
        # no more than it waited in all: clocks of several hosts may disagree
        .with_columns(human_wait_ms=pl.min_horizontal("human_ms", "waiting_ms").clip(lower_bound=0))
        .with_columns(system_wait_ms=pl.col("waiting_ms") - pl.col("human_wait_ms"))
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


def _clocks() -> list[pl.Expr]:
    """Milliseconds in all, at work and parked for a person; never negative, though a clock goes back."""
    ended = pl.col("ended_at")
    # the sum of when it was woken less the sum of when it was parked; who was not woken waited until the end
    still = pl.when(pl.col("asked") > pl.col("heard")).then(ended.dt.timestamp("ms")).otherwise(0)
    parked = pl.col("heard_ms") + still - pl.col("asked_ms")
    return [
        pl.col("agent_ms").fill_null(0),
        (ended - pl.col("queued_at")).dt.total_milliseconds().clip(lower_bound=0).alias("total_ms"),
        pl.when(ended.is_not_null()).then(parked.fill_null(0)).alias("human_ms"),
    ]


def _people() -> list[pl.Expr]:
    """The measured and unmeasured attention of people, and their rating."""

    def unmeasured(asked: str, done: str) -> pl.Expr:
        return (pl.col(asked).cast(COUNT) - pl.col(done).cast(COUNT)).clip(lower_bound=0)

    measured = pl.col("timed_approvals") + pl.col("timed_escalations") > 0
    return [
        pl.when(measured).then(pl.col("seconds")).alias("attention_seconds"),
        unmeasured("approvals", "settled_approvals").alias("unmeasured_approvals"),
        unmeasured("escalations", "timed_escalations").alias("unmeasured_escalations"),
    ]


def _status() -> pl.Expr:
    return pl.coalesce(
        "end",
        pl.when(pl.col("parked_seq") > pl.col("woken_seq").fill_null(0)).then(pl.lit("waiting")),
        pl.when(pl.col("started_at").is_not_null()).then(pl.lit("working")),
        pl.lit("queued"),
    )


def _completion() -> pl.Expr:
    said = (
        pl.when(pl.col("said_seq").is_null())
        .then(pl.lit("assumed"))
        .otherwise(
            pl.when(pl.col("said_seq") == pl.col("reopened_seq"))
            .then(pl.lit("reopened"))
            .otherwise(pl.lit("confirmed"))
        )
    )
    return pl.when(pl.col("status") == "completed").then(said)


def _facts() -> list[pl.Expr]:
    """What is known once: the first word on arrival, the last word on the end.

    Confidence and mistake may be null in the event that has the last word: NaN and "" stand in for that, so
    that the word of an earlier event does not show through.
    """

    def first(column: str, kind: str) -> pl.Expr:
        return of_kind(kind, column).first(ignore_nulls=True)

    def last(column: str | pl.Expr, kind: str) -> pl.Expr:
        return of_kind(kind, column).last(ignore_nulls=True)

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
        last("happened_at", "task.confirmed").alias("confirmed_at"),
        last("happened_at", "task.reopened").alias("reopened_at"),
        last("seq", "task.reopened").alias("reopened_seq"),
        pl.max_horizontal(of_kind("task.confirmed", "seq"), of_kind("task.reopened", "seq"))
        .max()
        .alias("said_seq"),
    ]


def _counts() -> list[pl.Expr]:
    counted = {
        "model_calls": "model_call.settled",
        "tool_calls": "tool_call.settled",
        "refused_calls": "tool_call.refused",
        "handoffs": "handoff.made",
        "escalations": "escalation.raised",
        "approvals": "approval.requested",
    }
    return [(pl.col("kind") == kind).sum().alias(name) for name, kind in counted.items()]


def _sums() -> list[pl.Expr]:
    tokens = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    costs = {"model_cost_usd": "model_call.settled", "tool_cost_usd": "tool_call.settled"}
    return [
        *(of_kind("model_call.settled", name).sum().alias(name) for name in tokens),
        *(of_kind(kind, "cost_usd").sum().alias(name) for name, kind in costs.items()),
    ]


def _attention() -> list[pl.Expr]:
    """What people gave; an approval is settled when its seconds were recorded or its time ran out."""
    seconds = pl.col("attention_seconds")
    decided, answered = pl.col("kind") == "approval.decided", pl.col("kind") == "escalation.answered"
    timed = seconds.is_not_null()
    return [
        seconds.sum().alias("seconds"),
        (decided & timed).sum().alias("timed_approvals"),
        (decided & (timed | (pl.col("status") == "expire").fill_null(False)))
        .sum()
        .alias("settled_approvals"),
        (answered & timed).sum().alias("timed_escalations"),
        pl.col("context_rating").mean(),
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
