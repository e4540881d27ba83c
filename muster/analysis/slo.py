"""What a team owes: begin in time, work in time, and not fail for reasons of its own; and which runs did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from muster.analysis.frames import MOMENT, TEXT, Column, FrameContract
from muster.analysis.human import AssumptionError
from muster.analysis.tasks import TASKS

SYSTEM_FAILURES: Final = (
    "agent_paused",
    "broken_answer",
    "budget_out",
    "error_persists",
    "no_progress",
    "time_limit",
    "uncertain_side_effect",
)
"""Reasons of an escalation that are ours: the work stopped, not because a person's judgement was needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """What is promised of a team's runs.

    Raises:
        AssumptionError: a time is not above zero, or the objective not between 0 and 1.
    """

    start_within_s: int = 300
    """Seconds from the arrival of a task to the beginning of work on it."""
    work_within_s: int = 600
    """Seconds agents may be at work; those parked for a person or a halt are not among them."""
    objective: float = 0.999
    """Share of runs that are to be good."""

    def __post_init__(self) -> None:
        for name in ("start_within_s", "work_within_s"):
            if getattr(self, name) <= 0:
                raise AssumptionError(
                    f"{name} is not above zero: {getattr(self, name)}", do="give a number of seconds"
                )
        if not 0 < self.objective < 1:
            raise AssumptionError(
                f"objective is not between 0 and 1: {self.objective}", do="give a share such as 0.999"
            )


PROMISED: Final = Slo()
"""What every team owes that has no promise of its own; the one place where it is said."""

RUNS: Final = FrameContract(
    "runs",
    "task that was worked on or should have been",
    (
        Column("task_id", TEXT, "`tsk_…`"),
        Column("team", TEXT, "never null"),
        Column("model_source", TEXT, "never null; `none` when no model was reached"),
        Column("judged_at", MOMENT, "when it ended, or when it should have begun and had not"),
        Column(
            "verdict", TEXT, "`good`, or the first that applies of `failed`, `not started`, `late`, `slow`"
        ),
    ),
)


def judged_runs(
    tasks: pl.LazyFrame, now: datetime, slo: Slo = PROMISED, of_team: Mapping[str, Slo] | None = None
) -> pl.LazyFrame:
    """Every run that has come to its end, or did not begin although its time has passed.

    Good is what began within the promise, ended within it, and did not fail: failed is a task that ended so
    or was escalated for one of `SYSTEM_FAILURES`. Waiting for a person costs nothing; waiting for a halt
    before the start does. Cancelled tasks, and those under way, are not judged.

    Frame in: `Tasks`. Frame out: `Runs`, in the order of `judged_at`.

    Args:
        slo: the promise of teams that have none of their own.
        of_team: promises of single teams.

    Raises:
        FrameError: the frame is not a task frame.
    """
    begin, work = (_promise(name, slo, of_team or {}) for name in ("start_within_s", "work_within_s"))
    due = pl.col("queued_at") + pl.duration(seconds=begin)
    ours = pl.col("escalation_reason").is_in(SYSTEM_FAILURES).fill_null(False)
    failed = (pl.col("status") == "failed") | ((pl.col("status") == "escalated") & ours)
    ended = pl.col("ended_at").is_not_null()
    overdue = ~ended & pl.col("started_at").is_null() & (due < now).fill_null(False)
    verdict = (
        pl.when(failed)
        .then(pl.lit("failed"))
        .when(pl.col("started_at").is_null())
        .then(pl.lit("not started"))
        .when(pl.col("started_at") > due)
        .then(pl.lit("late"))
        .when(pl.col("agent_ms") > work * 1000)
        .then(pl.lit("slow"))
        .otherwise(pl.lit("good"))
    )
    return (
        TASKS.check(tasks)
        .filter(pl.col("status") != "cancelled", ended | overdue)
        .with_columns(judged_at=pl.coalesce("ended_at", due), verdict=verdict)
        .sort("judged_at", "task_id")
        .select(pl.col(name).cast(dtype) for name, dtype in RUNS.schema.items())
    )


def _promise(name: str, slo: Slo, of_team: Mapping[str, Slo]) -> pl.Expr:
    """The team's own figure, or everybody's."""
    value: pl.Expr = pl.lit(getattr(slo, name), dtype=pl.Int64())
    for team, own in of_team.items():
        value = pl.when(pl.col("team") == team).then(getattr(own, name)).otherwise(value)
    return value
