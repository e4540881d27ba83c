"""`muster review`: write the review of a week or a month, record that it was, and mail it when asked to."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from muster.cli.output import print_json
from muster.core.errors import CallerError

if TYPE_CHECKING:
    from muster.reports.weekly_review import WrittenReview

app = typer.Typer(help="Write the review of a week or a month.")


class PeriodError(CallerError):
    """Two periods are asked for at once."""


@app.command()
def review(
    week: Annotated[str | None, typer.Option(help="Such as 2026-W47; the present week.")] = None,
    month: Annotated[str | None, typer.Option(help="Such as 2026-11, instead of a week.")] = None,
    mail: Annotated[bool, typer.Option("--mail", help="Mail it to the recipients in the settings.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print every figure as JSON.")] = False,
) -> None:
    """Write the review of a week or a month as HTML and PDF, and print its summary."""
    name = _period(week, month)
    written, sent = asyncio.run(_reviewed(name, mail=mail))
    if as_json:
        paths = {"html": str(written.html_path), "pdf": str(written.pdf_path)}
        print_json(
            {**paths, "sha256": written.sha256, "pdf_sha256": written.pdf_sha256, "mail": sent}
            | {"figures": written.figures}
        )
        return
    typer.echo(written.markdown)
    typer.echo(f"written to {written.html_path} and {written.pdf_path.name}")
    if sent is not None:
        typer.echo(f"mailed to {', '.join(sent['to'])}")
        for line in filter(None, [sent["reason"]]):
            typer.echo(f"refused: {line}")


def _period(week: str | None, month: str | None) -> str:
    """The week or month that is asked for, this week when neither is.

    Raises:
        WeekError, MonthError: it is none.
        PeriodError: both are given.
    """
    from muster.reports.edition import Month, Week

    if week and month:
        raise PeriodError("a review is of a week or of a month", do="give --week or --month, not both")
    if month:
        return str(Month.parse(month))
    return str(Week.parse(week)) if week else str(Week.of(datetime.now(UTC)))


async def _reviewed(name: str, *, mail: bool) -> "tuple[WrittenReview, dict[str, Any] | None]":
    """The review, archived and recorded; and who it was mailed to, when it was to be.

    Raises:
        MailSettingsError: nobody is set to mail it to; the review is archived all the same.
        MailNotSentError: it could not be mailed, which is recorded; the review is archived all the same.
    """
    from muster.core.settings import load_settings
    from muster.ledger.reader import LedgerReader
    from muster.reports.publish import mail_review, publish_review, record_not_mailed
    from muster.reports.review.mail import MailNotSentError, MailSettingsError
    from muster.wiring import database_url, open_ledger

    settings = load_settings()
    async with open_ledger(settings, pool_size=1) as ledger:
        reader = LedgerReader.of(settings, database_url(settings))
        written = await publish_review(ledger, reader, settings, name)
        if not mail:
            return written, None
        try:
            delivery = await mail_review(ledger, settings, written.html_path)
        except MailNotSentError as error:
            await record_not_mailed(ledger, settings, written.html_path, error)
            raise
        if delivery is None:
            raise MailSettingsError(
                "the review is written and was not mailed: no mail server or no recipients are set",
                where=str(written.html_path),
                do="set MUSTER_MAIL_HOST and MUSTER_REVIEW_RECIPIENTS",
            )
    told = {"to": delivery.taken, "refused": delivery.refused, "reason": delivery.reason}
    return written, told
