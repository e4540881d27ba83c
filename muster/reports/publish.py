"""Publishes a review: the files, their place in the record, and last the mail, which can lose nothing."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Final

import polars as pl

from muster.analysis.review.clusters import CALL_KINDS
from muster.core.canonical import sha256_hex
from muster.core.settings import Settings
from muster.ledger.events import EventContext, ReportPublished, ReportSent
from muster.ledger.postgres import PostgresLedger
from muster.ledger.reader import LedgerReader
from muster.reports.assumptions.people import load_human_cost
from muster.reports.edition import Edition, Month, Week, edition
from muster.reports.frame_files import FrameFiles
from muster.reports.frame_store import FrameStore, frames_dir
from muster.reports.review.archive import ArchivedReview, archived, note_mail
from muster.reports.review.mail import Delivery, MailNotSentError, MailPost, hand_in, review_mail
from muster.reports.review.standing import read_standing
from muster.reports.weekly_review import WrittenReview, write_review

_LONGEST_TASK: Final = timedelta(days=14)
"""How long before its end a task may have called a tool and the call is still told."""
_REVIEWER: Final = EventContext(actor="service:figures")


async def publish_review(
    ledger: PostgresLedger, reader: LedgerReader, settings: Settings, name: str | None = None
) -> WrittenReview:
    """Write the review of a week or month (the last whole week when not given) and record where it is.

    Raises:
        WeekError, MonthError, EditionError: there is no such period.
        StandardError, SpendingFileError: the company's standard or budgets cannot be used.
        PdfNotMadeError: the PDF cannot be set.
        ReviewNotWrittenError: the reports folder cannot be written to.
        LedgerUnavailableError: the database is away.
    """
    of = _chosen(name, ledger)
    standing = await read_standing(ledger, settings, of.period)

    def write() -> WrittenReview:
        frames = FrameStore(reader, FrameFiles(frames_dir(settings))).frames()
        return write_review(
            frames,
            str(of),
            settings.reports_dir,
            ledger.clock,
            load_human_cost(settings.assumptions_dir),
            standing,
            lambda: _calls(reader, of),
            settings.assumptions_dir,
        )

    review = await asyncio.to_thread(write)
    published = ReportPublished(
        report=f"{of.edition}-review",
        period=str(of),
        path=str(review.html_path),
        sha256=review.sha256,
        pdf_path=str(review.pdf_path),
        pdf_sha256=review.pdf_sha256,
    )
    await ledger.append(published, _REVIEWER)
    return review


async def mail_review(ledger: PostgresLedger, settings: Settings, html_path: Path) -> Delivery | None:
    """Mail an archived review as the settings say, and record to whom; None when nobody is to get it.

    A mail that is not sent is not recorded here, since it may be tried again: see `record_not_mailed`.

    Raises:
        ReviewNotFoundError: the review is not there.
        MailSettingsError: the settings for mail cannot be used.
        MailNotSentError: the server is away, or takes it for nobody.
        ReviewNotWrittenError: the list of reviews cannot be written.
        LedgerUnavailableError: the mail is sent, and the database is away.
    """
    post = MailPost.of(settings)
    if post is None:
        return None
    review = archived(html_path)
    mail = review_mail(review, post, ledger.clock.now())
    delivery = await asyncio.to_thread(hand_in, mail, post)
    status = "partly" if delivery.refused else "sent"
    told = f"mailed to {len(delivery.taken)}" + (
        f", refused for {len(delivery.refused)}" if delivery.refused else ""
    )
    await ledger.append(_sent(review, post, mail["Message-ID"], status, delivery), _REVIEWER)
    note_mail(html_path, told)
    return delivery


async def record_not_mailed(
    ledger: PostgresLedger, settings: Settings, html_path: Path, error: MailNotSentError
) -> None:
    """Record that a review could not be mailed, and say so on the list of reviews.

    Raises:
        ReviewNotFoundError, ReviewNotWrittenError, LedgerUnavailableError: as `mail_review`.
    """
    post = MailPost.of(settings)
    if post is None:
        return
    review = archived(html_path)
    mail = review_mail(review, post, ledger.clock.now())
    nobody = Delivery((), post.recipients, str(error.fields["reason"]))
    await ledger.append(_sent(review, post, mail["Message-ID"], "failed", nobody), _REVIEWER)
    note_mail(html_path, "not mailed: " + str(error.fields["reason"]))


def _calls(reader: LedgerReader, of: Edition) -> pl.LazyFrame:
    """The events of calls and escalations around the period, and what people answered since."""
    since = of.period.since
    assert since is not None  # a week and a month have both ends
    return reader.scan(kinds=CALL_KINDS, since=since - _LONGEST_TASK)


def _sent(
    review: ArchivedReview, post: MailPost, message_id: str, status: str, delivery: Delivery
) -> ReportSent:
    return ReportSent.model_validate(
        {
            "report": f"{review.edition}-review",
            "period": review.name,
            "status": status,
            "recipients": delivery.taken,
            "refused": delivery.refused,
            "reason": delivery.reason,
            "server": post.server,
            "message_id": message_id,
            "sha256": sha256_hex(review.pdf),
        }
    )


def _chosen(name: str | None, ledger: PostgresLedger) -> Edition:
    return edition(name) if name else Week.of(ledger.clock.now()).before


def last_whole_month(ledger: PostgresLedger) -> str:
    """The name of the month before this one."""
    return str(Month.of(ledger.clock.now()).before)
