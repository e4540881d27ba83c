"""The weekly or monthly review, for those who answer for the agents: HTML, PDF, and a summary as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from muster.analysis.human import HumanCost
from muster.analysis.picture import Picture, pictures
from muster.analysis.review.addition import Addition, addition
from muster.analysis.review.budgets import model_spending
from muster.analysis.review.clusters import last_calls
from muster.analysis.review.standing import Standing
from muster.analysis.trend import changes
from muster.core.canonical import Json, sha256_hex
from muster.core.clock import Clock
from muster.reports.edition import Edition, edition
from muster.reports.plain import plain, rows
from muster.reports.review.archive import ReviewNotWrittenError, archive
from muster.reports.review.document import Document, document
from muster.reports.review.page import html_page, summary_markdown
from muster.reports.review.pdf import PdfNotMadeError, pdf_pages
from muster.reports.review_section import Section

__all__ = ["PdfNotMadeError", "ReviewNotWrittenError", "WrittenReview", "write_review"]


@dataclass(frozen=True, slots=True)
class WrittenReview:
    """A review on disk."""

    html_path: Path
    pdf_path: Path
    markdown: str
    """The summary, for a Prefect artifact."""
    sha256: str
    """Of the HTML file, hexadecimal."""
    pdf_sha256: str
    """Of the PDF file, hexadecimal."""
    figures: dict[str, Json]
    """Every figure on the page, as plain values."""
    document: Document = field(repr=False)
    """The texts it was set from."""


def write_review(
    events: pl.LazyFrame | pl.DataFrame,
    name: str,
    reports_dir: Path,
    clock: Clock,
    human: HumanCost | None = None,
    standing: Standing | None = None,
) -> WrittenReview:
    """The review of a week (`2026-W47`) or a month (`2026-11`), archived in `reports_dir`.

    It is written as `weekly-2026-W47.html`, `.pdf` and `.json`, and the folder's `index.html` lists it. The
    page's charts need `plotly.min.js`, which is put beside it once; nothing is fetched from outside. A review
    written before of the same period is replaced.

    Args:
        events: the event frame, with whole tasks of this period and the one before.
        standing: limits, waits and decisions; without it the review says nothing of them.

    Raises:
        WeekError, MonthError, EditionError: there is no such period.
        FrameError: `events` is not an event frame.
        PdfNotMadeError: the PDF cannot be set; nothing is written.
        ReviewNotWrittenError: the folder cannot be written to.
    """
    of, events, now = edition(name), events.lazy(), clock.now()
    held = standing or Standing()
    sections = _sections(events, of, human or HumanCost(), held, now)
    told = document(sections, of, held.waits, now, _read(events))
    html, pdf = html_page(told, sections).encode(), pdf_pages(told, now)
    figures = _figures(sections, of)
    html_path, pdf_path = archive(reports_dir, told, html, pdf, figures)
    return WrittenReview(
        html_path, pdf_path, summary_markdown(told), sha256_hex(html), sha256_hex(pdf), figures, told
    )


def _sections(
    events: pl.LazyFrame, of: Edition, human: HumanCost, standing: Standing, now: datetime
) -> list[Section]:
    before = {
        drawn.model_source: drawn for drawn in pictures(events, human=human, now=now, period=of.before.period)
    }
    drawn = pictures(events, human=human, now=now, period=of.period)
    if not drawn:
        return []
    added = _added(events, of, drawn, before, standing, now)
    return [
        Section(one, _moved(one, before.get(one.model_source)), more)
        for one, more in zip(drawn, added, strict=True)
    ]


def _added(
    events: pl.LazyFrame,
    of: Edition,
    drawn: Sequence[Picture],
    before: dict[str, Picture],
    standing: Standing,
    now: datetime,
) -> list[Addition]:
    """What each section says beside its picture; the events are passed over three times."""
    raised = pl.concat([one.escalations.select("task_id") for one in drawn]).unique()
    calls = last_calls(events, raised.lazy()).collect(engine="streaming")
    spent = model_spending(events, of.period).collect(engine="streaming")
    standing = standing.by_source(events)
    return [
        addition(
            one,
            before.get(one.model_source),
            calls=calls,
            spent=spent,
            standing=standing.of(one.model_source, first=place == 0),
            now=now,
            span=of.span,
            days=of.day_count,
        )
        for place, one in enumerate(drawn)
    ]


def _moved(drawn: Picture, before: Picture | None) -> pl.DataFrame:
    return changes(drawn.table, drawn.table.clear() if before is None else before.table)


def _read(events: pl.LazyFrame) -> tuple[int, int | None]:
    """How many events there are, and the last one's place."""
    read = events.select(pl.len(), pl.col("seq").max()).collect(engine="streaming")
    return read["len"].item(), read["seq"].item()


def _figures(sections: Sequence[Section], of: Edition) -> dict[str, Json]:
    named: dict[str, Any] = {"edition": of.edition, of.span: str(of)}
    return {**named, "sources": [_source(section) for section in sections]}


def _source(section: Section) -> dict[str, Json]:
    added = section.added
    return {
        **plain(section.drawn),
        "changes": rows(section.moved),
        "drivers": rows(added.drivers),
        "escalation_clusters": rows(added.clusters),
        "budgets": rows(added.budgets),
        "waiting": rows(added.ageing),
        "proposed_actions": rows(added.actions),
    }
