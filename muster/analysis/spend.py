"""What settled calls cost, day by day: small enough to keep, fine enough for every page about money."""

from typing import Final

import polars as pl

from muster.analysis.frames import COUNT, EVENTS, MONEY, TEXT, Column, FrameContract

SPEND: Final = FrameContract(
    "spend",
    "day (UTC), kind, model source, team, agent, model or tool, and role",
    (
        Column("day", pl.Date(), "UTC, of the calls' outcomes"),
        Column("kind", TEXT, "`model_call.settled` or `tool_call.settled`"),
        Column("model_source", TEXT, "null where the record names none"),
        Column("team", TEXT, "null outside a team"),
        Column("agent", TEXT, "as in the record; null when no agent acted"),
        Column("subject", TEXT, "model or tool; null where the record names none"),
        Column("role", TEXT, "the model's role; null for tools and where the record names none"),
        Column("calls", COUNT, "settled calls, failed ones too"),
        Column("input_tokens", COUNT, "tokens, neither read from nor written to the cache"),
        Column("output_tokens", COUNT, "tokens"),
        Column("cache_read_tokens", COUNT, "tokens"),
        Column("cache_write_tokens", COUNT, "tokens"),
        Column("cost_usd", MONEY, "US dollars"),
    ),
)
_KINDS: Final = ("model_call.settled", "tool_call.settled")
_GRAIN: Final = ("day", "kind", "model_source", "team", "agent", "subject", "role")
_SUMS: Final = tuple(name for name in SPEND.schema if name not in _GRAIN)


def spend(events: pl.LazyFrame) -> pl.LazyFrame:
    """What was spent on models and tools.

    Frame in: `Events`. Frame out: `Spend`, in the order of its grain; no row where no call was settled.

    Raises:
        FrameError: the frame is not an event frame.
    """
    settled = EVENTS.check(events).filter(pl.col("kind").is_in(_KINDS))
    return _added_up(settled.with_columns(day=pl.col("happened_at").dt.date(), calls=pl.lit(1)))


def spent_together(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Several `Spend`s, of events of their own each, as one."""
    return _added_up(pl.concat(parts).lazy()).collect()


def _added_up(rows: pl.LazyFrame) -> pl.LazyFrame:
    return (
        rows.group_by(_GRAIN)
        .agg(pl.col(name).sum() for name in _SUMS)
        .sort(_GRAIN)
        .select(pl.col(name).cast(dtype) for name, dtype in SPEND.schema.items())
    )
