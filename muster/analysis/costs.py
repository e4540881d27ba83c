"""What was spent: models, tools, compute and people apart, and together."""

from typing import Final

import polars as pl

from muster.analysis.frames import COUNT, MONEY, NUMBER, TEXT, Column, FrameContract
from muster.analysis.human import HumanCost, with_human_cost
from muster.analysis.tasks import TASKS

COSTS: Final = FrameContract(
    "costs",
    "model source and team",
    (
        Column("model_source", TEXT, "never null"),
        Column("team", TEXT, "null for the whole company"),
        Column("tasks", COUNT, "all tasks in the frame, open and cancelled ones too"),
        Column("model_cost_usd", MONEY, "US dollars, settled model calls"),
        Column("tool_cost_usd", MONEY, "US dollars, settled tool calls"),
        Column("compute_cost_usd", MONEY, "US dollars, agent time at the list price of a processor"),
        Column("human_minutes", NUMBER, "minutes of people: recorded, and assumed where none were recorded"),
        Column("measured_minutes", NUMBER, "of human_minutes, those that were recorded"),
        Column("human_cost_usd", MONEY, "US dollars, minutes times rate"),
        Column("total_cost_usd", MONEY, "US dollars, models + tools + compute + people"),
        Column("model_calls", COUNT, "settled calls"),
        Column("input_tokens", COUNT, "tokens, uncached"),
        Column("output_tokens", COUNT, "tokens"),
        Column("cache_read_tokens", COUNT, "tokens"),
        Column("cache_write_tokens", COUNT, "tokens"),
    ),
)


def cost_table(tasks: pl.LazyFrame, human: HumanCost, *, by_team: bool = False) -> pl.LazyFrame:
    """All money the tasks took, to the last micro-dollar.

    Frame in: `Tasks`. Frame out: `Costs`, sorted by source and team; no row where there is no task.

    Raises:
        FrameError: the frame is not a task frame.
    """
    grain = ["model_source", "team"]
    summed = [name for name in COSTS.schema if name not in (*grain, "tasks")]
    priced = with_human_cost(TASKS.check(tasks), human)
    if not by_team:
        priced = priced.with_columns(team=pl.lit(None, dtype=TEXT))
    return (
        priced.group_by(grain)
        .agg(pl.len().alias("tasks"), *(pl.col(name).sum() for name in summed))
        .sort(grain)
        .select(pl.col(name).cast(dtype) for name, dtype in COSTS.schema.items())
    )
