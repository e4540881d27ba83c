"""Writes the weekly review, archives and mails it, and shows its summary in the Prefect UI."""

from prefect import flow

from flows.review_steps import reviewed


@flow(name="weekly-review", retries=2, retry_delay_seconds=30)
async def weekly_review(week: str | None = None) -> str:
    """Review `week` such as 2026-W47, the last whole one when not given; gives the HTML file's path."""
    return await reviewed("weekly-review", week)
