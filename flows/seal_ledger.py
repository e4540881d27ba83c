"""Seals what was recorded since the last seal, has the checkpoint stamped where an authority is set, and
mirrors it."""

from prefect import flow, get_run_logger

from muster.core.settings import load_settings
from muster.ledger.keeping import keep_ledger
from muster.wiring import database_url, open_ledger


@flow(name="seal-ledger", retries=2, retry_delay_seconds=15)
async def seal_ledger() -> int:
    """The number of events that were sealed."""
    settings = load_settings()
    log = get_run_logger()
    async with open_ledger(settings) as ledger:
        kept = await keep_ledger(ledger, settings, database_url(settings))
    for seal in kept.seals:
        log.info("%d events sealed, %d in all, root %s", seal.events, seal.tree_size, seal.root_sha256.hex())
    for failure in kept.failures:
        log.warning("made up for later: %s", failure)
    return sum(seal.events for seal in kept.seals)
