"""`muster ledger`: check, seal, prove, export and rebuild the record, and ask it."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from muster.cli import ledger_serve, rebuild, seals, verify
from muster.cli.actor import person
from muster.cli.output import print_json

app = typer.Typer(no_args_is_help=True, help="Check, seal, prove, export and rebuild the record.")
verify.register(app)
seals.register(app)
rebuild.register(app)
ledger_serve.register(app)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def migrate() -> None:
    """Bring the database to the schema this version needs."""
    from muster.core.settings import load_settings
    from muster.ledger.schema import migrate as apply
    from muster.wiring import database_url

    apply(database_url(load_settings()))
    typer.echo("the database has the schema this version needs")


@app.command()
def recover(as_json: AsJson = False) -> None:
    """Free what lost acts hold back of budgets, and resume whose pause is over; a flow does so too."""
    from muster.core.settings import load_settings
    from muster.ledger.pauses import resume_those_due
    from muster.ledger.recovery import Abandoned, abandon_lost_intents
    from muster.wiring import open_ledger

    async def run() -> tuple[list[Abandoned], list[str]]:
        async with open_ledger(load_settings()) as ledger:
            return await abandon_lost_intents(ledger), await resume_those_due(ledger)

    lost, resumed = asyncio.run(run())
    if as_json:
        print_json({"abandoned": [asdict(one) for one in lost], "resumed": resumed})
        return
    typer.echo(f"{len(lost)} lost acts, {sum(one.released_usd for one in lost)} USD freed")
    for one in lost:
        typer.echo(f"  {one.intent_id} of {one.task_id or 'no task'}: {one.released_usd} USD")
    for who in resumed:
        typer.echo(f"{who} may act again")


@app.command()
def detach(
    before: Annotated[datetime, typer.Argument(formats=["%Y-%m"], help="Months before this one: YYYY-MM.")],
    floor_days: Annotated[
        int, typer.Option(min=180, help="Days that must have gone by since a month's end.")
    ] = 180,
    unmirrored: Annotated[bool, typer.Option("--unmirrored", help="Also what is in no mirror file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take old months out of the searchable record, whole and unedited; their seals stay."""
    from muster.core.settings import load_settings
    from muster.ledger.events import MonthDetached
    from muster.ledger.retention import detach_months
    from muster.wiring import open_ledger

    async def run() -> list[MonthDetached]:
        actor = person()
        async with open_ledger(load_settings()) as ledger:
            return await detach_months(
                ledger, before.date(), floor_days=floor_days, actor=actor, mirrored_only=not unmirrored
            )

    gone = asyncio.run(run())
    if as_json:
        print_json([month.model_dump(mode="json") for month in gone])
        return
    for month in gone:
        typer.echo(f"{month.month:%Y-%m}: {month.events} events, now in ledger.{month.partition}")
    if not gone:
        typer.echo("no month is old enough")
