"""Rolls up a day's figures, so that trends need not read the whole record."""

from datetime import UTC, date, datetime, timedelta

from prefect import flow, get_run_logger

from muster.analysis.human import HumanCost
from muster.core.settings import load_settings
from muster.ledger.reader import LedgerReader
from muster.reports.rollup import roll_up
from muster.wiring import database_url, open_ledger

_LONGEST_TASK = timedelta(days=14)
"""How long before its end a task may have arrived and still count whole."""


@flow(name="kpi-rollup", retries=2, retry_delay_seconds=30)
async def kpi_rollup(day: date | None = None) -> int:
    """Keep the figures of `day` (yesterday when not given); gives the number of rows."""
    settings = load_settings()
    async with open_ledger(settings) as ledger:
        chosen = day or ledger.clock.now().date() - timedelta(days=1)
        begins_at = datetime.combine(chosen, datetime.min.time(), UTC)
        events = LedgerReader.of(settings, database_url(settings)).scan(
            since=begins_at - _LONGEST_TASK, until=begins_at + timedelta(days=2)
        )
        rows = await roll_up(ledger, events, chosen, HumanCost())
    get_run_logger().info("%s: %d rows", chosen, rows)
    return rows
