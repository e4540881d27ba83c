"""Collects the mail that the SMTP door put down, and makes tasks of it."""

from prefect import flow, get_run_logger

from muster.core.settings import load_settings
from muster.intake import maildir
from muster.wiring import open_ledger


@flow(name="mail-intake", retries=2, retry_delay_seconds=5)
async def mail_intake() -> dict[str, int]:
    """One collection; gives how many messages were queued, duplicates, or quarantined."""
    settings = load_settings()
    async with open_ledger(settings) as ledger:
        collected = await maildir.collect(ledger, settings.maildir)
    counts = {
        "queued": collected.queued,
        "duplicates": collected.duplicates,
        "quarantined": collected.quarantined,
    }
    get_run_logger().info("mail: %s", counts)
    return counts
