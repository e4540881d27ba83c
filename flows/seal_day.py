"""Seals every past day of the ledger that has no seal yet."""

from prefect import flow, get_run_logger

from muster.core.settings import load_settings
from muster.ledger.seal import seal_days
from muster.wiring import open_ledger


@flow(name="seal-day", retries=3, retry_delay_seconds=30)
async def seal_day() -> list[str]:
    """The days that were sealed, as ISO dates."""
    async with open_ledger(load_settings()) as ledger:
        seals = await seal_days(ledger)
    for seal in seals:
        get_run_logger().info("%s: %d events, SHA-256 %s", seal.day, seal.events, seal.sha256)
    return [seal.day.isoformat() for seal in seals]
