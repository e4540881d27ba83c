"""Publishes the weekly review: the file, and its place in the record."""

from muster.analysis.human import HumanCost
from muster.core.settings import Settings
from muster.ledger.events import EventContext, ReportPublished
from muster.ledger.postgres import PostgresLedger
from muster.ledger.reader import LedgerReader
from muster.reports.frame_files import FrameFiles
from muster.reports.frame_store import FrameStore, frames_dir
from muster.reports.week import Week
from muster.reports.weekly_review import WrittenReview, write_review

_REVIEWER = EventContext(actor="service:figures")


async def publish_review(
    ledger: PostgresLedger, reader: LedgerReader, settings: Settings, week: str | None = None
) -> WrittenReview:
    """Write the review of `week` (the last whole one when not given) and record where it is.

    Raises:
        WeekError: there is no such week.
        ReviewNotWrittenError: the reports folder cannot be written to.
        LedgerUnavailableError: the database is away.
    """
    chosen = week or str(Week.of(ledger.clock.now()).before)
    frames = FrameStore(reader, FrameFiles(frames_dir(settings))).frames()
    review = write_review(frames, chosen, settings.reports_dir, ledger.clock, HumanCost())
    published = ReportPublished(
        report="weekly-review", period=chosen, path=str(review.html_path), sha256=review.sha256
    )
    await ledger.append(published, _REVIEWER)
    return review
