"""The monthly parts of the table of events, made before they are needed."""

from datetime import timedelta

from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

_ENSURE = load("muster.ledger", "ensure_month")


async def open_months(ledger: PostgresLedger) -> None:
    """Make sure that events of this month and of the next one have a place to go.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    today = ledger.clock.now().date()
    next_month = today.replace(day=1) + timedelta(days=31)
    for day in (today, next_month):
        await ledger.fetch(_ENSURE, {"day": day})
