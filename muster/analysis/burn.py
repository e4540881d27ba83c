"""How much of each budget was used, day by day, and by how close a call."""

from typing import Final

import polars as pl

from muster.analysis.frames import COUNT, MONEY, NUMBER, TEXT, Column, FrameContract
from muster.analysis.spending import SPENDING

FLEET: Final = "fleet"
"""The budget of all agents together."""
NEAR: Final = 0.8
"""A day at this share of its budget or more was a close one."""

BUDGETS: Final = FrameContract(
    "budgets",
    "budget in force",
    (
        Column("who", TEXT, "`fleet`, a team, or `team/agent`"),
        Column("usd_per_day", MONEY, "US dollars a UTC day"),
    ),
)
BURN: Final = FrameContract(
    "burn",
    "budget in force",
    (
        Column("who", TEXT, "`fleet`, a team, or `team/agent`"),
        Column("usd_per_day", MONEY, "US dollars a UTC day"),
        Column("days", COUNT, "days with a call in the frame"),
        Column("spent_usd", MONEY, "US dollars, all days"),
        Column("mean_share", NUMBER, "mean of a day's spending / budget; null without a day or a budget"),
        Column("peak_share", NUMBER, "largest of them; null as above"),
        Column("close_days", COUNT, "days at 80 % of the budget or more"),
    ),
)


def burn(spent: pl.DataFrame, budgets: pl.DataFrame) -> pl.DataFrame:
    """Each budget's use over the days of the frame: the fleet first, then the most used.

    Frames in: `Spending` of one model source, and `Budgets` as they are now; earlier ones are not known. Only
    models draw on budgets. Frame out: `Burn`, one row per budget, also where nothing was spent.

    Raises:
        FrameError: a frame is of another kind.
    """
    models = SPENDING.check(spent.lazy()).filter(pl.col("bought") != "tools")
    agent = pl.concat_str("team", pl.lit("/"), "agent")
    scopes = (pl.lit(FLEET), pl.col("team"), agent)
    by_day = pl.concat(
        models.group_by(scope.alias("who"), "day").agg(pl.col("cost_usd").sum()) for scope in scopes
    )
    share = pl.col("cost_usd").cast(pl.Float64) / pl.col("usd_per_day").cast(pl.Float64)
    used = BUDGETS.check(budgets.lazy()).join(by_day, on="who", how="left")
    return (
        used.with_columns(share=pl.when(pl.col("usd_per_day") > 0).then(share))
        .group_by("who", "usd_per_day")
        .agg(
            days=pl.col("day").count(),
            spent_usd=pl.col("cost_usd").sum(),
            mean_share=pl.col("share").mean(),
            peak_share=pl.col("share").max(),
            close_days=(pl.col("share") >= NEAR).sum(),
        )
        .sort(pl.col("who") != FLEET, "peak_share", "who", descending=[False, True, False], nulls_last=True)
        .select(pl.col(name).cast(dtype) for name, dtype in BURN.schema.items())
        .collect()
    )
