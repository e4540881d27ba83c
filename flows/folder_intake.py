"""Collects the documents that were put into the watched folders, and makes tasks of them."""

from prefect import flow, get_run_logger

from muster.core.settings import load_settings
from muster.intake import folder
from muster.wiring import open_ledger


@flow(name="folder-intake", retries=2, retry_delay_seconds=5)
async def folder_intake() -> dict[str, int]:
    """One collection; gives how many documents were queued, duplicates, or quarantined."""
    settings = load_settings()
    async with open_ledger(settings) as ledger:
        collected = await folder.collect(ledger, settings.drop_dir)
    counts = {
        "queued": collected.queued,
        "duplicates": collected.duplicates,
        "quarantined": collected.quarantined,
    }
    get_run_logger().info("folder: %s", counts)
    return counts
