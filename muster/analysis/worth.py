"""Is a team worth its cost: what its results cost, and how long a person may take to be cheaper."""

from typing import Final

import polars as pl

from muster.analysis.definitions import TOTAL_COST_COMPLETED
from muster.analysis.frames import COUNT, NUMBER, TEXT, Column, FrameContract
from muster.analysis.human import HumanCost
from muster.analysis.kpis import kpi_table

WORTH: Final = FrameContract(
    "worth",
    "model source and team",
    (
        Column("model_source", TEXT, "never null"),
        Column("team", TEXT, "null for the whole company"),
        Column("n", COUNT, "completed tasks"),
        Column("cost_usd", NUMBER, "US dollars for one completed task, people included; null when too few"),
        Column("low_usd", NUMBER, "lower end of its 95 % interval; null when too few"),
        Column("high_usd", NUMBER, "upper end of its 95 % interval; null when too few"),
        Column("break_even_minutes", NUMBER, "minutes by hand at which the team costs as much as a person"),
        Column("low_minutes", NUMBER, "lower end of its 95 % interval"),
        Column("high_minutes", NUMBER, "upper end of its 95 % interval"),
        Column("saved_usd", NUMBER, "US dollars saved by one completed task; negative when it costs more"),
        Column("verdict", TEXT, "`worth it`, `not worth it`, `cannot tell` (interval) or `too few`"),
    ),
)


def team_worth(tasks: pl.LazyFrame, human: HumanCost, *, by_team: bool = True) -> pl.LazyFrame:
    """What one result of each team costs, held against a person doing the same task by hand.

    The person is assumed to need as long as for an escalation, `human.minutes_per_escalation`;
    `break_even_minutes` does not depend on that: a team is worth it for every task that takes a person
    longer. Cheapest first.

    Frame in: `Tasks`. Frame out: `Worth`.

    Raises:
        FrameError: the frame is not a task frame.
    """
    by_hand = float(human.usd_per_escalation)
    per_minute = float(human.usd_per_hour) / 60
    cost = kpi_table(tasks, human, by_team=by_team, only=[TOTAL_COST_COMPLETED])
    return (
        cost.rename({"value": "cost_usd", "low": "low_usd", "high": "high_usd"})
        .with_columns(
            break_even_minutes=pl.col("cost_usd") / per_minute,
            low_minutes=pl.col("low_usd") / per_minute,
            high_minutes=pl.col("high_usd") / per_minute,
            saved_usd=by_hand - pl.col("cost_usd"),
            verdict=pl.when(pl.col("cost_usd").is_null())
            .then(pl.lit("too few"))
            .when(pl.col("high_usd") < by_hand)
            .then(pl.lit("worth it"))
            .when(pl.col("low_usd") > by_hand)
            .then(pl.lit("not worth it"))
            .otherwise(pl.lit("cannot tell")),
        )
        .sort("model_source", "cost_usd", nulls_last=True)
        .select(pl.col(name).cast(dtype) for name, dtype in WORTH.schema.items())
    )
