"""What was spent on each day, by whom and on what: the day a call was settled, not the day its task ended."""

from datetime import date
from typing import Final, Literal, TypeAlias

import polars as pl

from muster.analysis.frames import COUNT, MONEY, TEXT, Column, FrameContract
from muster.analysis.spend import SPEND
from muster.analysis.tasks import NO_MODEL, NO_TEAM

DAY: Final = pl.Date()
TOOLS: Final = "tools"
"""What tool calls are bought from, where models have their name."""

SPENDING: Final = FrameContract(
    "spending",
    "UTC day, model source, team, agent and what was bought",
    (
        Column("day", DAY, "UTC, of the call's outcome"),
        Column("model_source", TEXT, "`claude` or `rehearsal`; `none` when no model is concerned"),
        Column("team", TEXT, "never null; `no team` outside a team"),
        Column("agent", TEXT, "as in the team's manifest; null when no agent acted"),
        Column("bought", TEXT, "the model's name, or `tools`"),
        Column("calls", COUNT, "settled calls, failed ones too"),
        Column("tokens", COUNT, "tokens of all kinds; 0 for tools"),
        Column("cost_usd", MONEY, "US dollars"),
    ),
)
DAILY: Final = FrameContract(
    "daily spending",
    "UTC day, every one from the first to the last",
    (
        Column("day", DAY, "UTC"),
        Column("cost_usd", MONEY, "US dollars; 0 on a day without a call"),
    ),
)
SHARES: Final = FrameContract(
    "spending shares",
    "what spent or was bought",
    (
        Column("name", TEXT, "team, `team/agent` or model; never null"),
        Column("calls", COUNT, "settled calls, failed ones too"),
        Column("tokens", COUNT, "tokens of all kinds"),
        Column("cost_usd", MONEY, "US dollars"),
        Column("share", pl.Float64(), "of all money in the frame, 0 to 1; null when nothing was spent"),
    ),
)
By: TypeAlias = Literal["team", "agent", "bought"]
_TOKENS: Final = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")


def spending(spend: pl.LazyFrame) -> pl.LazyFrame:
    """Money by day, team, agent and what was bought, with a name for all who spent it.

    Frame in: `Spend`. Frame out: `Spending`, by day.

    Raises:
        FrameError: the frame is of another kind.
    """
    model = pl.col("kind") == "model_call.settled"
    named = SPEND.check(spend).select(
        day="day",
        model_source=pl.col("model_source").fill_null(NO_MODEL),
        team=pl.col("team").fill_null(NO_TEAM),
        agent=pl.col("agent").str.split("/").list.last(),
        bought=pl.when(model).then(pl.col("subject").fill_null("unnamed model")).otherwise(pl.lit(TOOLS)),
        calls="calls",
        tokens=pl.sum_horizontal(pl.col(*_TOKENS).fill_null(0)),
        cost_usd=pl.col("cost_usd").fill_null(0),
    )
    grain = ["day", "model_source", "team", "agent", "bought"]
    return (
        named.group_by(grain)
        .agg(pl.col("calls", "tokens", "cost_usd").sum())
        .sort(grain)
        .select(pl.col(name).cast(dtype) for name, dtype in SPENDING.schema.items())
    )


def daily(spent: pl.DataFrame, until: date | None = None) -> pl.DataFrame:
    """What each day took, days without a call included; no row when nothing was ever spent.

    Frame in: `Spending` of one model source. Frame out: `Daily spending`.

    Args:
        until: the last day wanted; the last day with a call without it.

    Raises:
        FrameError: the frame is of another kind.
    """
    rows = SPENDING.check(spent.lazy()).group_by("day").agg(pl.col("cost_usd").sum()).collect()
    if rows.is_empty():
        return DAILY.empty()
    known: list[date] = rows["day"].to_list()
    last = max(known) if until is None else max(until, *known)
    days = pl.DataFrame({"day": pl.date_range(min(known), last, eager=True)})
    joined = days.join(rows, on="day", how="left").with_columns(pl.col("cost_usd").fill_null(0)).sort("day")
    return joined.select(pl.col(name).cast(dtype) for name, dtype in DAILY.schema.items())


def shares(spent: pl.DataFrame, by: By) -> pl.DataFrame:
    """Who spent it, or what it went to, the largest first.

    Frame in: `Spending` of one model source. Frame out: `Spending shares`.

    Raises:
        FrameError: the frame is of another kind.
    """
    agent = pl.concat_str("team", pl.lit("/"), pl.col("agent").fill_null("no agent"))
    name = agent if by == "agent" else pl.col(by)
    total = pl.col("cost_usd").sum().cast(pl.Float64)
    return (
        SPENDING.check(spent.lazy())
        .group_by(name.alias("name"))
        .agg(pl.col("calls", "tokens", "cost_usd").sum())
        .with_columns(share=pl.when(total > 0).then(pl.col("cost_usd").cast(pl.Float64) / total))
        .sort("cost_usd", "name", descending=[True, False])
        .select(pl.col(name).cast(dtype) for name, dtype in SHARES.schema.items())
        .collect()
    )


def spending_sources(spent: pl.DataFrame) -> list[str]:
    """The model sources that spent, real ones first.

    Frame in: `Spending`.
    """
    return sorted(spent["model_source"].unique(), key=lambda name: (name in ("rehearsal", NO_MODEL), name))
