"""Whether agents are right as often as they say they are: stated confidence against what came true.

Only completed tasks count whose outcome was held against a truth: an answer under its agent's threshold goes
to a person and is never acted on, so nothing shows whether it was right, and low bins stay thin.
"""

from typing import Final

import polars as pl

from muster.analysis import intervals
from muster.analysis.frames import COUNT, EVENTS, NUMBER, TEXT, Column, FrameContract
from muster.analysis.tasks import MIXED_MODELS, NO_MODEL, TASKS, task_rows

BINS: Final = 10
"""Equal widths from 0 to 1; a bin holds its lower end, the last one 1 as well."""
MIN_BIN: Final = 20
"""Below this many answers a bin's share is not told: too few."""
MIN_METHOD: Final = 100
"""Below this many answers a method's calibration error is not told: it would be mostly chance."""
SELF_REPORT: Final = "self_report"

ASSESSED: Final = FrameContract(
    "assessed tasks",
    "completed task whose outcome was held against a truth, and whose agent said how sure it was",
    (
        Column("task_id", TEXT, "`tsk_…`"),
        Column("model_source", TEXT, "never null, never `mixed`"),
        Column("team", TEXT, "never null"),
        Column("agent", TEXT, "the last agent that asked a model; null when none is known"),
        Column("method", TEXT, "`self_report`, `samples` or `verifier`"),
        Column("confidence", NUMBER, "0 to 1, of the last run"),
        Column("correct", pl.Boolean(), "whether the outcome was right"),
    ),
)

METHODS: Final = FrameContract(
    "confidence methods",
    "task whose last run names the method",
    (
        Column("task_id", TEXT, "`tsk_…`"),
        Column("method", TEXT, "`self_report`, `samples` or `verifier`"),
    ),
)

CALIBRATION: Final = FrameContract(
    "calibration",
    "model source, method and bin of confidence that holds an answer",
    (
        Column("model_source", TEXT, "never null, never `mixed`"),
        Column("method", TEXT, "`self_report`, `samples` or `verifier`"),
        Column("bin", COUNT, "0 to 9, in tenths of confidence"),
        Column("n", COUNT, "answers"),
        Column("stated", NUMBER, "mean confidence, 0 to 1"),
        Column("correct", COUNT, "of them, right"),
        Column("correct_share", NUMBER, "correct / n; null when too few"),
        Column("low", NUMBER, "lower end of its 95 % Wilson interval; null when too few"),
        Column("high", NUMBER, "upper end of its 95 % Wilson interval; null when too few"),
    ),
)

CALIBRATION_ERROR: Final = FrameContract(
    "calibration error",
    "model source and method",
    (
        Column("model_source", TEXT, "never null, never `mixed`"),
        Column("method", TEXT, "`self_report`, `samples` or `verifier`"),
        Column("n", COUNT, "answers"),
        Column("stated", NUMBER, "mean confidence, 0 to 1"),
        Column("correct_share", NUMBER, "correct / n"),
        Column("low", NUMBER, "lower end of its 95 % Wilson interval"),
        Column("high", NUMBER, "upper end of its 95 % Wilson interval"),
        Column("expected_error", NUMBER, "mean gap between stated and true, 0 to 1; null when too few"),
        Column("verdict", TEXT, "`overconfident`, `underconfident`, `fits`, or `too few`"),
    ),
)


def assessed_tasks(events: pl.LazyFrame) -> pl.LazyFrame:
    """The answers that can be held against a truth.

    Frame in: `Events`. Frame out: `Assessed tasks`; a task whose record names no method counts as
    `self_report`, which is what agents gave before there was a choice. Tasks without a model, or with models
    of two sources, are left out.

    Raises:
        FrameError: the frame is not an event frame.
    """
    return assessed_tasks_of(task_rows(events), confidence_methods(events))


def confidence_methods(events: pl.LazyFrame) -> pl.LazyFrame:
    """How the confidence of each task's last run was found, in no certain order.

    Frame in: `Events`. Frame out: `Confidence methods`.

    Raises:
        FrameError: the frame is not an event frame.
    """
    ended = EVENTS.check(events).filter(pl.col("kind") == "run.ended", pl.col("task_id").is_not_null())
    methods = ended.group_by("task_id").agg(pl.col("subject").last().alias("method"))
    return methods.filter(pl.col("method").is_not_null())


def assessed_tasks_of(tasks: pl.LazyFrame, methods: pl.LazyFrame) -> pl.LazyFrame:
    """The same of `Tasks` and the methods of their last runs.

    Raises:
        FrameError: the frame is not a task frame.
    """
    known = TASKS.check(tasks).filter(
        pl.col("status") == "completed",
        pl.col("truth").is_not_null(),
        ~pl.col("model_source").is_in([MIXED_MODELS, NO_MODEL]),
    )
    return (
        known.join(methods, on="task_id", how="left", maintain_order="left")
        .with_columns(method=pl.col("method").fill_null(SELF_REPORT), correct=pl.col("truth") == "correct")
        .filter(pl.col("confidence").is_between(0, 1))
        .select(pl.col(name).cast(dtype) for name, dtype in ASSESSED.schema.items())
    )


def calibration(assessed: pl.DataFrame) -> pl.DataFrame:
    """How often answers of about the same confidence were right.

    Frame in: `Assessed tasks`. Frame out: `Calibration`, one row per model source, method and bin that holds
    an answer, in that order; sources are never put together.

    Raises:
        FrameError: the frame is of another kind.
    """
    place = (pl.col("confidence") * BINS).floor().clip(0, BINS - 1).cast(COUNT)
    counted = (
        ASSESSED.check(assessed.lazy())
        .with_columns(bin=place)
        .group_by("model_source", "method", "bin")
        .agg(
            pl.len().cast(COUNT).alias("n"),
            pl.col("confidence").mean().alias("stated"),
            pl.col("correct").sum().cast(COUNT).alias("correct"),
        )
    )
    low, high = intervals.wilson(pl.col("correct"), pl.col("n"))
    figures = {"correct_share": pl.col("correct") / pl.col("n"), "low": low, "high": high}
    enough = pl.col("n") >= MIN_BIN
    return (
        counted.with_columns(pl.when(enough).then(one).alias(name) for name, one in figures.items())
        .sort("model_source", "method", "bin")
        .select(pl.col(name).cast(dtype) for name, dtype in CALIBRATION.schema.items())
        .collect()
    )


def calibration_error(bins: pl.DataFrame) -> pl.DataFrame:
    """How far off each method is as a whole.

    The expected calibration error is the gap between mean confidence and correct share of each bin, weighted
    by its answers; every bin counts, those with few answers too. The verdict is `fits` while the mean
    confidence lies in the interval of the share that was right.

    Frame in: `Calibration`. Frame out: `Calibration error`, by model source and method.

    Raises:
        FrameError: the frame is of another kind.
    """
    weight, n = pl.col("n"), pl.col("n").sum()
    gap = (pl.col("stated") - pl.col("correct") / weight).abs()
    whole = (
        CALIBRATION.check(bins.lazy())
        .group_by("model_source", "method")
        .agg(
            n,
            ((pl.col("stated") * weight).sum() / n).alias("stated"),
            pl.col("correct").sum(),
            ((gap * weight).sum() / n).alias("expected_error"),
        )
    )
    low, high = intervals.wilson(pl.col("correct"), pl.col("n"))
    enough = pl.col("n") >= MIN_METHOD
    verdict = (
        pl.when(~enough)
        .then(pl.lit("too few"))
        .when(pl.col("stated") > pl.col("high"))
        .then(pl.lit("overconfident"))
        .when(pl.col("stated") < pl.col("low"))
        .then(pl.lit("underconfident"))
        .otherwise(pl.lit("fits"))
    )
    return (
        whole.with_columns(correct_share=pl.col("correct") / pl.col("n"), low=low, high=high)
        .with_columns(verdict=verdict, expected_error=pl.when(enough).then("expected_error"))
        .sort("model_source", "method")
        .select(pl.col(name).cast(dtype) for name, dtype in CALIBRATION_ERROR.schema.items())
        .collect()
    )
