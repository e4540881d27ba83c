"""Puts the mirror's files of each finished day together into one."""

from prefect import flow, get_run_logger

from muster.core.settings import load_settings
from muster.ledger.keeping import tidy_mirror as tidy
from muster.wiring import database_url, open_ledger


@flow(name="tidy-mirror", retries=2, retry_delay_seconds=60)
async def tidy_mirror() -> int:
    """The number of files that were made."""
    settings = load_settings()
    async with open_ledger(settings) as ledger:
        files = await tidy(ledger, settings, database_url(settings))
    for file in files:
        get_run_logger().info("%s: %d events", file.path, file.events)
    return len(files)
