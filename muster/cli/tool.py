"""`muster tool`: which tools there are, and why an agent may or may not use one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from muster.cli import tool_add
from muster.cli.actor import person
from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.core.settings import Settings
    from muster.ledger.events import Effect
    from muster.ledger.postgres import PostgresLedger

app = typer.Typer(no_args_is_help=True, help="The tools behind the gateway.")

app.command("add")(tool_add.add)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_T = TypeVar("_T")
_AWAY = 5


@app.command("list")
def list_tools(as_json: AsJson = False) -> None:
    """Every tool of the registry, what it does to the world and whether agents may see it."""
    from muster.gateway.registry_view import listed

    rows = _with_ledger(lambda ledger, _: listed(ledger))
    if as_json:
        print_json(rows)
        return
    if not rows:
        typer.echo("no tool is known yet; ask the servers for theirs: muster tool register")
    for row in rows:
        typer.echo(
            f"{row['status']:<12} {row['effect']:<12} {row['name']:<36} {row['definition_sha256'][:12]}"
        )


@app.command()
def register(
    servers: Annotated[list[str] | None, typer.Argument(help="Servers of the mcpServers JSON; all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask the configured servers for their tools and pin them; exit code 5 when a server is away."""
    from muster.gateway import desk

    findings = _with_ledger(
        lambda ledger, settings: desk.registered(ledger, settings, servers or [], actor=person())
    )
    if as_json:
        print_json(asdict(findings))
    else:
        for tool in findings.tools:
            note = f": {tool.note}" if tool.note else ""
            typer.echo(
                f"{tool.finding:<12} {tool.status:<12} {tool.server}__{tool.tool} ({tool.effect}){note}"
            )
        for server, why in findings.away.items():
            typer.echo(f"{'away':<12} {server}: {why}", err=True)
    if findings.away:
        raise typer.Exit(_AWAY)


@app.command()
def accept(
    server: Annotated[str, typer.Argument(help="The server's name in the mcpServers JSON.")],
    tool: Annotated[str, typer.Argument(help="The tool's name at that server.")],
    effect: Annotated[
        str | None,
        typer.Option(help="read, write, money, destructive or external; written into tools.yaml."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take a quarantined tool as it is now, and as it was proposed where tools.yaml does not name it."""
    from muster.gateway import desk

    chosen = _effect(effect)
    accepted = _with_ledger(
        lambda ledger, settings: desk.accepted(ledger, settings, server, tool, actor=person(), effect=chosen)
    )
    if as_json:
        print_json(asdict(accepted))
    else:
        typer.echo(f"{accepted.status:<12} {server}__{tool} ({accepted.effect})")


@app.command()
def diff(
    server: Annotated[str, typer.Argument(help="The server's name in the mcpServers JSON.")],
    tool: Annotated[str, typer.Argument(help="The tool's name at that server.")],
    as_json: AsJson = False,
) -> None:
    """How a quarantined tool differs from what was last agreed to, and what it seems to do now."""
    from muster.gateway.registry_view import change, proposed

    lines = _with_ledger(lambda ledger, _: change(ledger, server, tool))
    proposal = _with_ledger(lambda ledger, _: proposed(ledger, server, tool))
    if as_json:
        print_json({"diff": lines, "proposed": proposal})
        return
    for line in lines:
        typer.echo("".join(letter if letter.isprintable() else " " for letter in line))
    if proposal is not None:
        typer.echo(f"proposed: {proposal['registration']}")
        typer.echo(f"because {'; '.join(proposal['because'])}")


def _with_ledger(work: "Callable[[PostgresLedger, Settings], Awaitable[_T]]") -> _T:
    from muster.core.settings import load_settings
    from muster.wiring import open_ledger

    async def run() -> _T:
        settings = load_settings()
        async with open_ledger(settings, pool_size=2) as ledger:
            return await work(ledger, settings)

    return asyncio.run(run())


def _effect(text: str | None) -> "Effect | None":
    from typing import get_args

    from muster.ledger.events import Effect

    effects: dict[str, Effect] = {effect: effect for effect in get_args(Effect)}
    if text is not None and text not in effects:
        raise typer.BadParameter(f"{text} is none of {', '.join(effects)}")
    return None if text is None else effects[text]
