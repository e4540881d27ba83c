"""How long runs were at work on a task, and how long it was parked meanwhile."""

from typing import Final

import polars as pl

from muster.analysis.kinds import of_kind

APPROVAL: Final = "apr_"
"""How the id of a call that waits for a person begins."""


def run_times(events: pl.LazyFrame) -> pl.LazyFrame:
    """Milliseconds at work by task, and when it was parked for a person and woken by one.

    A run without an end counts up to its last sign of life; the time between being parked and being woken is
    no work. Only the few runs that were lost are looked for among all events.
    """
    run, kind = ["task_id", "run_id"], pl.col("kind")
    known = pl.col("task_id").is_not_null() & pl.col("run_id").is_not_null()
    bounds = (
        events.filter(known & kind.is_in(["run.started", "run.ended", "task.parked", "task.woken"]))
        .group_by(run)
        .agg(
            of_kind("run.started", "happened_at").first(ignore_nulls=True).alias("started"),
            of_kind("run.ended", "happened_at").last(ignore_nulls=True).alias("ended"),
            *_pauses(),
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
        .agg(
            pl.max_horizontal(pl.col("worked") - pl.col("idle"), 0).sum().alias("agent_ms"),
            pl.col("asked", "heard", "asked_ms", "heard_ms").sum(),
        )
    )


def _pauses() -> list[pl.Expr]:
    """How often, and the sum of when, a run was parked and woken; for a person's word apart."""
    kind, moment = pl.col("kind"), pl.col("happened_at").dt.timestamp("ms")
    person = pl.col("subject").str.starts_with(APPROVAL).fill_null(False)
    asked, heard = (kind == "task.parked") & person, (kind == "task.woken") & person
    return [
        *(of_kind(f"task.{name}", moment).sum().alias(name) for name in ("parked", "woken")),
        *((kind == f"task.{name}").sum().alias(f"times_{name}") for name in ("parked", "woken")),
        asked.sum().alias("asked"),
        heard.sum().alias("heard"),
        pl.when(asked).then(moment).sum().alias("asked_ms"),
        pl.when(heard).then(moment).sum().alias("heard_ms"),
    ]
