"""`muster model`: which model serves which role, what caching saves, and whether the table is sound."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.core.settings import Settings
    from muster.models.governance import ModelTableFile
    from muster.models.table import ModelTable

app = typer.Typer(no_args_is_help=True, help="Which model serves which role, and what caching saves.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_roles(as_json: AsJson = False) -> None:
    """The model table in force and its version; exit code 3 when the saved one is broken."""
    from muster.cli.root import complain
    from muster.core.settings import load_settings
    from muster.models.errors import ModelTableError
    from muster.models.governance import ModelTableFile
    from muster.reports.model_tables import prices, print_roles

    settings = load_settings()
    file = ModelTableFile(settings.policies_dir / "models.yaml")
    version = asyncio.run(_version(settings, file))
    try:
        table = file.current()
    except ModelTableError as error:
        complain(error)
        raise typer.Exit(error.exit_code) from None
    if as_json:
        problem = None if file.problem is None else str(file.problem)
        print_json(
            {
                "file": str(file.path),
                "version": version,
                "problem": problem,
                "roles": {role: choice.model_dump() for role, choice in table.roles.items()},
                "price_per_mtok": prices(table),
            }
        )
    else:
        print_roles(table, f"{version or 'not used yet'} · {file.path}")
    if file.problem is not None:
        complain(file.problem)
        typer.echo("  the table above, the last good one, stays in force until that is mended", err=True)
        raise typer.Exit(file.problem.exit_code)


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="A model table; the one in the policies folder.")
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask the model server whether it knows each model.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """What is wrong with a model table, before it is saved or after; exit code 3 when work would stop."""
    from muster.core.settings import load_settings
    from muster.models.checks import unknown, unpriced
    from muster.models.governance import load_table

    settings = load_settings()
    path = file or settings.policies_dir / "models.yaml"
    table = load_table(path)
    problems = unpriced(table)
    if ask:
        problems += asyncio.run(_asked(settings, lambda client: unknown(table, client.knows)))
    if as_json:
        found = [{"what": one.what, "do": one.do, "stops_work": one.stops_work} for one in problems]
        print_json({"file": str(path), "roles": sorted(table.roles), "problems": found})
    else:
        for one in problems:
            typer.echo(f"{'error' if one.stops_work else 'warning'}: {one.what}\n  do: {one.do}")
        if not problems:
            typer.echo(f"{path}: {len(table.roles)} roles, {len(table.models)} models, every price known")
    if any(one.stops_work for one in problems):
        raise typer.Exit(3)


@app.command()
def savings(
    since: Annotated[
        str | None, typer.Option(help="Calls since: 24h, 7d, 2w, a date or an RFC 3339 time; all.")
    ] = None,
    team: Annotated[str | None, typer.Option(help="One team; all.")] = None,
    as_json: AsJson = False,
) -> None:
    """What the prompt cache and batches saved, and where writing to the cache did not pay."""
    from muster.analysis.cache_savings import cache_savings
    from muster.core.moments import moment
    from muster.core.settings import load_settings
    from muster.ledger.reader import LedgerReader
    from muster.models.governance import ModelTableFile
    from muster.models.price_frame import token_prices
    from muster.reports.model_tables import print_savings
    from muster.reports.plain import rows
    from muster.services.database import database_url
    from muster.wiring import open_ledger

    settings = load_settings()
    start = None if since is None else moment(since, datetime.now(UTC))
    file = ModelTableFile(settings.policies_dir / "models.yaml")

    async def look() -> tuple["ModelTable", list[dict[str, Any]]]:
        from muster.ledger.sql import load
        from muster.models.in_force import table_in_force

        async with open_ledger(settings, pool_size=1) as ledger:
            table = await table_in_force(file, ledger)
            narrowed = {"since": start, "team": team}
            return table, await ledger.fetch(load("muster.models", "batch_savings"), narrowed)

    table, batches = asyncio.run(look())
    events = LedgerReader.of(settings, database_url(settings)).events(
        ["model_call.settled"], start, team=team
    )
    models = events["subject"].drop_nulls().unique()
    saved = cache_savings(events.lazy(), token_prices(table, models).lazy()).collect()
    if as_json:
        print_json({"cache": rows(saved), "batches": batches})
        return
    print_savings(saved, batches)


async def _version(settings: "Settings", file: "ModelTableFile") -> str | None:
    """The version of the table in force; a broken file's place is taken by the last table recorded."""
    from muster.ledger.errors import LedgerUnavailableError
    from muster.models.errors import ModelTableError
    from muster.models.in_force import recorded_label, table_in_force
    from muster.services.database import takes_connections
    from muster.wiring import open_ledger

    if not takes_connections(settings):
        return None
    try:
        async with open_ledger(settings, pool_size=1) as ledger:
            await table_in_force(file, ledger)
            return await recorded_label(file, ledger)
    except (LedgerUnavailableError, ModelTableError):
        return None


async def _asked(settings: "Settings", look: Any) -> Any:
    from muster.models.claude import ClaudeClient

    client = ClaudeClient.from_settings(settings)
    try:
        return await look(client)
    finally:
        await client.close()
