"""What models were asked and what that cost, by day: small enough to keep, fine enough for every page."""

from typing import Final

import polars as pl

from muster.analysis.frames import COUNT, EVENTS, MONEY, TEXT, Column, FrameContract

MODEL_SPEND: Final = FrameContract(
    "model spend",
    "day (UTC), model source, team, agent, model and role",
    (
        Column("day", pl.Date(), "UTC, of the settled calls"),
        Column("model_source", TEXT, "null where the record names none"),
        Column("team", TEXT, "null outside a team"),
        Column("agent", TEXT, "as the event has it; null when no agent asked"),
        Column("model", TEXT, "null where the record names none"),
        Column("role", TEXT, "of the agent in the model table; null where the record names none"),
        Column("calls", COUNT, "settled calls, failed ones too"),
        Column("input_tokens", COUNT, "tokens, neither read from nor written to the cache"),
        Column("output_tokens", COUNT, "tokens"),
        Column("cache_read_tokens", COUNT, "tokens"),
        Column("cache_write_tokens", COUNT, "tokens"),
        Column("cost_usd", MONEY, "US dollars"),
    ),
)
_GRAIN: Final = ("day", "model_source", "team", "agent", "model", "role")
_SUMS: Final = tuple(name for name in MODEL_SPEND.schema if name not in _GRAIN)


def model_spend(events: pl.LazyFrame) -> pl.LazyFrame:
    """What was spent on models.

    Frame in: `Events`. Frame out: `Model spend`, in the order of its grain; no row where no call was settled.

    Raises:
        FrameError: the frame is not an event frame.
    """
    settled = EVENTS.check(events).filter(pl.col("kind") == "model_call.settled")
    role = pl.col("role") if "role" in EVENTS.schema else pl.lit(None, dtype=TEXT)
    return _summed(
        settled.with_columns(
            day=pl.col("happened_at").dt.date(), model=pl.col("subject"), role=role, calls=pl.lit(1)
        )
    )


def spent_together(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Several `Model spend`s, of events of their own each, as one."""
    return _summed(pl.concat(parts).lazy()).collect()


def _summed(rows: pl.LazyFrame) -> pl.LazyFrame:
    return (
        rows.group_by(_GRAIN)
        .agg(pl.col(name).sum() for name in _SUMS)
        .sort(_GRAIN)
        .select(pl.col(name).cast(dtype) for name, dtype in MODEL_SPEND.schema.items())
    )
