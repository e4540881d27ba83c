"""The KPI table: every defined KPI at any grain, with its interval and its n."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Final, Literal, TypeAlias

import polars as pl

from muster.analysis.definitions import KPIS, Kpi
from muster.analysis.durability import with_durability
from muster.analysis.frames import COUNT, MOMENT, NUMBER, TEXT, Column, FrameContract
from muster.analysis.human import HumanCost, with_human_cost
from muster.analysis.tasks import TASKS, ended_tasks

Bucket: TypeAlias = Literal["1m", "10m", "1h", "1d", "1w"]

KPI_TABLE: Final = FrameContract(
    "KPI table",
    "model source, team, bucket and KPI",
    (
        Column("model_source", TEXT, "never null: no number mixes two sources"),
        Column("team", TEXT, "null for the whole company"),
        Column("starts_at", MOMENT, "start of the bucket, UTC; null for the whole period"),
        Column("kpi", TEXT, "id of its definition"),
        Column("unit", TEXT, "`share`, `seconds`, `usd`, `tokens` or `rating` (1 to 5)"),
        Column("n", COUNT, "what the definition's denominator counts; 0 when there is none"),
        Column("value", NUMBER, "in `unit`; null when n is too few"),
        Column("low", NUMBER, "lower end of the 95 % interval; null when too few or unbounded"),
        Column("high", NUMBER, "upper end of the 95 % interval; null when too few or unbounded"),
    ),
)
_GRAIN: Final = ["model_source", "team", "starts_at"]


def kpi_table(
    tasks: pl.LazyFrame,
    human: HumanCost,
    *,
    by_team: bool = False,
    every: Bucket | None = None,
    now: datetime | None = None,
    only: Sequence[Kpi] = KPIS,
) -> pl.LazyFrame:
    """All KPIs of the tasks that ended, in definition order within each group.

    Frame in: `Tasks`; a task counts in the bucket it ended in. Frame out: `KPI table`; every group has a row
    for every KPI, also where n is 0.

    Args:
        now: up to when the record is known, for what has to hold for a while; None: to the last end.
        only: these KPIs and no others.

    Raises:
        FrameError: the frame is not a task frame.
    """
    return _table(_grouped(_priced(tasks, human, now), by_team, every), only)


def overview(
    tasks: pl.LazyFrame, human: HumanCost, now: datetime | None = None, only: Sequence[Kpi] = KPIS
) -> pl.DataFrame:
    """The KPI table of the whole period: the company's rows first, then each team's."""
    read = [name for name in _read_by(only) if name not in _GRAIN]
    priced = _priced(tasks, human, now).select(*_GRAIN[:2], "ended_at", *read).collect()
    teams, tables = priced["team"].unique(), []
    for by_team in (False,) if len(teams) == 1 else (False, True):
        # in memory: the streaming engine adds floats up in another order each time; figures must not change
        ended = _grouped(priced.lazy(), by_team, None).sort("group", maintain_order=True)
        # sorted once, so that no KPI has to look for the rows of each group again
        tables.append(_table(ended.collect(engine="in-memory").lazy(), only))
    found = pl.collect_all(tables, engine="in-memory")
    if len(teams) == 1:  # its figures are the company's
        found.append(found[0].with_columns(team=pl.lit(teams[0], dtype=TEXT)))
    return pl.concat(found)


def _priced(tasks: pl.LazyFrame, human: HumanCost, now: datetime | None) -> pl.LazyFrame:
    return with_durability(with_human_cost(ended_tasks(TASKS.check(tasks)), human), now)


def _read_by(only: Sequence[Kpi]) -> list[str]:
    """The columns these KPIs are made of."""
    parts = [getattr(kpi.measure, part.name) for kpi in only for part in fields(kpi.measure)]
    names = [name for part in parts if isinstance(part, pl.Expr) for name in part.meta.root_names()]
    return list(dict.fromkeys(names))


def _grouped(priced: pl.LazyFrame, by_team: bool, every: Bucket | None) -> pl.LazyFrame:
    """The tasks with the number of their group, which is quicker to group by than its three names."""
    named = priced.with_columns(
        team=pl.col("team") if by_team else pl.lit(None, dtype=TEXT),
        starts_at=pl.col("ended_at").dt.truncate(every) if every else pl.lit(None, dtype=MOMENT),
    )
    # sorted, since the plan may be carried out more than once and has to give each group the same number
    numbers = named.select(_GRAIN).unique().sort(_GRAIN).with_row_index("group")
    return named.join(numbers, on=_GRAIN, how="left", nulls_equal=True, maintain_order="left")


def _table(ended: pl.LazyFrame, only: Sequence[Kpi]) -> pl.LazyFrame:
    groups = ended.group_by("group").agg(pl.col(_GRAIN).first())
    rows = [_kpi_rows(ended, groups, kpi, place) for place, kpi in enumerate(only)]
    return (
        pl.concat(rows)
        .sort(*_GRAIN, "place")
        .select(pl.col(name).cast(dtype) for name, dtype in KPI_TABLE.schema.items())
    )


def _kpi_rows(ended: pl.LazyFrame, groups: pl.LazyFrame, kpi: Kpi, place: int) -> pl.LazyFrame:
    measured = groups.join(kpi.measure.table(ended, ["group"]), on="group", how="left")
    n = pl.col("n").fill_null(0)
    enough = n >= kpi.min_n
    return measured.select(
        *_GRAIN,
        pl.lit(kpi.id).alias("kpi"),
        pl.lit(kpi.unit).alias("unit"),
        n,
        *(pl.when(enough).then(pl.col(name)).alias(name) for name in ("value", "low", "high")),
        pl.lit(place).alias("place"),
    )
