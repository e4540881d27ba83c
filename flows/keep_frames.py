"""Keeps the ready-made frames near the end of the record, so that pages and reports open at once."""

import asyncio

from prefect import flow, get_run_logger

from muster.core.settings import load_settings
from muster.reports.frame_store import FrameStore
from muster.wiring import database_url


@flow(name="keep-frames", retries=1, retry_delay_seconds=60)
async def keep_frames() -> bool:
    """Whether enough was new to be written."""
    settings = load_settings()
    store = FrameStore.of(settings, database_url(settings))
    written = await asyncio.to_thread(store.keep)
    if written:
        get_run_logger().info("frames of the sealed record are kept")
    return written
