"""`muster client`: people and programs outside the teams that use governed tools."""

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from muster.cli.actor import person
from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.gateway.clients import Client

app = typer.Typer(no_args_is_help=True, help="People and programs outside the teams that use governed tools.")

Name = Annotated[str, typer.Argument(help="The client's name: jo-laptop.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def add(
    name: Name,
    owner: Annotated[str, typer.Option(help="The person who answers for it: jo@example.com.")],
    tools: Annotated[
        list[str],
        typer.Option(help="A tool (shop__get_order) or a pattern (shop__get_*); may be given several times."),
    ],
    tier: Annotated[
        str, typer.Option(help="ingestion (reads), negotiation or reconciliation.")
    ] = "ingestion",
    phase: Annotated[
        str, typer.Option(help="What it does alone: co-pilot (only reads), edge (low-risk work) or core.")
    ] = "co-pilot",
    as_json: AsJson = False,
) -> None:
    """Let a client use those tools and no others, whatever it might use before."""
    from muster.core.settings import load_settings
    from muster.gateway import clients
    from muster.gateway.caller import Tier
    from muster.ledger.events import Phase
    from muster.wiring import open_ledger

    chosen_tier: Tier = _one_of(tier, get_args(Tier), "--tier")  # type: ignore[assignment]
    chosen_phase: Phase = _one_of(phase, get_args(Phase), "--phase")  # type: ignore[assignment]

    async def run() -> "Client":
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            return await clients.grant(
                ledger,
                name,
                owner=owner,
                tier=chosen_tier,
                phase=chosen_phase,
                tools=tools,
                actor=person(),
            )

    granted = asyncio.run(run())
    if as_json:
        print_json(asdict(granted))
        return
    typer.echo(_line(granted))
    typer.echo(f"its token: muster token issue {granted.client} --minutes 480")


@app.command("list")
def list_clients(as_json: AsJson = False) -> None:
    """Every client with what it may use, who answers for it and how many tokens it has."""
    from muster.core.settings import load_settings
    from muster.gateway import clients
    from muster.wiring import open_ledger

    async def run() -> "list[Client]":
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            return await clients.listed(ledger)

    found = asyncio.run(run())
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        typer.echo(_line(one))
    if not found:
        typer.echo("there is no client; add one: muster client add NAME --owner … --tools …")


@app.command()
def revoke(
    name: Name,
    reason: Annotated[str, typer.Option("--reason", help="For whoever reads it later.")],
    as_json: AsJson = False,
) -> None:
    """Take every right and every token from a client, at once."""
    from muster.core.settings import load_settings
    from muster.gateway import clients
    from muster.wiring import open_ledger

    async def run() -> int:
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            return await clients.revoke(ledger, name, reason, person())

    ended = asyncio.run(run())
    if as_json:
        print_json({"client": name, "status": "revoked", "tokens_ended": ended})
        return
    typer.echo(f"{name} may do nothing any more; {ended} tokens ended")


@app.command()
def config(as_json: AsJson = False) -> None:
    """The `.mcp.json` by which Claude Code and others find the gateway; the token is in MUSTER_TOKEN."""
    from muster.core.settings import load_settings

    if not as_json:
        typer.echo("put this into .mcp.json, and set MUSTER_TOKEN where the client is started:", err=True)
    headers = {"Authorization": "Bearer ${MUSTER_TOKEN}"}
    url = load_settings().gateway_url
    print_json({"mcpServers": {"muster": {"type": "http", "url": url, "headers": headers}}})


def _one_of(value: str, known: tuple[str, ...], option: str) -> str:
    if value not in known:
        raise typer.BadParameter(f"one of {', '.join(known)}", param_hint=option)
    return value


def _line(one: "Client") -> str:
    if one.status == "revoked":
        return f"{one.client}: revoked, was answered for by {one.owner}"
    tokens = f"{one.live_tokens} live {'token' if one.live_tokens == 1 else 'tokens'}"
    return (
        f"{one.client}: {one.tier}, {one.phase}, version {one.version}, {tokens}, "
        f"answered for by {one.owner}: {' '.join(one.tools)}"
    )
