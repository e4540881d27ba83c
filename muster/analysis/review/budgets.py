"""What was spent on models against what may be spent, a UTC day at a time, as budgets count."""

from typing import Final

import polars as pl

from muster.analysis.burn import FLEET, NEAR
from muster.analysis.frames import COUNT, MONEY, NUMBER, TEXT, Column, FrameContract
from muster.analysis.period import Period
from muster.analysis.spend import SPEND

LIMITS: Final = FrameContract(
    "limits",
    "scope",
    (
        Column("scope", TEXT, "`fleet`, `team:<team>` or `agent:<team>/<agent>`"),
        Column("team", TEXT, "null for the fleet"),
        Column("limit_usd", MONEY, "US dollars a UTC day"),
    ),
)
BUDGETS: Final = FrameContract(
    "budgets",
    "scope",
    (
        Column("scope", TEXT, "`fleet`, `team:<team>` or `agent:<team>/<agent>`"),
        Column("team", TEXT, "null for the fleet"),
        Column("spent_usd", MONEY, "US dollars in the period"),
        Column(
            "limit_usd",
            MONEY,
            "US dollars a day; null when it has none, as where a team is no longer at work",
        ),
        Column(
            "allowed_usd", MONEY, "US dollars in the period: the limit times its days; null without a limit"
        ),
        Column("share", NUMBER, "spent / allowed; null without a limit"),
        Column("highest_usd", MONEY, "US dollars on its dearest day"),
        Column("highest_day", pl.Date(), "that day; null when nothing was spent"),
        Column("highest_share", NUMBER, "of the day's limit; null without a limit"),
        Column("near_days", COUNT, "days on which four fifths of the limit or more were spent"),
    ),
)


def model_spending(spent: pl.DataFrame, period: Period) -> pl.DataFrame:
    """What models cost on each day of the period, when it was spent and not when its task ended.

    Frame in: `Spend`. Frame out: its rows of models and of the period's days.

    Raises:
        FrameError: the frame is of another kind.
    """
    day = pl.col("day")
    mine = SPEND.check(spent.lazy()).filter(pl.col("kind") == "model_call.settled")
    if period.since is not None:
        mine = mine.filter(day >= period.since.date())
    if period.until is not None:
        mine = mine.filter(day < period.until.date())
    return mine.collect()


def budgets(spent: pl.DataFrame, limits: pl.DataFrame, days: int) -> pl.DataFrame:
    """Spending against the limits in force, the fleet first, then team by team with its agents.

    Frames in: `Spend` on models of one model source, and the `Limits`. Frame out: `Budgets`; a scope that has
    a limit and spent nothing is there, and so is one that spent and has no limit any more.

    Args:
        days: UTC days in the period.

    Raises:
        FrameError: a frame is of another kind.
    """
    SPEND.check(spent.lazy())
    known = LIMITS.check(limits.lazy()).collect()
    daily = pl.concat([_of_scope(spent, scope, team) for scope, team in _scopes()])
    highest = (
        daily.sort("scope", "cost_usd", "day", descending=[False, True, False]).group_by("scope").first()
    )
    limit = pl.col("limit_usd")
    near = (
        daily.join(known.select("scope", "limit_usd"), on="scope")
        .filter(pl.col("cost_usd").cast(NUMBER) >= limit.cast(NUMBER) * NEAR)
        .group_by("scope")
        .agg(near_days=pl.len())
    )
    sums = daily.group_by("scope", "team").agg(spent_usd=pl.col("cost_usd").sum())
    return (
        sums.join(known.select("scope", "limit_usd", other="team"), on="scope", how="full", coalesce=True)
        .with_columns(team=pl.coalesce("team", "other"), spent_usd=pl.col("spent_usd").fill_null(0))
        .join(highest.select("scope", highest_usd="cost_usd", highest_day="day"), on="scope", how="left")
        .join(near, on="scope", how="left")
        .with_columns(
            pl.col("highest_usd", "near_days").fill_null(0),
            allowed_usd=(limit * days).cast(MONEY),
        )
        .with_columns(
            share=pl.col("spent_usd").cast(NUMBER) / pl.col("allowed_usd").cast(NUMBER),
            highest_share=pl.col("highest_usd").cast(NUMBER) / limit.cast(NUMBER),
        )
        .sort(pl.col("scope") != FLEET, "team", pl.col("scope").str.starts_with("agent:"), "scope")
        .select(pl.col(name).cast(dtype) for name, dtype in BUDGETS.schema.items())
    )


def _scopes() -> list[tuple[pl.Expr, pl.Expr]]:
    """The three budgets a call draws on by the day, each with the team it belongs to."""
    team, agent = pl.col("team"), pl.col("agent").str.split("/").list.last()
    return [
        (pl.lit(FLEET), pl.lit(None, dtype=TEXT)),
        (pl.format("team:{}", team), team),
        (pl.format("agent:{}/{}", team, agent), team),
    ]


def _of_scope(spent: pl.DataFrame, scope: pl.Expr, team: pl.Expr) -> pl.DataFrame:
    named = spent.select("day", "cost_usd", scope=scope, team=team).drop_nulls("scope")
    return named.group_by("scope", "team", "day").agg(pl.col("cost_usd").sum())
