"""`muster ledger serve`: the record as an MCP server that answers questions."""

import asyncio
from typing import Annotated

import typer

PORT = 8730


def register(app: typer.Typer) -> None:
    """Add the command to `muster ledger`."""
    app.command()(serve)


def serve(
    http: Annotated[
        bool, typer.Option("--http", help="Over HTTP on 127.0.0.1; else over standard input and output.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="With --http.")] = PORT,
) -> None:
    """Answer questions about the company over MCP, from the record and without a right to write.

    Raises:
        MusterError: the record cannot be read, or the token's file cannot.
    """
    from muster.core.clock import SystemClock
    from muster.core.settings import load_settings
    from muster.exports.asking.record import Record
    from muster.exports.asking.server import ledger_server
    from muster.exports.asking.serving import LOCAL, TOKEN_FILE, serve_over_http
    from muster.exports.asking.what_if import what_if_question
    from muster.ledger.reader import LedgerReader
    from muster.reports.assumptions.people import load_human_cost
    from muster.reports.frame_store import FrameStore
    from muster.services.database import database_url
    from muster.services.secrets import kept_secret

    settings = load_settings()
    url = database_url(settings)
    reader, store = LedgerReader.of(settings, url), FrameStore.of(settings, url)
    reader.events(["task.ended"], task_id="")  # says at once when the record cannot be read
    load_human_cost(settings.assumptions_dir)  # and when that cannot be
    record = Record(store.frames, reader, SystemClock(), lambda: load_human_cost(settings.assumptions_dir))
    server = ledger_server(record, [what_if_question(record, settings)])
    if not http:
        asyncio.run(server.run_stdio_async())
        return
    token = kept_secret(settings.home_dir / "secrets", TOKEN_FILE)
    typer.echo(f"http://{LOCAL}:{port}/mcp, token in {settings.home_dir / 'secrets' / TOKEN_FILE}")
    asyncio.run(serve_over_http(server, token, port))
