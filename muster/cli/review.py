"""`muster review`: write the weekly review."""

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

    from muster.core.clock import SystemClock
    from muster.core.settings import load_settings
    from muster.ledger.reader import LedgerReader
    from muster.reports.weekly_review import write_review
    from muster.services.database import database_url

    settings = load_settings()
    events = LedgerReader.of(settings, database_url(settings)).scan()
    written = write_review(events, chosen, settings.reports_dir, SystemClock())
    if as_json:
        print_json({"html": str(written.html_path), "sha256": written.sha256, "figures": written.figures})
        return
    typer.echo(written.markdown)
    typer.echo(f"written to {written.html_path}")
