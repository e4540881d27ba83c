"""One model source's part of a review: its figures in words, tables and charts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go
import polars as pl
from markupsafe import Markup

from muster.analysis import charts
from muster.analysis.definitions import (
    BY_ID,
    COLUMNS,
    COMPLETION_RATE,
    ESCALATION_RATE,
    TIME_P50,
    TOTAL_COST_COMPLETED,
    target,
)
from muster.analysis.figures import duration, figure, interval, money, reason, source_label
from muster.analysis.intervals import CONFIDENCE
from muster.analysis.picture import Picture
from muster.analysis.review.addition import Addition
from muster.reports.review.block import Block

CARDS: Final = (COMPLETION_RATE, ESCALATION_RATE, TIME_P50, TOTAL_COST_COMPLETED)
"""The four numbers of the summary."""


@dataclass(frozen=True, slots=True)
class Section:
    """What a page asks of one model source; every text is ready to read."""

    drawn: Picture
    moved: pl.DataFrame
    """`Changes` against the period before."""
    added: Addition

    @property
    def label(self) -> str:
        return source_label(self.drawn.model_source)

    @property
    def rehearsal(self) -> bool:
        return self.drawn.model_source == "rehearsal"

    @property
    def headline(self) -> str:
        """What happened, in one sentence."""
        parts = [f"{self.drawn.count(status)} {status}" for status in ("completed", "escalated", "failed")]
        return f"{self.drawn.ended.height:,} tasks ended: {', '.join(parts)}."

    @property
    def money_line(self) -> str:
        """What it cost, people apart, in one sentence."""
        row = self._company_costs
        machine = money(float(row["model_cost_usd"] + row["tool_cost_usd"] + row["compute_cost_usd"]))
        return (
            f"They took {machine} of models, tools and computing, and "
            f"{duration(row['human_minutes'] * 60)} of people's time, {money(float(row['human_cost_usd']))}: "
            f"{money(float(row['total_cost_usd']))} in all."
        )

    @property
    def people(self) -> str:
        """What people's time rests on, measured or assumed."""
        row = self._company_costs
        return self.drawn.human.label_of(row["human_minutes"], row["measured_minutes"])

    @property
    def _company_costs(self) -> dict[str, Any]:
        return self.drawn.of_team(self.drawn.costs, None).row(0, named=True)

    def cards(self, team: str | None = None) -> list[dict[str, Any]]:
        """The four numbers, with interval, n, target and what moved."""
        return [self._cell(kpi.id, team) | {"target": target(kpi)} for kpi in CARDS]

    def team_rows(self) -> Iterator[tuple[str | None, list[dict[str, Any]]]]:
        """The company's row of the KPI table and each team's."""
        for team in (None, *self.drawn.teams):
            yield team, [self._cell(kpi.id, team) for kpi in COLUMNS]

    def columns(self) -> list[str]:
        return [kpi.name for kpi in COLUMNS]

    def block(self, team: str | None) -> Block:
        """The company's part, or a team's."""
        return Block(self.drawn, self.added, team)

    def team_headline(self, team: str) -> str:
        """How the team's tasks ended, in one sentence."""
        mine = self.drawn.of_team(self.drawn.ended, team)
        ends = dict(mine.group_by("status").len().iter_rows())
        parts = [f"{ends.get(status, 0):,} {status}" for status in ("completed", "escalated", "failed")]
        return f"{mine.height:,} tasks ended: {', '.join(parts)}."

    def movements(self, team: str | None = None, *, every: bool = True) -> list[dict[str, str]]:
        """What truly changed against the period before, the company first; of one scope unless `every`."""
        clear = self.moved.filter(pl.col("verdict") != "unclear")
        mine = clear if every else clear.filter(pl.col("team").eq_missing(pl.lit(team)))
        return [_movement(row) for row in mine.iter_rows(named=True)]

    @property
    def moved_note(self) -> str:
        """How much of what seems to have moved would do so by chance, in one sentence."""
        compared = self.moved.height - self.moved["low"].null_count()
        return (
            "Only changes whose 95\u00a0% interval leaves out zero; "
            f"of {compared} compared, about {compared * (1 - CONFIDENCE):.0f} would do so by chance alone."
        )

    @property
    def comparable(self) -> bool:
        """Whether the period before had anything to compare with."""
        return bool(self.moved["before"].is_not_null().any())

    def attention(self) -> list[dict[str, Any]]:
        return list(self.drawn.attention.iter_rows(named=True))

    def reason_rows(self, team: str | None) -> list[dict[str, str]]:
        """Why people were called, in words."""
        mine = self.drawn.of_team(self.drawn.reasons, team)
        return [
            {
                "reason": reason(row["reason"]),
                "times": str(row["escalations"]),
                "share": figure(row["share"], "share"),
                "interval": interval(row["low"], row["high"], "share"),
                "minutes": f"{row['human_minutes']:.0f}",
            }
            for row in mine.iter_rows(named=True)
        ]

    def agent_rows(self) -> list[dict[str, str]]:
        """Every agent, those that call people least first."""
        return [_agent(row) for row in self.drawn.agents.iter_rows(named=True)]

    def cost_rows(self) -> list[dict[str, str]]:
        parts = ("model_cost_usd", "tool_cost_usd", "compute_cost_usd", "human_cost_usd", "total_cost_usd")
        return [
            {"team": row["team"] or "company", "minutes": f"{row['human_minutes']:.0f}"}
            | {name: money(float(row[name])) for name in parts}
            for row in self.drawn.costs.iter_rows(named=True)
        ]

    def chart(self, name: str) -> Markup:
        """One of the section's charts as HTML; its script is `plotly.min.js` beside the page."""
        drawing: go.Figure = {
            "outcomes": lambda: charts.outcomes(self.drawn.ended),
            "trend": lambda: charts.trend(self.drawn.trend(COMPLETION_RATE.id, "1d")[1], COMPLETION_RATE.id),
            "completion": lambda: charts.by_team(self.drawn.table, COMPLETION_RATE.id),
            "cost": lambda: charts.by_team(self.drawn.table, TOTAL_COST_COMPLETED.id),
            "money": lambda: charts.money(self.drawn.costs),
            "reasons": lambda: charts.reasons(self.drawn.of_team(self.drawn.reasons, None)),
        }[name]()
        html = drawing.to_html(
            full_html=False,
            include_plotlyjs=False,
            config=charts.CONFIG,
            div_id=f"{self.drawn.model_source}-{name}",
        )
        return Markup(html)  # noqa: S704 - made by Plotly, which escapes the texts it is given

    def _cell(self, kpi_id: str, team: str | None) -> dict[str, Any]:
        row = self.drawn.kpi(kpi_id, team)
        unit = BY_ID[kpi_id].unit
        moved = self.moved.filter(pl.col("kpi") == kpi_id, pl.col("team").eq_missing(pl.lit(team)))
        return {
            "name": BY_ID[kpi_id].name,
            "value": figure(row["value"], unit),
            "interval": interval(row["low"], row["high"], unit),
            "n": f"{row['n']:,}",
            "verdict": moved["verdict"][0] if moved.height else "unclear",
            "change": _change(moved.row(0, named=True)) if moved.height else "",
        }


def _change(row: dict[str, Any]) -> str:
    """How far it moved since the period before; empty when that cannot be said."""
    if row["change"] is None:
        return ""
    sign = "+" if row["change"] >= 0 else "−"
    size = abs(row["change"])
    if row["unit"] == "share":
        return f"{sign}{size * 100:.1f} points"
    return f"{sign}{figure(size, row['unit'])}"


def _movement(row: dict[str, Any]) -> dict[str, str]:
    kpi = BY_ID[row["kpi"]]
    return {
        "team": row["team"] or "company",
        "name": kpi.name,
        "verdict": row["verdict"],
        "text": f"{figure(row['before'], kpi.unit)} to {figure(row['now'], kpi.unit)} ({_change(row)})",
    }


def _agent(row: dict[str, Any]) -> dict[str, str]:
    return {
        "team": row["team"],
        "agent": row["agent"].replace("_", " "),
        "tasks": f"{row['tasks']:,}",
        "called": figure(row["called_share"], "share"),
        "interval": interval(row["low"], row["high"], "share"),
        "right": f"{row['correct']} of {row['scored']}" if row["scored"] else "not scored",
        "refused": str(row["refused"]),
        "cost": money(float(row["model_cost_usd"])),
    }
