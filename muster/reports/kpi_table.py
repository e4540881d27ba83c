"""The numbers in the terminal: KPIs, escalations and money as tables."""

from typing import Any, Final

import polars as pl
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from muster.analysis.definitions import (
    ACCURACY,
    COMPLETION_RATE,
    ESCALATION_RATE,
    TIME_P50,
    TIME_P95,
    TOTAL_COST_COMPLETED,
)
from muster.analysis.figures import figure, interval, money, reason, source_label
from muster.analysis.picture import Picture

WIDTH: Final = 116
"""Columns the tables take; give a console without a terminal this width."""
_COMPANY: Final = "company"
_SHOWN: Final = {
    "completed": COMPLETION_RATE,
    "escalated": ESCALATION_RATE,
    "right": ACCURACY,
    "time p50": TIME_P50,
    "time p95": TIME_P95,
    "cost a result": TOTAL_COST_COMPLETED,
}


def print_numbers(console: Console, drawn: list[Picture]) -> None:
    """Print what every picture shows; one sentence when nothing has ended."""
    if not drawn:
        console.print("No task has ended yet: there is nothing to count.")
    for one in drawn:
        console.print(Text(source_label(one.model_source), style="bold"))
        console.print(kpi_table(one))
        if one.escalations.height:
            console.print(escalation_table(one))
        console.print(cost_table(one))


def kpi_table(drawn: Picture) -> Table:
    """The KPIs by team and for the company, each with its 95 % interval below it."""
    table = _table("KPIs (95 % interval below)", caption=f"people's time: {drawn.attention_label}")
    table.add_column("team")
    for name in ("ended", *_SHOWN):
        table.add_column(name, justify="right", no_wrap=True)
    for team in (*drawn.teams, None):
        ended = drawn.kpi(COMPLETION_RATE.id, team)["n"]
        cells = [_cell(drawn.kpi(kpi.id, team)) for kpi in _SHOWN.values()]
        table.add_row(team or _COMPANY, str(ended), *cells, style="" if team else "bold")
    return table


def escalation_table(drawn: Picture) -> Table:
    """Why people were called, by team, the most frequent reason first."""
    table = _table("Escalations by reason")
    for name in ("team", "reason"):
        table.add_column(name)
    for name in ("times", "share of the team's", "95 % interval", "minutes (assumed)"):
        table.add_column(name, justify="right")
    last = None
    for row in drawn.reasons.filter(pl.col("team").is_not_null()).iter_rows(named=True):
        table.add_row(
            row["team"] if row["team"] != last else "",
            reason(row["reason"]),
            str(row["escalations"]),
            figure(row["share"], "share"),
            interval(row["low"], row["high"], "share"),
            f"{row['human_minutes']:.0f}",
        )
        last = row["team"]
    return table


def cost_table(drawn: Picture) -> Table:
    """Money by team: models, tools and people apart and together."""
    table = _table("Cost of the ended tasks")
    table.add_column("team")
    for name in ("model calls", "tokens in", "tokens out", "models", "tools", "compute", "people", "total"):
        table.add_column(name, justify="right")
    teams = [drawn.of_team(drawn.costs, team) for team in (*drawn.teams, None)]
    for row in pl.concat(teams).iter_rows(named=True):
        team = row["team"]
        table.add_row(team or _COMPANY, *_amounts(row), style="" if team else "bold")
    return table


def _amounts(row: dict[str, Any]) -> list[str]:
    tokens_in = row["input_tokens"] + row["cache_read_tokens"] + row["cache_write_tokens"]
    counts = [f"{count:,}" for count in (row["model_calls"], tokens_in, row["output_tokens"])]
    parts = ("model_cost_usd", "tool_cost_usd", "compute_cost_usd", "human_cost_usd", "total_cost_usd")
    return counts + [money(float(row[name])) for name in parts]


def _cell(row: dict[str, Any]) -> Text:
    cell = Text(figure(row["value"], row["unit"]))
    ends = interval(row["low"], row["high"], row["unit"])
    below = ends if row["value"] is not None else f"n {row['n']}"
    return cell.append(f"\n{below}", style="dim not bold")


def _table(title: str, caption: str | None = None) -> Table:
    return Table(
        title=title,
        caption=caption,
        box=box.SIMPLE_HEAD,
        title_justify="left",
        caption_justify="left",
        title_style="bold",
        pad_edge=False,
    )
