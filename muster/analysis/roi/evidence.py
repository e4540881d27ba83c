"""What the ledger knows of a team that its return hangs on, with the n behind each figure."""

from typing import Final

import polars as pl

from muster.analysis.frames import COUNT, MOMENT, NUMBER, TEXT, Column, FrameContract
from muster.analysis.tasks import MIXED_MODELS, NO_MODEL, TASKS, ended_tasks

EVIDENCE: Final = FrameContract(
    "evidence",
    "model source and team",
    (
        Column("model_source", TEXT, "never null, never `mixed`"),
        Column("team", TEXT, "never null"),
        Column("tasks", COUNT, "ended tasks"),
        Column("completed", COUNT, "of those, completed"),
        Column("answered_calls", COUNT, "calls on a person after which the task went on"),
        Column("approvals", COUNT, "held calls a person was asked about"),
        Column(
            "judged", COUNT, "completed tasks whose result was held against a truth, confirmed or reopened"
        ),
        Column("wrong", COUNT, "of those, wrong or reopened"),
        Column("machine_usd", NUMBER, "US dollars, mean of models, tools and compute over the ended tasks"),
        Column("machine_usd_error", NUMBER, "its standard error; null for a single task"),
        Column("escalation_minutes", NUMBER, "minutes, mean of the measured escalations; null without any"),
        Column("escalation_minutes_error", NUMBER, "its standard error; null for fewer than two tasks"),
        Column("measured_escalations", COUNT, "escalations whose minutes are recorded and told apart"),
        Column("approval_minutes", NUMBER, "minutes, mean of the measured approvals; null without any"),
        Column("approval_minutes_error", NUMBER, "its standard error; null for fewer than two tasks"),
        Column("measured_approvals", COUNT, "approvals whose minutes are recorded and told apart"),
        Column("first_end", MOMENT, "UTC, the first task's end"),
        Column("last_end", MOMENT, "UTC, the last task's end"),
    ),
)
_HOUR_MS: Final = 3_600_000
_DIGITS: Final = 12
"""Significant digits that are kept: those after them differ with the order in which threads add floats up."""


def evidence(tasks: pl.LazyFrame, usd_per_compute_hour: float) -> pl.DataFrame:
    """What each team's ended tasks say, by model source.

    Minutes are told apart by kind through the tasks that asked a person for one kind only. A task without a
    model, or with models of two sources, is left out.

    Frame in: `Tasks`. Frame out: `Evidence`, sorted by source and team.

    Args:
        usd_per_compute_hour: US dollars for an hour in which an agent was at work.

    Raises:
        FrameError: the frame is not a task frame.
    """
    ended = (
        ended_tasks(TASKS.check(tasks))
        .filter(~pl.col("model_source").is_in([MIXED_MODELS, NO_MODEL]))
        .with_columns(*_per_task(usd_per_compute_hour))
    )
    judged, wrong = _judged()
    return (
        ended.group_by("model_source", "team")
        .agg(
            pl.len().alias("tasks"),
            (pl.col("status") == "completed").sum().alias("completed"),
            pl.col("answered").sum().alias("answered_calls"),
            pl.col("approvals").sum(),
            judged.sum().alias("judged"),
            (judged & wrong).sum().alias("wrong"),
            pl.col("machine").mean().alias("machine_usd"),
            (pl.col("machine").std() / pl.len().sqrt()).alias("machine_usd_error"),
            *_minutes("escalation"),
            *_minutes("approval"),
            pl.col("ended_at").min().alias("first_end"),
            pl.col("ended_at").max().alias("last_end"),
        )
        .sort("model_source", "team")
        .select(pl.col(name).cast(dtype) for name, dtype in EVIDENCE.schema.items())
        .with_columns(pl.col(NUMBER).round_sig_figs(_DIGITS))
        .collect()
    )


def _per_task(usd_per_compute_hour: float) -> list[pl.Expr]:
    completed = pl.col("status") == "completed"
    money = (pl.col("model_cost_usd") + pl.col("tool_cost_usd")).cast(NUMBER)
    seconds = pl.col("attention_seconds")
    asked = {"escalation": pl.col("escalations"), "approval": pl.col("approvals")}
    measured = {
        "escalation": asked["escalation"] - pl.col("unmeasured_escalations"),
        "approval": asked["approval"] - pl.col("unmeasured_approvals"),
    }
    alone = {
        "escalation": (measured["escalation"] > 0) & (measured["approval"] == 0),
        "approval": (measured["approval"] > 0) & (measured["escalation"] == 0),
    }
    return [
        pl.when(completed)
        .then("escalations")
        .otherwise((pl.col("escalations") - 1).clip(lower_bound=0))
        .alias("answered"),
        (money + pl.col("agent_ms") * (usd_per_compute_hour / _HOUR_MS)).alias("machine"),
        *(
            pl.when(alone[kind] & seconds.is_not_null()).then(of).alias(f"{kind}_{name}")
            for kind in alone
            for name, of in (("minutes", seconds / 60), ("measured", measured[kind]))
        ),
    ]


def _judged() -> tuple[pl.Expr, pl.Expr]:
    """Whether a result was held against anything, and whether it did not stand."""
    said = pl.col("truth").is_not_null() | pl.col("completion").is_in(["confirmed", "reopened"])
    against = (pl.col("truth") == "wrong").fill_null(value=False) | (
        pl.col("completion") == "reopened"
    ).fill_null(value=False)
    return (pl.col("status") == "completed") & said.fill_null(value=False), against


def _minutes(kind: str) -> list[pl.Expr]:
    """Mean minutes of one call, its standard error (tasks being the sample), and the calls measured."""
    minutes, measured = pl.col(f"{kind}_minutes"), pl.col(f"{kind}_measured")
    tasks, calls = minutes.count(), measured.sum()
    mean = minutes.sum() / calls
    spread = minutes.var() - 2 * mean * pl.cov(minutes, measured.cast(NUMBER)) + mean.pow(2) * measured.var()
    some = calls > 0
    return [
        pl.when(some).then(mean).alias(f"{kind}_minutes"),
        pl.when(some)
        .then((spread.clip(lower_bound=0) * tasks).sqrt() / calls)
        .alias(f"{kind}_minutes_error"),
        calls.alias(f"measured_{kind}s"),
    ]
