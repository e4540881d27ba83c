"""Whether a result held: nobody came back to it while they had the time to."""

from datetime import datetime, timedelta
from typing import Final

import polars as pl

WINDOW: Final = timedelta(days=14)
"""A completed task that nobody reopened for so long is taken to have held."""


def with_durability(tasks: pl.LazyFrame, now: datetime | None = None) -> pl.LazyFrame:
    """`tasks` with what is known of how they held.

    A task is judged when its window is over, or earlier when somebody confirmed or reopened it: a younger one
    that nobody spoke of is neither durable nor not. It is durable when it is completed, not reopened and not
    scored wrong.

    Frame in: `Tasks`. Frame out: the same rows plus `judged` and `durable` (Boolean, never null; none is
    durable that is not judged).

    Args:
        now: up to when the record is known; None takes the last moment the frame speaks of.
    """
    moments = [pl.col(name).max() for name in ("ended_at", "confirmed_at", "reopened_at")]
    known_until = pl.max_horizontal(*moments) if now is None else pl.lit(now)
    spoken_of = pl.col("completion").is_in(["confirmed", "reopened"])
    judged = (spoken_of | (pl.col("ended_at") + WINDOW <= known_until)).fill_null(False)
    held = pl.col("completion").is_in(["assumed", "confirmed"]).fill_null(False) & pl.col("truth").ne_missing(
        pl.lit("wrong")
    )
    return tasks.with_columns(judged=judged, durable=judged & held)
