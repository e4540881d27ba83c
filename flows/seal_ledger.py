"""Seals what was recorded since the last seal, and has the checkpoint stamped where an authority is set."""

from prefect import flow, get_run_logger

from muster.core.settings import load_settings
from muster.ledger.home import LedgerHome
from muster.ledger.months import open_months
from muster.ledger.seal import seal_ledger as seal_events
from muster.ledger.timestamps import stamp_seals
from muster.wiring import open_ledger


@flow(name="seal-ledger", retries=2, retry_delay_seconds=15)
async def seal_ledger() -> int:
    """The number of events that were sealed."""
    settings = load_settings()
    log = get_run_logger()
    async with open_ledger(settings) as ledger:
        await open_months(ledger)
        seals = await seal_events(ledger, LedgerHome.of(settings))
        for seal in seals:
            log.info(
                "%d events sealed, %d in all, root %s", seal.events, seal.tree_size, seal.root_sha256.hex()
            )
        if settings.timestamp_url is not None:
            stamping = await stamp_seals(ledger, settings.timestamp_url)
            if stamping.failure is not None:
                log.warning("not stamped, made up later: %s", stamping.failure)
    return sum(seal.events for seal in seals)
