"""What needs a leader's attention now, each point as one sentence with its figures."""

from datetime import datetime, timedelta
from typing import Final

import polars as pl

from muster.analysis.definitions import ACCURACY, ESCALATION_RATE, Kpi, target
from muster.analysis.figures import figure, interval, reason
from muster.analysis.frames import TEXT, Column, FrameContract
from muster.analysis.interruptions import WORDING
from muster.analysis.tasks import APPROVAL, NO_MODEL, open_tasks

STUCK_AFTER: Final = timedelta(hours=1)
"""A task open for longer than this is named."""

ATTENTION: Final = FrameContract(
    "attention",
    "point",
    (
        Column("severity", TEXT, "`act` (something is wrong) or `watch` (it may be)"),
        Column("team", TEXT, "null when it concerns no single team"),
        Column("what", TEXT, "one sentence with its figures"),
    ),
)


def attention(
    table: pl.DataFrame, tasks: pl.DataFrame, reasons: pl.DataFrame, stopped: pl.DataFrame, now: datetime
) -> pl.DataFrame:
    """The points to look at, worst first; no row when there is nothing.

    Frames in: a `KPI table` with a row per team, the `Tasks`, the `Escalation reasons` by team (all of one
    model source) and the `Interruptions`. Frame out: `Attention`.
    """
    points = [
        *_off_target(table, reasons),
        *_failed(tasks),
        *_stuck(tasks, now),
        *_waiting(tasks),
        *_without_model(tasks),
        *_interruptions(stopped),
    ]
    rows = sorted(points, key=lambda point: point[0] != "act")
    return pl.DataFrame(rows, schema=ATTENTION.schema, orient="row")


_Point = tuple[str, str | None, str]


def _off_target(table: pl.DataFrame, reasons: pl.DataFrame) -> list[_Point]:
    """Teams off a target: `act` when even the kinder end of the interval misses it."""
    points: list[_Point] = []
    for kpi in (ESCALATION_RATE, ACCURACY):
        mine = table.filter(
            pl.col("kpi") == kpi.id, pl.col("team").is_not_null(), pl.col("value").is_not_null()
        )
        for row in mine.iter_rows(named=True):
            severity = _misses(kpi, row["value"], row["low"], row["high"])
            if severity is None:
                continue
            ends = interval(row["low"], row["high"], kpi.unit)
            seen = f"{kpi.name} {figure(row['value'], kpi.unit)} ({ends}, n {row['n']})"
            why = _main_reason(reasons, row["team"]) if kpi is ESCALATION_RATE else ""
            points.append((severity, row["team"], f"{seen}; {target(kpi)}{why}"))
    return points


def _misses(kpi: Kpi, value: float, low: float, high: float) -> str | None:
    if kpi.target is None:
        return None
    if kpi.better == "higher":
        return "act" if high < kpi.target else "watch" if value < kpi.target else None
    return "act" if low > kpi.target else "watch" if value > kpi.target else None


def _main_reason(reasons: pl.DataFrame, team: str) -> str:
    mine = reasons.filter(pl.col("team") == team)
    if mine.is_empty():
        return ""
    first = mine.row(0, named=True)
    return f"; most often: {reason(first['reason'])} ({first['escalations']} of {first['n']})"


def _failed(tasks: pl.DataFrame) -> list[_Point]:
    failed = tasks.filter(pl.col("status") == "failed").group_by("team", maintain_order=True).len()
    return [("act", team, f"{count} failed without result or person") for team, count in failed.iter_rows()]


def _stuck(tasks: pl.DataFrame, now: datetime) -> list[_Point]:
    old = pl.col("queued_at") < now - STUCK_AFTER
    going = open_tasks(tasks.lazy()).filter(old, pl.col("status") != "waiting")  # that is a person's clock
    stuck = going.group_by("team", maintain_order=True).len().collect()
    return [("act", team, f"{count} open for more than an hour") for team, count in stuck.iter_rows()]


def _waiting(tasks: pl.DataFrame) -> list[_Point]:
    """Tasks that go on when a person says so."""
    waits = tasks.filter(pl.col("status") == "waiting")
    held = pl.col("waiting_for").str.starts_with(APPROVAL).fill_null(False)
    by_team = waits.group_by("team", maintain_order=True).agg(held=held.sum(), halted=(~held).sum())
    points: list[_Point] = []
    for team, asked, halted in by_team.iter_rows():
        if asked:
            points.append(("act", team, f"{asked} waiting for a person's yes or no"))
        if halted:
            points.append(("watch", team, f"{halted} waiting for a halt to end"))
    return points


def _without_model(tasks: pl.DataFrame) -> list[_Point]:
    ended = tasks.filter(pl.col("model_source") == NO_MODEL, pl.col("ended_at").is_not_null())
    ended = ended.filter(pl.col("status") != "cancelled")
    return [("act", None, f"{ended.height} ended without any model being reached")] if ended.height else []


def _interruptions(stopped: pl.DataFrame) -> list[_Point]:
    """What stopped: quarantined messages, paused agents, budgets that ran low."""
    seen = stopped.group_by("kind").len().sort("kind")
    return [("watch", None, f"{count} {WORDING[kind]}") for kind, count in seen.iter_rows()]
