"""Outages of teams, and how long it took until a run was good again (MTTR: mean time to restore)."""

from collections.abc import Iterator
from statistics import fmean, median
from typing import Any, Final

import polars as pl

from muster.analysis.bootstrap import mean_interval
from muster.analysis.frames import COUNT, MOMENT, NUMBER, TEXT, Column, FrameContract
from muster.analysis.intervals import quantile_ranks
from muster.analysis.slo import RUNS

MIN_OUTAGES: Final = 6
"""Below this many restored outages there is no time to restore: too few."""
MIN_TO_BOUND: Final = 15
"""Below this many there is no interval of the mean: the bootstrap would hold the truth less than it says."""

OUTAGES: Final = FrameContract(
    "outages",
    "outage of a team",
    (
        Column("model_source", TEXT, "never null"),
        Column("team", TEXT, "never null"),
        Column("began_at", MOMENT, "when the first bad run was judged"),
        Column("restored_at", MOMENT, "when the next good run was; null while there was none"),
        Column("bad", COUNT, "bad runs in it"),
        Column("seconds", NUMBER, "from the one to the other; null while it lasts"),
    ),
)
TIME_TO_RESTORE: Final = FrameContract(
    "time to restore",
    "model source and team",
    (
        Column("model_source", TEXT, "never null"),
        Column("team", TEXT, "null for the whole company: the outages of all teams"),
        Column("n", COUNT, "restored outages"),
        Column("lasting", COUNT, "outages that are not restored; in no figure"),
        Column("mean_s", NUMBER, "seconds; null when too few"),
        Column(
            "mean_low_s", NUMBER, "lower end of its 95 % interval (bootstrap); null when too few to bound it"
        ),
        Column(
            "mean_high_s", NUMBER, "upper end of its 95 % interval (bootstrap); null when too few to bound it"
        ),
        Column("median_s", NUMBER, "seconds; null when too few"),
        Column("median_low_s", NUMBER, "lower end (order statistics); null when too few to bound it"),
        Column("median_high_s", NUMBER, "upper end (order statistics); null when too few to bound it"),
    ),
)


def outages(runs: pl.LazyFrame) -> pl.LazyFrame:
    """Every time a team stopped being good: from a first bad run to the next good one.

    Frame in: `Runs`. Frame out: `Outages`, in the order they began.

    Raises:
        FrameError: the frame is of another kind.
    """
    team = ["model_source", "team"]
    good = pl.col("verdict") == "good"
    ordered = RUNS.check(runs).sort(*team, "judged_at", "task_id").with_columns(good=good)
    # every good run closes what came before it: runs between two good ones belong together
    numbered = ordered.with_columns(spell=good.cast(COUNT).cum_sum().shift(1).over(team).fill_null(0))
    spells = numbered.group_by(*team, "spell").agg(
        began_at=pl.when(~pl.col("good")).then(pl.col("judged_at")).min(),
        restored_at=pl.when(pl.col("good")).then(pl.col("judged_at")).max(),
        bad=(~pl.col("good")).sum(),
    )
    return (
        spells.filter(pl.col("bad") > 0)
        .with_columns(seconds=(pl.col("restored_at") - pl.col("began_at")).dt.total_milliseconds() / 1000)
        .sort("began_at", *team)
        .select(pl.col(name).cast(dtype) for name, dtype in OUTAGES.schema.items())
    )


def time_to_restore(outages: pl.LazyFrame) -> pl.DataFrame:
    """How long it takes until a team is good again, the company's row first in each model source.

    Outages are few and of very different lengths: the mean has a bootstrap interval with a fixed seed.

    Frame in: `Outages`. Frame out: `Time to restore`; no row where there was no outage.

    Raises:
        FrameError: the frame is of another kind.
    """
    known = OUTAGES.check(outages).sort("began_at", "team").collect()
    rows = [_row(*each) for each in _groups(known)]
    return pl.DataFrame(rows, schema=TIME_TO_RESTORE.schema, orient="row")


def _groups(known: pl.DataFrame) -> Iterator[tuple[str, str | None, pl.DataFrame]]:
    for source in known["model_source"].unique().sort():
        mine = known.filter(pl.col("model_source") == source)
        yield source, None, mine
        for team in mine["team"].unique().sort():
            yield source, team, mine.filter(pl.col("team") == team)


def _row(source: str, team: str | None, mine: pl.DataFrame) -> dict[str, Any]:
    seconds = sorted(mine["seconds"].drop_nulls())
    row: dict[str, Any] = dict.fromkeys(TIME_TO_RESTORE.schema, None)
    row |= {"model_source": source, "team": team, "n": len(seconds), "lasting": mine.height - len(seconds)}
    if len(seconds) < MIN_OUTAGES:
        return row
    low, high = mean_interval(seconds) if len(seconds) >= MIN_TO_BOUND else (None, None)
    first, _, last = quantile_ranks(len(seconds), 0.5)
    ends = {"median_low_s": first, "median_high_s": last}
    row |= {name: None if rank is None else seconds[rank] for name, rank in ends.items()}
    return row | {
        "mean_s": fmean(seconds),
        "mean_low_s": low,
        "mean_high_s": high,
        "median_s": float(median(seconds)),
    }
