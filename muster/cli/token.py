"""`muster token`: short-lived tokens of outside clients."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from muster.cli.actor import person
from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.gateway.client_tokens import KnownToken, NewToken

app = typer.Typer(no_args_is_help=True, help="Short-lived tokens of outside clients.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_SHOWN = 12


@app.command()
def issue(
    client: Annotated[str, typer.Argument(help="A client of `muster client list`.")],
    minutes: Annotated[int, typer.Option(help="How long it holds; a week at most.")] = 60,
    label: Annotated[str, typer.Option(help="What it is for: Claude Code on my laptop.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a token and show it, this once; set it as MUSTER_TOKEN where the client runs."""
    from muster.core.settings import load_settings
    from muster.gateway import client_tokens
    from muster.wiring import open_ledger

    settings = load_settings()

    async def run() -> "NewToken":
        async with open_ledger(settings, pool_size=1) as ledger:
            return await client_tokens.issue(
                ledger, client, label=label, ttl=timedelta(minutes=minutes), actor=person()
            )

    issued = asyncio.run(run())
    if as_json:
        print_json(asdict(issued) | {"url": settings.gateway_url})
        return
    typer.echo(issued.token)
    typer.echo(f"holds until {issued.expires_at:%Y-%m-%d %H:%M} UTC; nobody can show it again", err=True)
    typer.echo(f"the gateway: {settings.gateway_url}", err=True)
    typer.echo(f"end it: muster token revoke {issued.token_sha256[:_SHOWN]} --reason …", err=True)


@app.command("list")
def list_tokens(
    client: Annotated[str | None, typer.Argument(help="Only of this client.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tokens that were made: by the beginning of their SHA-256, never the token itself."""
    from muster.core.settings import load_settings
    from muster.gateway import client_tokens
    from muster.wiring import open_ledger

    async def run() -> "list[KnownToken]":
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            return await client_tokens.listed(ledger, client)

    found = asyncio.run(run())
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        typer.echo(_line(one, datetime.now(UTC)))
    if not found:
        typer.echo("there is no token; make one: muster token issue CLIENT")


@app.command()
def revoke(
    sha256: Annotated[str, typer.Argument(help="The beginning of its SHA-256, 8 characters or more.")],
    reason: Annotated[str, typer.Option("--reason", help="For whoever reads it later.")],
    as_json: AsJson = False,
) -> None:
    """End a token before its time."""
    from muster.core.settings import load_settings
    from muster.gateway import client_tokens
    from muster.wiring import open_ledger

    async def run() -> str:
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            return await client_tokens.revoke(ledger, sha256, reason, person())

    client = asyncio.run(run())
    if as_json:
        print_json({"client": client, "token_sha256": sha256, "status": "revoked"})
        return
    typer.echo(f"the token {sha256} of {client} holds no longer")


def _line(one: "KnownToken", now: datetime) -> str:
    if one.revoked_at is not None:
        state = f"revoked {one.revoked_at:%Y-%m-%d %H:%M} UTC"
    else:
        state = f"{'until' if one.expires_at > now else 'expired'} {one.expires_at:%Y-%m-%d %H:%M} UTC"
    label = f", {one.label}" if one.label else ""
    return f"{one.token_sha256[:_SHOWN]}  {one.client}: {state}, run {one.run_id}{label}"
