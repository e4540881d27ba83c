"""The mail channel's hand-over: mails in a Maildir become tasks."""

from pathlib import Path

from muster.intake.collecting import Arrival, Collected, take_in
from muster.intake.mail import named_destination, read_mail
from muster.intake.spool import Maildir
from muster.ledger.postgres import PostgresLedger


async def collect(ledger: PostgresLedger, maildir: Path, *, limit: int = 500) -> Collected:
    """What the new mails of a Maildir became; each is moved to `cur` once that is committed.

    A crash between the two is harmless: the mail is collected again and found to be known.

    Raises:
        LedgerUnavailableError: the database is away; mails not yet committed stay in `new`.
        OSError: a mail cannot be moved to `cur`.
    """
    box = Maildir(maildir)
    collected = Collected()
    for path in box.new(limit):
        arrival = Arrival(
            path=path,
            channel="mail",
            name=path.name,
            source=lambda raw: f"mail:{named_destination(raw) or 'unknown'}",
            read=lambda raw: read_mail(raw, ledger.clock.now()),
        )
        outcome = await take_in(ledger, arrival)
        collected += outcome
        if not outcome.left:
            box.seen(path)
    return collected
