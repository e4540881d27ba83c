"""Writes the weekly review, archives it and shows its summary in the Prefect UI."""

from prefect import flow, get_run_logger
from prefect.artifacts import acreate_markdown_artifact

from muster.core.settings import load_settings
from muster.ledger.reader import LedgerReader
from muster.reports.publish import publish_review
from muster.wiring import database_url, open_ledger


@flow(name="weekly-review", retries=2, retry_delay_seconds=30)
async def weekly_review(week: str | None = None) -> str:
    """Review `week` such as 2026-W47, the last whole one when not given; gives the HTML file's path."""
    settings = load_settings()
    async with open_ledger(settings) as ledger:
        review = await publish_review(
            ledger, LedgerReader.of(settings, database_url(settings)), settings, week
        )
    await acreate_markdown_artifact(
        key="weekly-review", markdown=review.markdown, description=str(review.html_path)
    )
    get_run_logger().info("written: %s", review.html_path)
    return str(review.html_path)
