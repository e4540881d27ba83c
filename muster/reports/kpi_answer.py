"""How the agents are doing, in words."""

from typing import Any

import polars as pl

from muster.analysis.definitions import COLUMNS, COMPLETION_RATE, ESCALATION_RATE, KPIS, Kpi, target
from muster.analysis.figures import figure, interval, source_label
from muster.analysis.picture import Picture

_ENDS = ("completed", "escalated", "failed")


def kpi_markdown(pictures: list[Picture]) -> str:
    """The answer as Markdown: what ended, whether the targets are met, a table of teams with every interval.

    Each model source gets a part of its own.
    """
    if not pictures:
        return "No task has ended yet: there is nothing to count."
    parts = []
    for drawn in pictures:
        ends = ", ".join(f"{drawn.count(status):,} {status}" for status in _ENDS)
        lines = [f"{drawn.ended.height:,} tasks ended: {ends}.", *_against_targets(drawn)]
        parts += [
            f"**{source_label(drawn.model_source)}**",
            "\n".join(f"- {line}" for line in lines),
            _table(drawn),
        ]
    return "\n\n".join(parts)


def every_kpi(drawn: Picture, team: str | None = None) -> pl.DataFrame:
    """Every KPI of the company or a team as people read it: name, figure, interval, n and what n counts."""
    rows = [(kpi, drawn.kpi(kpi.id, team)) for kpi in KPIS]
    return pl.DataFrame(
        {
            "KPI": [kpi.name for kpi, _ in rows],
            "figure": [figure(row["value"], kpi.unit) for kpi, row in rows],
            "95 % interval": [interval(row["low"], row["high"], kpi.unit) for kpi, row in rows],
            "n": [row["n"] for _, row in rows],
            "n counts": [kpi.denominator for kpi, _ in rows],
        }
    )


def _against_targets(drawn: Picture) -> list[str]:
    """One line for each KPI with a target: met and missed only where the whole interval says so."""
    return [
        f"{kpi.name} is {figure(row['value'], kpi.unit)} ({interval(row['low'], row['high'], kpi.unit)}), "
        f"{target(kpi)}: {_standing(kpi, row)}."
        for kpi, row in ((kpi, drawn.kpi(kpi.id)) for kpi in KPIS if kpi.target is not None)
        if row["value"] is not None
    ]


def _standing(kpi: Kpi, row: dict[str, Any]) -> str:
    low, high, wanted = row["low"], row["high"], kpi.target
    if low is None or high is None or wanted is None:
        return "its interval has no end, so that cannot be told"
    meets = low >= wanted if kpi.better == "higher" else high <= wanted
    misses = high < wanted if kpi.better == "higher" else low > wanted
    return "met" if meets else "missed" if misses else "cannot be told yet"


def _table(drawn: Picture) -> str:
    kpis = [
        kpi for kpi in COLUMNS if kpi.id in {COMPLETION_RATE.id, ESCALATION_RATE.id} or kpi.unit != "share"
    ]
    head = ["team", "ended", *(kpi.name for kpi in kpis)]
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    for team in (*drawn.teams, None):
        cells = [_cell(drawn.kpi(kpi.id, team), kpi) for kpi in kpis]
        lines.append([team or "**company**", f"{drawn.kpi(COMPLETION_RATE.id, team)['n']:,}", *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(row: dict[str, Any], kpi: Kpi) -> str:
    ends = interval(row["low"], row["high"], kpi.unit)
    return f"{figure(row['value'], kpi.unit)} ({ends})" if ends else figure(row["value"], kpi.unit)
