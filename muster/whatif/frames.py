"""What a forecast's frames promise: the tasks that would have changed, and what that comes to."""

from typing import Final

import polars as pl

from muster.analysis import intervals
from muster.analysis.frames import COUNT, MONEY, NUMBER, TEXT, Column, FrameContract

COMPANY: Final = None
"""Stands in the column `team` for all teams together."""

AFFECTED: Final = FrameContract(
    "affected tasks",
    "task that another setting would have changed",
    (
        Column("task_id", TEXT, "`tsk_…`"),
        Column("model_source", TEXT, "of the task; never null"),
        Column("team", TEXT, "never null"),
        Column("agent", TEXT, "whose call or answer it turns on; null when none does"),
        Column("title", TEXT, "of the task; null when its arrival is not in the events"),
        Column("was", TEXT, "how it ended, in words"),
        Column("would_be", TEXT, "how it would have gone, in words, as far as the record knows"),
        Column("why", TEXT, "the rule's own words"),
        Column("known", pl.Boolean(), "whether the record knows the end; false where it stops at the change"),
        Column("minutes", NUMBER, "minutes of people more (or less); assumed for each call on a person"),
        Column("people_usd", MONEY, "US dollars more (or less) for these minutes"),
        Column("model_usd", MONEY, "US dollars more (or less) for models"),
        Column("committed", MONEY, "money agents commit, more (or less), in `currency`; null without"),
        Column("currency", TEXT, "of `committed`; null without"),
        Column("truth", TEXT, "`correct` or `wrong`; null when the outcome was not scored"),
        Column("errors", COUNT, "wrong outcomes nobody would have looked at, more or less; null: not known"),
    ),
)

TOTALS: Final = FrameContract(
    "forecast totals",
    "model source and team, and model source alone",
    (
        Column("model_source", TEXT, "never null; no figure mixes two sources"),
        Column("team", TEXT, "null for the whole company"),
        Column("n", COUNT, "tasks of the period"),
        Column("affected", COUNT, "of them, tasks that would have changed"),
        Column("share", NUMBER, "affected / n"),
        Column("low", NUMBER, "lower end of the share's 95 % interval"),
        Column("high", NUMBER, "upper end of the share's 95 % interval"),
        Column("known", COUNT, "of the affected, tasks whose end the record knows"),
        Column("minutes", NUMBER, "minutes of people, more (or less)"),
        Column("people_usd", MONEY, "US dollars for these minutes, more (or less)"),
        Column("model_usd", MONEY, "US dollars for models, more (or less)"),
        Column("committed", MONEY, "money agents commit, more (or less), in the policy's currency"),
        Column("scored_right", COUNT, "of the affected, tasks whose outcome was scored correct"),
        Column("scored_wrong", COUNT, "of the affected, tasks whose outcome was scored wrong"),
        Column("errors_less", COUNT, "wrong outcomes that a person would have seen"),
        Column("errors_more", COUNT, "wrong outcomes that nobody would have seen any more"),
        Column("errors_unknown", COUNT, "affected tasks of which the record cannot say"),
    ),
)


def affected_frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    """The rows as `Affected tasks`."""
    return pl.DataFrame(rows, schema=AFFECTED.schema, orient="row")


def totals(tasks: pl.DataFrame, affected: pl.DataFrame) -> pl.DataFrame:
    """What the changes come to, by model source and team, each source's company row first.

    Frames in: the period's `Tasks` and the `Affected tasks` among them. Frame out: `Forecast totals`.

    Raises:
        FrameError: `affected` is of another kind.
    """
    AFFECTED.check(affected.lazy())
    tables = [_table(tasks.with_columns(team=_NOBODY), affected.with_columns(team=_NOBODY))]
    tables.append(_table(tasks, affected))
    return (
        pl.concat(tables)
        .sort("model_source", "team", nulls_last=False)
        .select(pl.col(name).cast(dtype) for name, dtype in TOTALS.schema.items())
    )


_NOBODY: Final = pl.lit(COMPANY, dtype=TEXT)
_SUMMED: Final = ("minutes", "people_usd", "model_usd", "committed")


def _table(tasks: pl.DataFrame, affected: pl.DataFrame) -> pl.DataFrame:
    grain = ["model_source", "team"]
    changed = affected.group_by(grain).agg(
        pl.len().alias("affected"),
        pl.col("known").sum(),
        *(pl.col(name).sum() for name in _SUMMED),
        (pl.col("truth") == "correct").sum().alias("scored_right"),
        (pl.col("truth") == "wrong").sum().alias("scored_wrong"),
        (pl.col("errors") < 0).sum().alias("errors_less"),
        (pl.col("errors") > 0).sum().alias("errors_more"),
        pl.col("errors").null_count().alias("errors_unknown"),
    )
    counted = tasks.group_by(grain).agg(pl.len().alias("n"))
    joined = counted.join(changed, on=grain, how="left", nulls_equal=True)
    whole = joined.with_columns(pl.exclude(*grain, "n").fill_null(0))
    low, high = intervals.wilson(pl.col("affected"), pl.col("n"))
    return whole.with_columns(share=pl.col("affected") / pl.col("n"), low=low, high=high)
