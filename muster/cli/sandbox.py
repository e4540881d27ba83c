"""`muster sandbox`: whether this machine isolates programs, shown by attempts to break out."""

from typing import Annotated

import typer

from muster.cli.output import print_json

app = typer.Typer(help="Whether programs nobody vouches for are isolated here.", no_args_is_help=True)

_TABLE_WIDTH = 120

_JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def check(as_json: _JSON = False) -> None:
    """Try whether this machine can isolate a program; exit code 3 when it cannot."""
    from rich.console import Console
    from rich.markup import escape

    from muster.sandbox.standing import standing

    found = standing()
    if as_json:
        print_json({"isolates": found.way is not None, "way": found.way, "what": found.what, "do": found.do})
    else:
        console = Console(highlight=False, soft_wrap=True)
        console.print(escape(found.what))
        if found.do:
            console.print(f"  do: {escape(found.do)}")
    if found.way is None:
        raise typer.Exit(3)


@app.command()
def escapes(as_json: _JSON = False) -> None:
    """Try to break out in every way we know; exit code 1 when anything gets out. Takes about two minutes."""
    from dataclasses import asdict

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from muster.sandbox.escapes.trial import try_all
    from muster.sandbox.standing import required_way, standing

    required_way()
    console = Console(highlight=False, stderr=True)
    outcomes = []
    with console.status("trying to break out"):
        for outcome in try_all():
            outcomes.append(outcome)
            if not outcome.contained:
                console.print(f"[red]out[/red] {escape(outcome.attempt)} ({outcome.where})")
    out = [outcome for outcome in outcomes if not outcome.contained]
    if as_json:
        print_json([asdict(outcome) for outcome in outcomes])
    else:
        table = Table(title=standing().what, expand=True)
        for heading in ("attempt", "by", "contained", "ms", "what stopped it"):
            last = heading == "what stopped it"
            table.add_column(
                heading,
                justify="right" if heading == "ms" else "left",
                no_wrap=True,
                overflow="ellipsis",
                ratio=1 if last else None,
            )
        for each in outcomes:
            told = "[green]yes[/green]" if each.contained else "[red]NO[/red]"
            table.add_row(escape(each.attempt), each.where, told, f"{each.took_ms:,}", escape(each.how))
        page = Console(highlight=False)
        page.width = max(page.width, _TABLE_WIDTH)
        page.print(table)
        page.print(f"{len(outcomes) - len(out)} of {len(outcomes)} attempts contained")
    if out:
        raise typer.Exit(1)
