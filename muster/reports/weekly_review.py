"""The weekly or monthly review, for those who answer for the agents: HTML, PDF, and a summary as Markdown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from muster.analysis.frames import EVENTS, TEXT
from muster.analysis.human import HumanCost
from muster.analysis.picture import Picture, pictures
from muster.analysis.ready import ReadyFrames, frames_of
from muster.analysis.review.addition import addition
from muster.analysis.review.budgets import model_spending
from muster.analysis.review.clusters import last_calls
from muster.analysis.review.standing import Standing
from muster.analysis.trend import changes
from muster.core.canonical import Json, sha256_hex
from muster.core.clock import Clock
from muster.reports.edition import Edition, Month, edition
from muster.reports.plain import plain, rows
from muster.reports.review.archive import ReviewNotWrittenError, archive
from muster.reports.review.document import Document, document
from muster.reports.review.page import html_page, summary_markdown
from muster.reports.review.pdf import PdfNotMadeError, pdf_pages
from muster.reports.review.roi_part import RoiPart, roi_part, roi_plain
from muster.reports.review_section import Section

__all__ = ["PdfNotMadeError", "ReviewNotWrittenError", "WrittenReview", "write_review"]

Calls: TypeAlias = Callable[[], pl.LazyFrame]


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
    record: pl.LazyFrame | pl.DataFrame | ReadyFrames,
    name: str,
    reports_dir: Path,
    clock: Clock,
    human: HumanCost | None = None,
    standing: Standing | None = None,
    calls: Calls | None = None,
    assumptions_dir: Path | None = None,
) -> WrittenReview:
    """The review of a week (`2026-W47`) or a month (`2026-11`), archived in `reports_dir`.

    It is written as `weekly-2026-W47.html`, `.pdf` and `.json`, and the folder's `index.html` lists it. The
    page's charts need `plotly.min.js`, which is put beside it once; nothing is fetched from outside. A review
    written before of the same period is replaced.

    Args:
        record: ready-made frames, or `Events` with whole tasks of this period and the one before.
        standing: limits, waits and decisions; without it the review says nothing of them.
        calls: gives the `Events` in which to look for the last tool before an escalation; asked only when
            people were called. Without it those of `record`, and none where that is ready-made frames.
        assumptions_dir: of a monthly edition: what its part on return and payback assumes; None leaves the
            part out.

    Raises:
        WeekError, MonthError, EditionError: there is no such period.
        FrameError: a frame is not an event frame.
        PdfNotMadeError: the PDF cannot be set; nothing is written.
        ReviewNotWrittenError: the folder cannot be written to.
    """
    of, frames, now = edition(name), frames_of(record), clock.now()
    held = (standing or Standing()).by_source(frames.tasks)
    events = EVENTS.empty().lazy() if isinstance(record, ReadyFrames) else record.lazy()
    sections = _sections(frames, of, human or HumanCost(), held, now, calls or (lambda: events))
    roi = None
    if assumptions_dir is not None and isinstance(of, Month):
        roi = roi_part(frames.tasks, assumptions_dir)
    told = document(sections, of, held.waits, now, (frames.events, frames.last_seq), roi)
    html, pdf = html_page(told, sections).encode(), pdf_pages(told, now)
    figures = _figures(sections, of, roi)
    html_path, pdf_path = archive(reports_dir, told, html, pdf, figures)
    return WrittenReview(
        html_path, pdf_path, summary_markdown(told), sha256_hex(html), sha256_hex(pdf), figures, told
    )


def _sections(
    frames: ReadyFrames, of: Edition, human: HumanCost, standing: Standing, now: datetime, calls: Calls
) -> list[Section]:
    before = {
        drawn.model_source: drawn for drawn in pictures(frames, human=human, now=now, period=of.before.period)
    }
    drawn = pictures(frames, human=human, now=now, period=of.period)
    called = _last_calls(drawn, calls)
    sections = []
    for place, one in enumerate(drawn):
        earlier = before.get(one.model_source)
        added = addition(
            one,
            earlier,
            calls=called,
            spent=model_spending(frames.spend, of.period),
            standing=standing.of(one.model_source, first=place == 0),
            now=now,
            span=of.span,
            days=of.day_count,
        )
        sections.append(Section(one, _moved(one, earlier), added))
    return sections


def _last_calls(drawn: Sequence[Picture], calls: Calls) -> pl.DataFrame:
    """The last tool before each escalation: one pass over the events, none where nobody was called."""
    raised = [one.escalations.select("task_id") for one in drawn if one.escalations.height]
    if not raised:
        return last_calls(EVENTS.empty().lazy(), pl.LazyFrame(schema={"task_id": TEXT})).collect()
    return last_calls(calls(), pl.concat(raised).unique().lazy()).collect(engine="streaming")


def _moved(drawn: Picture, before: Picture | None) -> pl.DataFrame:
    return changes(drawn.table, drawn.table.clear() if before is None else before.table)


def _figures(sections: Sequence[Section], of: Edition, roi: RoiPart | None) -> dict[str, Json]:
    sources = []
    for place, section in enumerate(sections):
        told = _source(section)
        if roi is not None:
            told["roi"] = roi_plain(roi, section.drawn.model_source, first=place == 0)
        sources.append(told)
    named: dict[str, Any] = {"edition": of.edition, of.span: str(of)}
    return {**named, "sources": sources}


def _source(section: Section) -> dict[str, Json]:
    added = section.added
    return {
        **plain(section.drawn),
        "changes": rows(section.moved),
        "drivers": rows(added.drivers),
        "escalation_clusters": rows(added.clusters),
        "budgets": rows(added.budgets),
        "waiting": rows(added.ageing),
        "availability": rows(added.promise.availability),
        "outages": rows(added.promise.outages),
        "time_to_restore": rows(added.promise.restoring),
        "proposed_actions": rows(added.actions),
    }
