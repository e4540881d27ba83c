"""What the prompt cache saved, and what it cost where it did not pay."""

from typing import Final

import polars as pl

from muster.analysis.frames import COUNT, EVENTS, MONEY, NUMBER, TEXT, Column, FrameContract

TOKEN_PRICE: Final = pl.Decimal(38, 12)

PROMPT_PRICES: Final = FrameContract(
    "prompt prices",
    "model",
    (
        Column("model", TEXT, "never null"),
        Column("input_usd", TOKEN_PRICE, "US dollars a token, plain input"),
        Column("cache_read_usd", TOKEN_PRICE, "US dollars a token read from the cache"),
        Column("cache_write_usd", TOKEN_PRICE, "US dollars a token written to the cache"),
    ),
)

CACHE_SAVINGS: Final = FrameContract(
    "cache savings",
    "model source, team, agent and model",
    (
        Column("model_source", TEXT, "never null: no number mixes two sources"),
        Column("team", TEXT, "null outside a team"),
        Column("agent", TEXT, "as in the team's manifest; null when no agent asked"),
        Column("model", TEXT, "never null"),
        Column("calls", COUNT, "answered calls"),
        Column("calls_that_read", COUNT, "of them, those that read from the cache"),
        Column("prompt_tokens", COUNT, "tokens of all prompts"),
        Column("read_tokens", COUNT, "of them, read from the cache"),
        Column("written_tokens", COUNT, "of them, written to the cache"),
        Column("read_share", NUMBER, "read of all prompt tokens, 0 to 1; null when there are none"),
        Column("paid_usd", MONEY, "US dollars for the prompts at the list price; null without a price"),
        Column("uncached_usd", MONEY, "US dollars the same prompts cost uncached; null without a price"),
        Column("saved_usd", MONEY, "US dollars, uncached less paid; below zero where writing did not pay"),
    ),
)
_GRAIN: Final = ("model_source", "team", "agent", "model")


def cache_savings(events: pl.LazyFrame, prices: pl.LazyFrame) -> pl.LazyFrame:
    """The prompts' cost with the cache and without, by agent and model; the largest loss comes first.

    Frames in: `Events` and `Prompt prices`. Both costs are at the prices given, not at those of the day of
    the call, and without the discount of batches, so that the difference is the cache's alone. Frame out:
    `Cache savings`.

    Raises:
        FrameError: a frame is not what its contract says.
    """
    answered = EVENTS.check(events).filter(
        pl.col("kind") == "model_call.settled", pl.col("status") == "ok", pl.col("subject").is_not_null()
    )
    fresh, read, written = (
        pl.col(name).fill_null(0) for name in ("input_tokens", "cache_read_tokens", "cache_write_tokens")
    )
    summed = (
        answered.with_columns(
            model_source=pl.col("model_source").fill_null("none"),
            agent=pl.col("agent").str.split("/").list.last(),
            model=pl.col("subject"),
        )
        .group_by(_GRAIN)
        .agg(
            calls=pl.len(),
            calls_that_read=(read > 0).sum(),
            prompt_tokens=(fresh + read + written).sum(),
            read_tokens=read.sum(),
            written_tokens=written.sum(),
        )
        .join(PROMPT_PRICES.check(prices), on="model", how="left")
    )
    paid = (
        _cost(pl.col("prompt_tokens") - pl.col("read_tokens") - pl.col("written_tokens"), "input_usd")
        + _cost(pl.col("read_tokens"), "cache_read_usd")
        + _cost(pl.col("written_tokens"), "cache_write_usd")
    )
    uncached = _cost(pl.col("prompt_tokens"), "input_usd")
    return (
        summed.with_columns(
            paid_usd=paid,
            uncached_usd=uncached,
            saved_usd=uncached - paid,
            read_share=pl.when(pl.col("prompt_tokens") > 0).then(
                pl.col("read_tokens") / pl.col("prompt_tokens")
            ),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in CACHE_SAVINGS.schema.items())
        .sort("model_source", "saved_usd", "team", "agent", "model", nulls_last=True)
    )


def _cost(tokens: pl.Expr, price: str) -> pl.Expr:
    return tokens.cast(pl.Decimal(38, 0)) * pl.col(price)
