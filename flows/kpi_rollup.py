"""Rolls up a day's figures, so that trends need not read the whole record."""

import asyncio
from datetime import date, timedelta

from prefect import flow, get_run_logger

from muster.core.settings import load_settings
from muster.reports.assumptions.people import load_human_cost
from muster.reports.frame_store import FrameStore
from muster.reports.rollup import roll_up
from muster.wiring import database_url, open_ledger


@flow(name="kpi-rollup", retries=2, retry_delay_seconds=30)
async def kpi_rollup(day: date | None = None) -> int:
    """Keep the figures of `day` (yesterday when not given); gives the number of rows."""
    settings = load_settings()
    async with open_ledger(settings) as ledger:
        chosen = day or ledger.clock.now().date() - timedelta(days=1)
        store = FrameStore.of(settings, database_url(settings))
        rows = await roll_up(
            ledger, await asyncio.to_thread(store.frames), chosen, load_human_cost(settings.assumptions_dir)
        )
    get_run_logger().info("%s: %d rows", chosen, rows)
    return rows
