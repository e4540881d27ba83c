"""`muster review`: write the weekly review, and record that it was."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from muster.cli.output import print_json

app = typer.Typer(help="Write the weekly review.")


@app.command()
def review(
    week: Annotated[str | None, typer.Option(help="Such as 2026-W47; the present week.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every figure as JSON.")] = False,
) -> None:
    """Write the review of a week as HTML with charts, and print its summary."""
    from muster.reports.week import Week

    chosen = str(Week.parse(week)) if week else str(Week.of(datetime.now(UTC)))

    from muster.core.settings import load_settings
    from muster.ledger.reader import LedgerReader
    from muster.reports.publish import publish_review
    from muster.reports.weekly_review import WrittenReview
    from muster.wiring import database_url, open_ledger

    settings = load_settings()

    async def publish() -> WrittenReview:
        async with open_ledger(settings, pool_size=1) as ledger:
            reader = LedgerReader.of(settings, database_url(settings))
            return await publish_review(ledger, reader, settings, chosen)

    written = asyncio.run(publish())
    if as_json:
        print_json({"html": str(written.html_path), "sha256": written.sha256, "figures": written.figures})
        return
    typer.echo(written.markdown)
    typer.echo(f"written to {written.html_path}")
