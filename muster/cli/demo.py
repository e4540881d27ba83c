"""`muster demo`: the demo company's day, from the first mail to the figures."""

import asyncio
from typing import Annotated

import typer

from muster.cli.output import print_json

app = typer.Typer(help="Work through the demo company's day and show the figures.")


@app.command()
def demo(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Start the services, let a day of work arrive, have it done, and print what came of it.

    Each call is another day: the same company, other letters. Exit code 1 when a task did not come to an
    end or the ledger does not verify.
    """
    from rich.console import Console

    from muster.cli.progress import Steps
    from muster.core.settings import load_settings
    from muster.demo.day import live_through
    from muster.demo.day_report import as_values, day_pictures, print_day
    from muster.demo.edition import edition_seen, next_edition
    from muster.services.supervisor import DEMO_SERVICES, Fleet

    edition = next_edition(load_settings())
    settings = load_settings().model_copy(update={"demo_dir": edition.folder})
    fleet = Fleet(settings, services=DEMO_SERVICES)
    with Steps(Console(stderr=True, highlight=False)) as steps, fleet.running(steps.told):
        day = asyncio.run(live_through(settings, steps.told))
        edition_seen(settings, edition)
        drawn = day_pictures(settings, day)
    if as_json:
        print_json({"edition": edition.number, **as_values(day, drawn)})
    else:
        print_day(Console(highlight=False), day, drawn)
    if day.open_tasks or day.verdict.problems:
        raise typer.Exit(1)
