"""Which model serves which role, and what the record says for or against it."""

from typing import Final

import polars as pl

from muster.analysis import intervals
from muster.analysis.cache_savings import TOKEN_PRICE
from muster.analysis.frames import COUNT, EVENTS, MONEY, NUMBER, TEXT, Column, FrameContract
from muster.analysis.tasks import TASKS, ended_tasks

MIN_SCORED: Final = 30
"""Below this many scored tasks a model's results in a role are not judged: too few."""
MARGIN: Final = 0.05
"""How much worse a cheaper model's share of right results may be and still be as good, 0 to 1."""

ROLE_MODELS: Final = FrameContract(
    "role models",
    "model source, role and model",
    (
        Column("model_source", TEXT, "never null: no number mixes two sources"),
        Column("role", TEXT, "of the model table; never null"),
        Column("model", TEXT, "never null"),
        Column("calls", COUNT, "settled calls"),
        Column("errors", COUNT, "of those, without an answer"),
        Column("p50_ms", NUMBER, "milliseconds, median of the answered calls; null when there are none"),
        Column("p95_ms", NUMBER, "milliseconds, 95th percentile (nearest rank) of them; null without"),
        Column("cost_usd", MONEY, "US dollars, all calls"),
        Column("usd_per_call", NUMBER, "US dollars, mean"),
        Column("tasks", COUNT, "ended tasks in which it was asked in this role"),
        Column("completed", COUNT, "of those, completed"),
        Column("scored", COUNT, "of those, held against a truth"),
        Column("right", COUNT, "of those, right"),
        Column("right_share", NUMBER, "right / scored, 0 to 1; null when too few"),
        Column("low", NUMBER, "lower end of its 95 % interval; null when too few"),
        Column("high", NUMBER, "upper end of its 95 % interval; null when too few"),
        Column(
            "verdict",
            TEXT,
            "held against the model with the highest right_share: `only one`, `too few`, `best`, "
            "`as good and cheaper`, `as good and dearer`, `worse` or `cannot tell`",
        ),
    ),
)

TOKEN_PRICES: Final = FrameContract(
    "token prices",
    "model",
    (
        Column("model", TEXT, "never null"),
        Column("input_usd", TOKEN_PRICE, "US dollars a token, plain input"),
        Column("cache_read_usd", TOKEN_PRICE, "US dollars a token read from the cache"),
        Column("cache_write_usd", TOKEN_PRICE, "US dollars a token written to the cache"),
        Column("output_usd", TOKEN_PRICE, "US dollars a token of the answer"),
    ),
)

REPRICED: Final = FrameContract(
    "repriced",
    "model source, role and model",
    (
        Column("model_source", TEXT, "never null"),
        Column("role", TEXT, "of the model table; never null"),
        Column("model", TEXT, "the model that might have been asked"),
        Column("calls", COUNT, "settled calls of the role, whichever model answered"),
        Column("usd", MONEY, "US dollars the recorded tokens would cost on this model"),
        Column(
            "change", NUMBER, "usd against what the same tokens cost at list price, as a share; null at 0"
        ),
    ),
)
_GRAIN: Final = ("model_source", "role", "model")
_EXACT: Final = pl.Decimal(38, 0)


def role_models(events: pl.LazyFrame, tasks: pl.LazyFrame) -> pl.LazyFrame:
    """How each model did in each role, and whether a cheaper one holds.

    A model is `as good` when the 95 % interval of the difference to the best one (Newcombe's, from both
    Wilson intervals) stays above minus `MARGIN`; `worse` when it stays below 0. Tasks were not given to
    models by chance (a fallback answers on bad days), so a verdict is evidence and no proof.

    Frames in: `Events` and the `Tasks` made of them (filter those to choose a period). Frame out: `Role
    models`; calls recorded before roles were kept are left out.

    Raises:
        FrameError: a frame is of another kind.
    """
    calls = (
        EVENTS.check(events)
        .filter(
            pl.col("kind") == "model_call.settled", *(pl.col(x).is_not_null() for x in ("role", "subject"))
        )
        .with_columns(pl.col("model_source").fill_null("none"), model="subject")
    )
    ended = ended_tasks(TASKS.check(tasks)).select("task_id", end="status", verdict="truth")
    of_ended = calls.join(ended, on="task_id", how="semi")
    worked = of_ended.select(*_GRAIN, "task_id").unique().join(ended, on="task_id")
    results = worked.group_by(_GRAIN).agg(
        tasks=pl.len(),
        completed=(pl.col("end") == "completed").sum(),
        scored=pl.col("verdict").is_not_null().sum(),
        right=(pl.col("verdict") == "correct").sum(),
    )
    low, high = intervals.wilson(pl.col("right"), pl.col("scored"))
    share = {"right_share": pl.col("right") / pl.col("scored"), "low": low, "high": high}
    judged = (
        _answers(of_ended)
        .join(results, on=_GRAIN)
        .with_columns(
            pl.when(pl.col("scored") >= MIN_SCORED).then(figure).alias(name) for name, figure in share.items()
        )
    )
    return (
        judged.with_columns(verdict=_verdict())
        .sort("model_source", "role", "usd_per_call", "model")
        .select(pl.col(name).cast(dtype) for name, dtype in ROLE_MODELS.schema.items())
    )


def repriced(events: pl.LazyFrame, prices: pl.LazyFrame) -> pl.LazyFrame:
    """What each role's recorded tokens would cost on each model: the price alone, answers may differ.

    Frames in: `Events` and `Token prices`. Every amount is at the prices given, not at those of the day of
    the call. Frame out: `Repriced`, cheapest first within a role.

    Raises:
        FrameError: a frame is of another kind.
    """
    tokens = {
        "input_usd": "input_tokens",
        "cache_read_usd": "cache_read_tokens",
        "cache_write_usd": "cache_write_tokens",
        "output_usd": "output_tokens",
    }
    used = (
        EVENTS.check(events)
        .filter(pl.col("kind") == "model_call.settled", pl.col("role").is_not_null())
        .group_by(pl.col("model_source").fill_null("none"), "role", served_by="subject")
        .agg(pl.len().alias("calls"), *(pl.col(name).sum() for name in tokens.values()))
    )
    known = TOKEN_PRICES.check(prices)
    at_price = sum((pl.col(name).cast(_EXACT) * pl.col(price) for price, name in tokens.items()), pl.lit(0))
    paid = used.join(known, left_on="served_by", right_on="model").with_columns(usd=at_price)
    paid_by_role = paid.group_by("model_source", "role").agg(paid=pl.col("usd").sum())
    might = (
        used.join(known, how="cross")
        .with_columns(usd=at_price)
        .group_by(_GRAIN)
        .agg(pl.col("calls", "usd").sum())
        .join(paid_by_role, on=("model_source", "role"), how="left")
    )
    before, after = pl.col("paid").cast(NUMBER), pl.col("usd").cast(NUMBER)
    return (
        might.with_columns(change=pl.when(before > 0).then(after / before - 1))
        .sort("model_source", "role", "usd", "model")
        .select(pl.col(name).cast(dtype) for name, dtype in REPRICED.schema.items())
    )


def _answers(calls: pl.LazyFrame) -> pl.LazyFrame:
    answered = pl.col("status") == "ok"
    latency = pl.when(answered).then(pl.col("latency_ms"))
    return calls.group_by(_GRAIN).agg(
        calls=pl.len(),
        errors=(~answered).sum(),
        p50_ms=latency.quantile(0.5, "nearest"),
        p95_ms=latency.quantile(0.95, "nearest"),
        cost_usd=pl.col("cost_usd").sum(),
        usd_per_call=pl.col("cost_usd").sum().cast(NUMBER) / pl.len(),
    )


def _verdict() -> pl.Expr:
    """Held against the best of the same role; the dearest of the equally good is the best's twin."""
    group = ("model_source", "role")
    share, low, high, price = (pl.col(name) for name in ("right_share", "low", "high", "usd_per_call"))
    leads = share == share.max().over(group)

    def of_best(column: pl.Expr) -> pl.Expr:
        return column.filter(leads).first().over(group)

    difference = share - of_best(share)
    below = ((share - low).pow(2) + (of_best(high) - of_best(share)).pow(2)).sqrt()
    above = ((high - share).pow(2) + (of_best(share) - of_best(low)).pow(2)).sqrt()
    holds = difference - below >= -MARGIN
    return (
        pl.when(pl.len().over(group) == 1)
        .then(pl.lit("only one"))
        .when(share.is_null())
        .then(pl.lit("too few"))
        .when(leads)
        .then(pl.lit("best"))
        .when(holds & (price < of_best(price)))
        .then(pl.lit("as good and cheaper"))
        .when(holds)
        .then(pl.lit("as good and dearer"))
        .when(difference + above < 0)
        .then(pl.lit("worse"))
        .otherwise(pl.lit("cannot tell"))
    )
