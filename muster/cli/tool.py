"""`muster tool`: which tools there are, and why an agent may or may not use one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from muster.cli.actor import person
from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.core.settings import Settings
    from muster.ledger.events import Effect
    from muster.ledger.postgres import PostgresLedger

app = typer.Typer(no_args_is_help=True, help="The tools behind the gateway.")

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
        typer.Option(help="read, write, money, destructive or external; for tools tools.yaml does not name."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take a quarantined tool's definition as it is now."""
    from muster.gateway.registry import accept as accept_tool

    chosen = _effect(effect)
    accepted = _with_ledger(
        lambda ledger, _: accept_tool(ledger, server, tool, actor=person(), effect=chosen)
    )
    if as_json:
        print_json(asdict(accepted))
    else:
        typer.echo(f"{accepted.status:<12} {server}__{tool} ({accepted.effect})")


@app.command()
def diff(
    server: Annotated[str, typer.Argument(help="The server's name in the mcpServers JSON.")],
    tool: Annotated[str, typer.Argument(help="The tool's name at that server.")],
) -> None:
    """How a quarantined tool's definition differs from the one last agreed to."""
    from muster.gateway.registry_view import change

    for line in _with_ledger(lambda ledger, _: change(ledger, server, tool)):
        typer.echo(line)


@app.command()
def explain(
    agent: Annotated[str, typer.Argument(help="team/agent")],
    tool: Annotated[str, typer.Argument(help="<server>__<tool>, as agents see it")],
    arguments: Annotated[str, typer.Argument(help="The call's arguments as JSON.")] = "{}",
    as_json: AsJson = False,
) -> None:
    """What the gateway would decide about a call, step by step; nothing is called."""
    from muster.gateway import desk

    decision = _with_ledger(lambda ledger, settings: desk.explained(ledger, settings, agent, tool, arguments))
    if as_json:
        print_json([asdict(step) for step in decision.steps])
        return
    for step in decision.steps:
        typer.echo(f"{step.outcome:<15} {step.rule:<12} {step.reason}")


def _with_ledger(work: "Callable[[PostgresLedger, Settings], Awaitable[_T]]") -> _T:
    from muster.core.settings import load_settings
    from muster.ledger.postgres import PostgresLedger
    from muster.services.database import database_url

    async def run() -> _T:
        settings = load_settings()
        ledger = await PostgresLedger.open(database_url(settings), pool_size=2)
        try:
            return await work(ledger, settings)
        finally:
            await ledger.close()

    return asyncio.run(run())


def _effect(text: str | None) -> "Effect | None":
    from typing import get_args

    from muster.ledger.events import Effect

    effects: dict[str, Effect] = {effect: effect for effect in get_args(Effect)}
    if text is not None and text not in effects:
        raise typer.BadParameter(f"{text} is none of {', '.join(effects)}")
    return None if text is None else effects[text]
