"""`muster agent`: who may not act, and letting them act again."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from muster.cli.actor import person
from muster.cli.output import print_json

app = typer.Typer(no_args_is_help=True, help="Pause and resume agents and teams.")

Who = Annotated[str, typer.Argument(help="An agent as team/agent, or a whole team.")]
Reason = Annotated[str, typer.Option("--reason", help="For whoever reads it later.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_paused(as_json: AsJson = False) -> None:
    """Everybody who is paused."""
    from muster.core.settings import load_settings
    from muster.ledger.pauses import Pause, pauses
    from muster.wiring import open_ledger

    async def run() -> list[Pause]:
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            return await pauses(ledger)

    found = asyncio.run(run())
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        until = (
            "a person resumes it" if one.paused_until is None else f"{one.paused_until:%Y-%m-%d %H:%M} UTC"
        )
        typer.echo(f"{one.who}: {one.reason or 'no reason given'}, until {until}")
    if not found:
        typer.echo("nobody is paused")


@app.command()
def pause(who: Who, reason: Reason) -> None:
    """Halt an agent or a team at its next step, in the middle of a task too."""
    from muster.core.settings import load_settings
    from muster.ledger import pauses
    from muster.wiring import open_ledger

    async def run() -> None:
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            await pauses.pause(ledger, who, reason, person())

    asyncio.run(run())
    typer.echo(f"{who} is paused; resume: muster agent resume {who} --reason …")


@app.command()
def resume(who: Who, reason: Reason) -> None:
    """Let an agent or a team act again."""
    from muster.core.settings import load_settings
    from muster.ledger import pauses
    from muster.wiring import open_ledger

    async def run() -> None:
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            await pauses.resume(ledger, who, reason, person())

    asyncio.run(run())
    typer.echo(f"{who} may act again")
