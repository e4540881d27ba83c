"""`muster ledger rebuild`: hold the present against the record, or write it anew from it."""

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from muster.cli.actor import person
from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.ledger.rebuild import Comparison, Rebuilt

_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command `rebuild` to `muster ledger`."""
    app.command()(rebuild)


def rebuild(
    write: Annotated[
        bool, typer.Option("--apply/--check", help="Write the tables anew, or only compare them.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="With --apply: although work is under way.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Hold queue, budgets, agents, prompts and tools against the record; exit code 1 on differences."""
    if write:
        _show_rebuilt(asyncio.run(_applied(force)), as_json)
        return
    comparison = asyncio.run(_compared())
    _show_comparison(comparison, as_json)
    if comparison.differences:
        raise typer.Exit(1)


async def _compared() -> "Comparison":
    from muster.core.settings import load_settings
    from muster.ledger.rebuild import compare_state
    from muster.wiring import open_ledger

    async with open_ledger(load_settings(), pool_size=1) as ledger:
        return await compare_state(ledger)


async def _applied(force: bool) -> "Rebuilt":
    from muster.core.settings import load_settings
    from muster.ledger.rebuild import apply_state
    from muster.wiring import open_ledger

    async with open_ledger(load_settings(), pool_size=1) as ledger:
        return await apply_state(ledger, actor=person(), force=force)


def _show_comparison(comparison: "Comparison", as_json: bool) -> None:
    if as_json:
        print_json(_plain(asdict(comparison)))
        return
    differences = comparison.differences
    found = f"{len(differences)} DIFFERENCES" if differences else "the present is what the record says"
    typer.echo(f"{found}: {comparison.rows} rows explained by {comparison.events} events")
    for difference in differences[:_SHOWN]:
        typer.echo(f"  {difference.sentence()}")
    if len(differences) > _SHOWN:
        typer.echo(f"  and {len(differences) - _SHOWN} more: --json shows all")
    for kind, count in sorted(comparison.unread.items()):
        typer.echo(f"  {count} events of kind {kind} cannot be read by this version; they were passed over")
    if comparison.beginnings_missing:
        typer.echo(f"  {comparison.beginnings_missing} events are about things whose beginning is missing")


def _show_rebuilt(rebuilt: "Rebuilt", as_json: bool) -> None:
    if as_json:
        print_json(asdict(rebuilt))
        return
    changed = ", ".join(f"{count} rows of {table}" for table, count in rebuilt.rows_changed.items())
    typer.echo(f"rebuilt from the record up to event {rebuilt.through_seq}: {changed or 'nothing to change'}")
    for row in rebuilt.lost:
        typer.echo(f"  cannot be brought back whole: {row}")


def _plain(value: Any) -> Any:
    """`value` with bytes as hexadecimal and whatever JSON has no word for as text."""
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case bytes():
            return value.hex()
        case None | str() | int() | float() | bool():
            return value
        case _:
            return str(value)
