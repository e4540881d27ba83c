"""`muster ledger`: check the record."""

import asyncio
from typing import Annotated

import typer

from muster.cli.output import print_json

app = typer.Typer(no_args_is_help=True, help="Check the record.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Check every event, every run's chain and every sealed day; exit code 1 when something is wrong."""
    from muster.core.settings import load_settings
    from muster.ledger.verify import verify_ledger
    from muster.wiring import open_ledger

    async def run() -> "object":
        async with open_ledger(load_settings()) as ledger:
            return await verify_ledger(ledger)

    from muster.ledger.verify import Verdict

    verdict = asyncio.run(run())
    assert isinstance(verdict, Verdict)
    if as_json:
        print_json(verdict)
    else:
        typer.echo(verdict.sentence())
        for problem in verdict.problems:
            typer.echo(f"  {problem}")
    if verdict.problems:
        raise typer.Exit(1)


@app.command()
def migrate() -> None:
    """Bring the database to the schema this version needs."""
    from muster.core.settings import load_settings
    from muster.ledger.schema import migrate as apply
    from muster.wiring import database_url

    apply(database_url(load_settings()))
    typer.echo("the database has the schema this version needs")
