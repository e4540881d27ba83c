"""What waits for a person: how many, how long, and how far past the hour it was due."""

from datetime import datetime, timedelta
from typing import Final

import polars as pl

from muster.analysis.frames import COUNT, MOMENT, MONEY, NUMBER, TEXT, Column, FrameContract

AGES: Final = (
    ("under 1 h", timedelta(hours=1)),
    ("1 to 4 h", timedelta(hours=4)),
    ("4 to 24 h", timedelta(hours=24)),
    ("1 to 3 days", timedelta(days=3)),
    ("over 3 days", timedelta.max),
)
"""Names and upper ends, left out of the bucket, of the ages a wait is counted in."""

WAITS: Final = FrameContract(
    "waits",
    "thing a person has to decide",
    (
        Column("item_id", TEXT, "`apr_…` or `esc_…`"),
        Column("kind", TEXT, "`approval` (a run sleeps) or `escalation` (the agents have stopped)"),
        Column("task_id", TEXT, "null for a call of an outside client"),
        Column("team", TEXT, "never null"),
        Column("agent", TEXT, "who asks; null when the platform does"),
        Column("title", TEXT, "of the task, or of the call"),
        Column("amount", MONEY, "what it would move, in its currency; null when it moves no money"),
        Column("currency", TEXT, "null without an amount"),
        Column("raised_at", MOMENT, "UTC"),
        Column("due_at", MOMENT, "UTC, when a person should have answered"),
    ),
)
AGEING: Final = FrameContract(
    "ageing",
    "team and kind",
    (
        Column("team", TEXT, "null for the whole company"),
        Column("kind", TEXT, "`approval` or `escalation`"),
        Column("waiting", COUNT, "things that wait"),
        *(Column(name, COUNT, "of those, of this age") for name, _ in AGES),
        Column("overdue", COUNT, "of those, past the hour they were due"),
        Column("oldest_seconds", NUMBER, "seconds the oldest has waited"),
        Column("oldest_id", TEXT, "its `item_id`"),
        Column("latest_seconds", NUMBER, "seconds the most overdue is late; negative while all have time"),
    ),
)


def ageing(waits: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The waits by age, the company's rows first, then each team's; no row where nothing waits.

    Frame in: `Waits`. Frame out: `Ageing`.

    Raises:
        FrameError: the frame is of another kind.
    """
    WAITS.check(waits.lazy())
    moment = pl.lit(now, dtype=MOMENT)
    age = moment - pl.col("raised_at")
    aged = waits.with_columns(
        age=pl.max_horizontal(age, pl.lit(timedelta())), late=(moment - pl.col("due_at")).dt.total_seconds()
    )
    company = aged.with_columns(team=pl.lit(None, dtype=TEXT))
    lower = [timedelta(), *(upper for _, upper in AGES)]
    within = {
        name: (
            (pl.col("age") >= low) & (pl.lit(True) if upper == timedelta.max else pl.col("age") < upper)
        ).sum()
        for (name, upper), low in zip(AGES, lower, strict=False)
    }
    return (
        pl.concat([company, aged])
        .group_by("team", "kind")
        .agg(
            pl.len().alias("waiting"),
            *(count.alias(name) for name, count in within.items()),
            overdue=(pl.col("late") > 0).sum(),
            oldest_seconds=pl.col("age").max().dt.total_seconds(),
            oldest_id=pl.col("item_id").sort_by("raised_at", "item_id").first(),
            latest_seconds=pl.col("late").max(),
        )
        .sort("team", "kind", nulls_last=False)
        .select(pl.col(name).cast(dtype) for name, dtype in AGEING.schema.items())
    )
