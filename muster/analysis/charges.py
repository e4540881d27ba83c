"""What was spent as charges: one row for each day, task, agent, model and kind of token."""

from decimal import Decimal
from typing import Final

import polars as pl

from muster.analysis.frames import COUNT, EVENTS, MOMENT, MONEY, NUMBER, TEXT, Column, FrameContract
from muster.analysis.model_choice import TOKEN_PRICES
from muster.analysis.period import Period
from muster.analysis.tasks import NO_MODEL, NO_TEAM

MODEL: Final = "model"
TOOL: Final = "tool"
PEOPLE: Final = "people"
BY_PRICE: Final = "list price"
BY_TOKENS: Final = "tokens"
WHOLE: Final = "whole"
_MICRO: Final = Decimal("0.000001")
_EVEN: Final = 1e-6
"""Of a micro-dollar: lifts a share that is whole but for the rounding of floats."""
_KINDS: Final = {"model_call.settled": MODEL, "tool_call.settled": TOOL}
_METERS: Final = {
    "input_tokens": ("Input Tokens", "input_usd"),
    "output_tokens": ("Output Tokens", "output_usd"),
    "cache_read_tokens": ("Cache Read Tokens", "cache_read_usd"),
    "cache_write_tokens": ("Cache Write Tokens", "cache_write_usd"),
}
_GRAIN: Final = ("day", "model_source", "kind", "team", "agent", "task_id", "sku")

CHARGES: Final = FrameContract(
    "charges",
    "day, model source, team, agent, task, model or tool, and meter",
    (
        Column("day", MOMENT, "start of the UTC day the calls settled in"),
        Column("model_source", TEXT, "`claude`, `rehearsal`, …; `none` where no model was concerned"),
        Column("kind", TEXT, "`model`, `tool` or `people`"),
        Column("team", TEXT, "never null; `no team` outside one"),
        Column("agent", TEXT, "as in the team's manifest; null when no agent acted"),
        Column("task_id", TEXT, "`tsk_…`; null when the call concerned no task"),
        Column("sku", TEXT, "the model or tool; `attention` for people"),
        Column("meter", TEXT, "`Input Tokens`, `Output Tokens`, `Cache … Tokens`, `Calls`, `Minutes`"),
        Column("unit", TEXT, "`Tokens`, `Calls` or `Minutes`"),
        Column("quantity", NUMBER, "in `unit`"),
        Column(
            "calls", COUNT, "settled calls the charge is of, the same on each of their meters; 0 for people"
        ),
        Column("recorded_usd", MONEY, "US dollars as the ledger has them; 0 for people"),
        Column("people_usd", MONEY, "US dollars of people's time, billed by nobody; 0 for models and tools"),
        Column(
            "split", TEXT, "how the calls' money was divided among meters: `list price`, `tokens`, `whole`"
        ),
    ),
)


def charge_rows(events: pl.LazyFrame, prices: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """The settled calls of the period as charges; their sum is the ledger's, to the micro-dollar.

    The ledger knows what a call cost, not what each kind of token in it did: the money is divided in the
    proportions of today's prices, or by count where a model has none, and the largest share takes what
    rounding leaves. Frames in: `Events` and `Token prices`. Frame out: `Charges`; calls that used and cost
    nothing have no row.

    Raises:
        FrameError: a frame is of another kind.
    """
    priced = _summed(events, period).join(
        TOKEN_PRICES.check(prices).rename({"model": "sku"}), on="sku", how="left"
    )
    divided = _divided(priced)
    rows = [_meter(divided, tokens) for tokens in _METERS]
    rows.append(_calls(divided))
    return _as_charges(pl.concat(rows))


def people_rows(tasks: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """The time of people on the tasks that ended in the period, as charges that nobody bills.

    Frame in: `Tasks` with `human_minutes` and `human_cost_usd`, as `with_human_cost` gives them. Frame out:
    `Charges`, one row per task that took somebody's time, on the day it ended.
    """
    took = _within(tasks, "ended_at", period).filter(pl.col("human_minutes") > 0)
    return _as_charges(
        took.select(
            pl.col("ended_at").dt.truncate("1d").alias("day"),
            "model_source",
            pl.lit(PEOPLE).alias("kind"),
            "team",
            pl.col("agent").str.split("/").list.last(),
            "task_id",
            pl.lit("attention").alias("sku"),
            pl.lit("Minutes").alias("meter"),
            pl.lit("Minutes").alias("unit"),
            pl.col("human_minutes").alias("quantity"),
            pl.lit(0, dtype=COUNT).alias("calls"),
            pl.lit(0, dtype=COUNT).alias("micro"),
            pl.col("human_cost_usd").alias("people_usd"),
            pl.lit(WHOLE).alias("split"),
        )
    )


def _summed(events: pl.LazyFrame, period: Period) -> pl.LazyFrame:
    """Tokens and micro-dollars of the settled calls, before they are divided among meters."""
    kind = pl.col("kind").replace_strict(_KINDS, default=None, return_dtype=TEXT)
    settled = _within(EVENTS.check(events), "happened_at", period).filter(pl.col("kind").is_in([*_KINDS]))
    return (
        settled.with_columns(
            day=pl.col("happened_at").dt.truncate("1d"),
            kind=kind,
            model_source=pl.col("model_source").fill_null(NO_MODEL),
            team=pl.col("team").fill_null(NO_TEAM),
            agent=pl.col("agent").str.split("/").list.last(),
            sku=pl.col("subject").fill_null("unknown"),
        )
        .group_by(_GRAIN)
        .agg(
            pl.len().cast(COUNT).alias("calls"),
            *(pl.col(name).fill_null(0).sum() for name in _METERS),
            pl.col("cost_usd").sum().to_physical().cast(COUNT).alias("micro"),
        )
    )


def _divided(summed: pl.LazyFrame) -> pl.LazyFrame:
    """Each group with the micro-dollars of every meter: the largest has what the others leave."""
    by_price = {
        name: pl.col(name).cast(NUMBER) * pl.col(price).cast(NUMBER) for name, (_, price) in _METERS.items()
    }
    priced = pl.sum_horizontal(*by_price.values()).fill_null(0) > 0
    weighed = summed.with_columns(
        tokens=pl.sum_horizontal(*_METERS),
        split=pl.when(priced).then(pl.lit(BY_PRICE)).otherwise(pl.lit(BY_TOKENS)),
        **{
            f"weight_{name}": pl.when(priced).then(weight).otherwise(pl.col(name).cast(NUMBER)).fill_null(0)
            for name, weight in by_price.items()
        },
    )
    weights = [pl.col(f"weight_{name}") for name in _METERS]
    whole = pl.sum_horizontal(*weights)
    shared = weighed.with_columns(
        largest=pl.concat_list(weights).list.arg_max(),
        **{
            f"share_{name}": (pl.col("micro") * pl.col(f"weight_{name}") / whole + _EVEN)
            .floor()
            .fill_nan(0)
            .cast(COUNT)
            for name in _METERS
        },
    )
    rest = pl.col("micro") - pl.sum_horizontal(*(f"share_{name}" for name in _METERS))
    return shared.with_columns(
        **{
            f"share_{name}": pl.col(f"share_{name}")
            + pl.when(pl.col("largest") == place).then(rest).otherwise(0)
            for place, name in enumerate(_METERS)
        }
    )


def _meter(divided: pl.LazyFrame, tokens: str) -> pl.LazyFrame:
    """The charges of one kind of token."""
    return divided.filter(pl.col(tokens) > 0).select(
        *_GRAIN,
        pl.lit(_METERS[tokens][0]).alias("meter"),
        pl.lit("Tokens").alias("unit"),
        pl.col(tokens).cast(NUMBER).alias("quantity"),
        "calls",
        pl.col(f"share_{tokens}").alias("micro"),
        pl.lit(0, dtype=MONEY).alias("people_usd"),
        "split",
    )


def _calls(divided: pl.LazyFrame) -> pl.LazyFrame:
    """The charges of calls that cost money and used no tokens."""
    return divided.filter(pl.col("tokens") == 0, pl.col("micro") != 0).select(
        *_GRAIN,
        pl.lit("Calls").alias("meter"),
        pl.lit("Calls").alias("unit"),
        pl.col("calls").cast(NUMBER).alias("quantity"),
        "calls",
        "micro",
        pl.lit(0, dtype=MONEY).alias("people_usd"),
        pl.lit(WHOLE).alias("split"),
    )


def _as_charges(rows: pl.LazyFrame) -> pl.LazyFrame:
    dollars = pl.col("micro").cast(pl.Decimal(24, 6)) * pl.lit(_MICRO)
    return rows.with_columns(recorded_usd=dollars).select(
        pl.col(name).cast(dtype) for name, dtype in CHARGES.schema.items()
    )


def _within(frame: pl.LazyFrame, column: str, period: Period) -> pl.LazyFrame:
    if period.since is not None:
        frame = frame.filter(pl.col(column) >= period.since)
    if period.until is not None:
        frame = frame.filter(pl.col(column) < period.until)
    return frame
