"""Why a figure moved: its change taken apart into shares that add up to it exactly.

All effects are worked out in whole fractions, so that the parts of a change are the change and not nearly so.
A share of all tasks falls apart by team into each team's own rate and the mix of work (the midpoint, or
Bennet, decomposition: neither period is the base), and by the reason tasks called a person and by the agent
that called. Money falls apart into the number of tasks and what one task costs, by kind of cost.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

import polars as pl

from muster.analysis.frames import NUMBER, TEXT, Column, FrameContract
from muster.analysis.human import HumanCost, with_human_cost
from muster.analysis.review.shares import difference
from muster.analysis.tasks import TASKS

MIX: Final = "mix of work"
VOLUME: Final = "number of tasks"
NO_REASON: Final = "no reason recorded"
NO_AGENT: Final = "no agent recorded"
FAILED: Final = "failed"
_NONE: Final = Fraction(0)
COST_PARTS: Final = {
    "models": "model_cost_usd",
    "tools": "tool_cost_usd",
    "computing": "compute_cost_usd",
    "people": "human_cost_usd",
}
"""Kinds of cost and their column of a priced task frame; one that the frame lacks is left out."""

DRIVERS: Final = FrameContract(
    "drivers",
    "team, figure, way of taking it apart, and part",
    (
        Column("team", TEXT, "null for the whole company"),
        Column("figure", TEXT, "`completion_rate`, `escalation_rate` or `total_cost_usd`"),
        Column("by", TEXT, "`team`, `reason`, `agent` or `cost`"),
        Column("part", TEXT, "such as a team, a reason, or `mix of work`"),
        Column(
            "before", NUMBER, "the part in the period before, in the figure's unit; null where it has none"
        ),
        Column("now", NUMBER, "the part in this period; null where it has none"),
        Column("effect", NUMBER, "its share of the figure's change; those of one `by` add up to the change"),
        Column("low", NUMBER, "lower end of the effect's 95 % interval; null where it has none"),
        Column("high", NUMBER, "upper end of the effect's 95 % interval; null where it has none"),
    ),
)


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    before: Fraction | None
    now: Fraction | None
    effect: Fraction
    ends: tuple[float, float] | None = None


def drivers(now: pl.DataFrame, before: pl.DataFrame, raised: pl.DataFrame, human: HumanCost) -> pl.DataFrame:
    """What drove completion, escalation and money of the company and of each team, largest effect first.

    Frames in: the ended `Tasks` of one model source in this period and in the one before, and the
    `Escalations` of both. Frame out: `Drivers`; no rows where the period before has no task.

    Raises:
        FrameError: a frame is of another kind.
    """
    called = _callers(raised)
    this, that = (_attributed(TASKS.check(tasks.lazy()), called, human) for tasks in (now, before))
    rows: list[tuple[object, ...]] = []
    for team in (None, *sorted(set(this["team"]) & set(that["team"]))):
        if that.is_empty() or this.is_empty():
            break
        mine = [tasks if team is None else tasks.filter(pl.col("team") == team) for tasks in (this, that)]
        for figure, by, parts in _taken_apart(*mine, company=team is None):
            ordered = sorted(parts, key=lambda part: (-abs(part.effect), part.name))
            rows += [(team, figure, by, *_row(part)) for part in ordered]
    return pl.DataFrame(rows, schema=DRIVERS.schema, orient="row")


def in_steps(parts: Iterable[float], step: float) -> list[int]:
    """Each part in whole steps so that together they are their sum in whole steps (largest remainder)."""
    exact = [Fraction(part) / Fraction(step) for part in parts]
    whole = [int(part // 1) for part in exact]
    missing = _nearest(sum(exact, Fraction(0))) - sum(whole)
    order = sorted(range(len(exact)), key=lambda place: (whole[place] - exact[place], place))
    for place in order[:missing]:
        whole[place] += 1
    return whole


def _nearest(value: Fraction) -> int:
    return int((value + Fraction(1, 2)) // 1)


def _callers(raised: pl.DataFrame) -> pl.DataFrame:
    """Of each task that called a person: who called last, and why."""
    last = raised.unique("task_id", keep="first", maintain_order=True)  # `Escalations` are newest first
    return last.select("task_id", caller="agent", called_for="reason")


def _attributed(tasks: pl.LazyFrame, called: pl.DataFrame, human: HumanCost) -> pl.DataFrame:
    escalated = (pl.col("status") == "escalated") | (pl.col("escalations") > 0)
    return (
        with_human_cost(tasks, human)
        .join(called.lazy(), on="task_id", how="left")
        .with_columns(
            completed=pl.col("status") == "completed",
            escalated=escalated,
            caller=pl.col("caller").str.split("/").list.last().fill_null(NO_AGENT),
            called_for=pl.col("called_for").fill_null(NO_REASON),
        )
        .with_columns(
            ended_for=pl.when(pl.col("status") == "failed").then(pl.lit(FAILED)).otherwise("called_for")
        )
        .collect()
    )


def _taken_apart(
    now: pl.DataFrame, before: pl.DataFrame, *, company: bool
) -> Iterable[tuple[str, str, list[_Part]]]:
    sizes = now.height, before.height
    for figure, hit in (("completion_rate", "completed"), ("escalation_rate", "escalated")):
        if company:
            yield figure, "team", _by_team(now, before, hit)
    not_done, not_before = (tasks.filter(~pl.col("completed")) for tasks in (now, before))
    called, called_before = (tasks.filter("escalated") for tasks in (now, before))
    yield "completion_rate", "reason", _by_share(not_done, not_before, "ended_for", sizes, sign=-1)
    yield "escalation_rate", "reason", _by_share(called, called_before, "called_for", sizes)
    yield "escalation_rate", "agent", _by_share(called, called_before, "caller", sizes)
    yield "total_cost_usd", "cost", _by_cost(now, before)
    if company:
        yield "total_cost_usd", "team", _by_sum(now, before)


def _by_team(now: pl.DataFrame, before: pl.DataFrame, hit: str) -> list[_Part]:
    """Each team's own rate, and the mix of work between the teams."""
    this, that = (_counts(tasks, "team") for tasks in (now, before))
    hits, had = (_counts(tasks.filter(hit), "team") for tasks in (now, before))
    middle = Fraction(sum(hits.values()), 2 * now.height) + Fraction(sum(had.values()), 2 * before.height)
    parts, mix = [], Fraction(0)
    for team in sorted(this.keys() | that.keys()):
        weights = Fraction(this.get(team, 0), now.height), Fraction(that.get(team, 0), before.height)
        half = (weights[0] + weights[1]) / 2
        sample = hits.get(team, 0), this.get(team, 0), had.get(team, 0), that.get(team, 0)
        new, old = _rate(*sample[:2]), _rate(*sample[2:])
        # a team that is only in one of the two periods has no own change: all it does is change the mix
        rate, was = (new if new is not None else old) or _NONE, (old if old is not None else new) or _NONE
        mix += (weights[0] - weights[1]) * ((rate + was) / 2 - middle)
        ends = difference(*sample)
        scaled = None if ends is None else (float(half) * ends[0], float(half) * ends[1])
        parts.append(_Part(team, old, new, half * (rate - was), scaled))
    return [*parts, _Part(MIX, None, None, mix)]


def _by_share(
    now: pl.DataFrame, before: pl.DataFrame, column: str, sizes: tuple[int, int], sign: int = 1
) -> list[_Part]:
    """How much of all tasks falls to each value of a column."""
    this, that = (_counts(tasks, column) for tasks in (now, before))
    parts = []
    for name in sorted(this.keys() | that.keys()):
        sample = this.get(name, 0), sizes[0], that.get(name, 0), sizes[1]
        share, old = Fraction(*sample[:2]), Fraction(*sample[2:])
        ends = difference(*sample)
        turned = ends if ends is None or sign > 0 else (-ends[1], -ends[0])
        parts.append(_Part(name, old, share, sign * (share - old), turned))
    return parts


def _by_cost(now: pl.DataFrame, before: pl.DataFrame) -> list[_Part]:
    """The number of tasks, and each kind of cost of one task."""
    costs = {name: column for name, column in COST_PARTS.items() if column in now.columns}
    this, that = ({name: _money(tasks[column]) for name, column in costs.items()} for tasks in (now, before))
    each, was = (
        sum(sums.values(), Fraction(0)) / tasks.height for sums, tasks in ((this, now), (that, before))
    )
    grown = Fraction(now.height - before.height)
    parts = [_Part(VOLUME, Fraction(before.height), Fraction(now.height), grown * (each + was) / 2)]
    middle = Fraction(now.height + before.height, 2)
    for name in costs:
        one, old = this[name] / now.height, that[name] / before.height
        parts.append(_Part(name, old, one, middle * (one - old)))
    return parts


def _by_sum(now: pl.DataFrame, before: pl.DataFrame) -> list[_Part]:
    this, that = (
        dict(tasks.group_by("team").agg(pl.col("total_cost_usd").sum()).iter_rows())
        for tasks in (now, before)
    )
    sums = {
        team: (Fraction(this.get(team, Decimal(0))), Fraction(that.get(team, Decimal(0))))
        for team in sorted(this.keys() | that.keys())
    }
    return [_Part(team, old, new, new - old) for team, (new, old) in sums.items()]


def _rate(hits: int, n: int) -> Fraction | None:
    return Fraction(hits, n) if n else None


def _counts(tasks: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(tasks.group_by(column).len().iter_rows())


def _money(amounts: pl.Series) -> Fraction:
    return Fraction(amounts.sum() or Decimal(0))


def _row(part: _Part) -> tuple[object, ...]:
    ends = part.ends or (None, None)
    shown = (None if value is None else float(value) for value in (part.before, part.now))
    return part.name, *shown, float(part.effect), *ends
