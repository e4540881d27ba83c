"""`muster agent`: who may not act or takes nothing new, and letting them act again."""

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from muster.cli.actor import person
from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.ledger.pauses import Standing

app = typer.Typer(no_args_is_help=True, help="Pause, drain and resume agents, teams and the fleet.")

Who = Annotated[str, typer.Argument(help="An agent as team/agent, a whole team, or `fleet` for everybody.")]
Reason = Annotated[str, typer.Option("--reason", help="For whoever reads it later.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_standings(as_json: AsJson = False) -> None:
    """Every team with what it has in hand, and who is paused, draining or drained."""
    from muster.core.settings import load_settings
    from muster.ledger.pauses import standings
    from muster.wiring import open_ledger

    async def run() -> "list[Standing]":
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            return await standings(ledger)

    found = asyncio.run(run())
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        typer.echo(_line(one))
    if not found:
        typer.echo("no team is deployed and nobody is paused")


@app.command()
def pause(who: Who, reason: Reason, as_json: AsJson = False) -> None:
    """Halt an agent, a team or the fleet at the next step, in the middle of a task too."""
    from muster.core.settings import load_settings
    from muster.ledger import pauses
    from muster.wiring import open_ledger

    async def run() -> None:
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            await pauses.must_know(ledger, who)
            await pauses.pause(ledger, who, reason, person())

    asyncio.run(run())
    if as_json:
        print_json({"who": who, "status": "paused"})
        return
    typer.echo(f"{who} is paused; resume: muster agent resume {who} --reason …")


@app.command()
def drain(
    who: Who,
    reason: Reason,
    wait: Annotated[bool, typer.Option("--wait", help="Return when nothing is in hand any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let an agent, a team or the fleet finish what is in hand and take nothing new."""
    from muster.core.settings import load_settings
    from muster.ledger import pauses
    from muster.wiring import open_ledger

    async def run() -> "Standing":
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            await pauses.must_know(ledger, who)
            await pauses.drain(ledger, who, reason, person())
            if wait:
                return await pauses.until_drained(ledger, who)
            return next(one for one in await pauses.standings(ledger) if one.who == who)

    standing = asyncio.run(run())
    if as_json:
        print_json(asdict(standing))
        return
    typer.echo(f"{_line(standing)}; resume: muster agent resume {who} --reason …")


@app.command()
def resume(who: Who, reason: Reason, as_json: AsJson = False) -> None:
    """Let an agent, a team or the fleet act again; tasks that waited for it are queued again."""
    from muster.core.settings import load_settings
    from muster.ledger import pauses
    from muster.wiring import open_ledger

    async def run() -> int:
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            return await pauses.resume(ledger, who, reason, person())

    woken = asyncio.run(run())
    if as_json:
        print_json({"who": who, "status": "active", "woken": woken})
        return
    typer.echo(f"{who} may act again" + (f"; {woken} tasks that waited are queued" if woken else ""))


def _line(one: "Standing") -> str:
    parts = [f"{one.who}: {one.status}, {one.in_hand} in hand"]
    if one.waiting:
        parts.append(f"{one.waiting} waiting for it")
    if one.reason:
        parts.append(one.reason)
    if one.status == "paused":
        until = one.paused_until
        parts.append(f"until {until:%Y-%m-%d %H:%M} UTC" if until else "until a person resumes it")
    return ", ".join(parts)
