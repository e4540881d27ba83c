"""Writes the monthly review, archives and mails it, and shows its summary in the Prefect UI."""

from datetime import UTC, datetime

from prefect import flow

from flows.review_steps import reviewed
from muster.reports.month import Month


@flow(name="monthly-review", retries=2, retry_delay_seconds=30)
async def monthly_review(month: str | None = None) -> str:
    """Review `month` such as 2026-11, the last whole one when not given; gives the HTML file's path."""
    return await reviewed("monthly-review", month or str(Month.of(datetime.now(UTC)).before))
