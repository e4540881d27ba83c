"""The weekly review: one HTML page for those who answer for the agents, and its summary as Markdown."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from muster.analysis.definitions import COMPLETION_RATE
from muster.analysis.figures import source_label
from muster.analysis.human import HumanCost
from muster.analysis.picture import Picture, pictures
from muster.analysis.ready import ReadyFrames, frames_of
from muster.analysis.trend import changes
from muster.core.canonical import Json, sha256_hex
from muster.core.clock import Clock
from muster.core.errors import OperatorError
from muster.reports.plain import plain, rows
from muster.reports.review_section import Section
from muster.reports.week import Week

_TEMPLATES: Final = Environment(
    loader=PackageLoader("muster.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_SCRIPT: Final = "plotly.min.js"


class ReviewNotWrittenError(OperatorError):
    """The reports folder cannot be written to."""


@dataclass(frozen=True, slots=True)
class WrittenReview:
    """A review on disk."""

    html_path: Path
    markdown: str
    """The summary, for a Prefect artifact."""
    sha256: str
    """Of the HTML file, hexadecimal."""
    figures: dict[str, Json]
    """Every figure on the page, as plain values."""


def write_review(
    record: pl.LazyFrame | pl.DataFrame | ReadyFrames,
    week: str,
    reports_dir: Path,
    clock: Clock,
    human: HumanCost | None = None,
) -> WrittenReview:
    """The review of `week` (such as `2026-W47`), written to `reports_dir/weekly-2026-W47.html`.

    The page's charts need `plotly.min.js`, which is put beside it once; nothing is fetched from outside. A
    review written before of the same week is replaced.

    Args:
        record: ready-made frames, or `Events` with whole tasks of this week and the one before.

    Raises:
        WeekError: there is no such week.
        FrameError: the frame is not an event frame.
        ReviewNotWrittenError: the folder cannot be written to.
    """
    chosen, frames = Week.parse(week), frames_of(record)
    sections = _sections(frames, chosen, human or HumanCost(), clock.now())
    html = _html(sections, chosen, frames, clock.now()).encode()
    path = reports_dir / f"weekly-{chosen}.html"
    try:
        reports_dir.mkdir(parents=True, exist_ok=True)
        if not (reports_dir / _SCRIPT).exists():
            _replace(reports_dir / _SCRIPT, get_plotlyjs().encode())
        _replace(path, html)
    except OSError as error:
        raise ReviewNotWrittenError(
            f"the review cannot be written: {error.strerror}",
            where=str(error.filename or reports_dir),
            do="make room, or let muster write to this folder",
        ) from error
    return WrittenReview(path, _markdown(sections, chosen), sha256_hex(html), _figures(sections, chosen))


def _sections(frames: ReadyFrames, week: Week, human: HumanCost, now: datetime) -> list[Section]:
    before = {
        drawn.model_source: drawn
        for drawn in pictures(frames, human=human, now=now, period=week.before.period)
    }
    return [
        Section(drawn, _moved(drawn, before.get(drawn.model_source)))
        for drawn in pictures(frames, human=human, now=now, period=week.period)
    ]


def _moved(drawn: Picture, before: Picture | None) -> pl.DataFrame:
    return changes(drawn.table, drawn.table.clear() if before is None else before.table)


def _html(sections: list[Section], week: Week, frames: ReadyFrames, now: datetime) -> str:
    return _TEMPLATES.get_template("weekly_review.html.j2").render(
        sections=sections,
        week=week,
        rehearsal_label=source_label("rehearsal"),
        made_at=f"{now:%d %B %Y %H:%M} UTC",
        events=frames.events,
        last_seq=frames.last_seq,
    )


def _figures(sections: list[Section], week: Week) -> dict[str, Json]:
    sources: list[Json] = [{**plain(one.drawn), "changes": rows(one.moved)} for one in sections]
    return {"week": str(week), "sources": sources}


def _markdown(sections: list[Section], week: Week) -> str:
    lines = [f"# Agent review, week {week.number} of {week.year}", week.days]
    if not sections:
        lines.append("No task ended in this week.")
    for section in sections:
        lines += [f"**{section.label}**", f"{section.headline} {section.money_line}", _table(section)]
        if section.attention():
            lines += ["## Needs attention", _points(section)]
    return "\n\n".join(lines) + "\n"


def _table(section: Section) -> str:
    head = ["team", *section.columns()]
    body = [[team or "**company**", *(_cell(cell) for cell in cells)] for team, cells in section.team_rows()]
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(cell: dict[str, Any]) -> str:
    ends = f" ({cell['interval']})" if cell["interval"] else ""
    return (
        f"{cell['value']}{ends}"
        if cell["name"] != COMPLETION_RATE.name
        else f"{cell['value']}{ends}, n {cell['n']}"
    )


def _points(section: Section) -> str:
    return "\n".join(
        f"- {'**act**' if point['severity'] == 'act' else 'watch'}: "
        + (f"{point['team']}: " if point["team"] else "")
        + str(point["what"])
        for point in section.attention()
    )


def _replace(path: Path, content: bytes) -> None:
    """Write whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
