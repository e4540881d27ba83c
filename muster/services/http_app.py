"""The HTTP app: the intake API, the gateway (/mcp, or /mcp/<server> for one system) and a health check."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from muster.core.errors import MusterError
from muster.core.settings import Settings, load_settings
from muster.ledger.postgres import PostgresLedger
from muster.services import gateway_app, intake_api
from muster.services.child import die_with_parent
from muster.services.database import database_url

_CONNECTIONS = 16
_PATIENCE_SECONDS = 2.0
"""How long a caller waits for the ledger before it is told to come again."""
_STOP_AFTER_SECONDS = 5


def build(ledger: PostgresLedger, settings: Settings) -> Starlette:
    """The app over an open ledger.

    Raises:
        MusterError: the gateway's configuration cannot be used.
    """
    gateway = gateway_app.build(ledger, settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with gateway.lifespan():
            yield

    async def health(_: Request) -> JSONResponse:
        try:
            await ledger.fetch("SELECT 1")
        except MusterError as error:
            return JSONResponse({"status": "away", "error": error.what}, 503)
        return JSONResponse({"status": "ok"})

    routes = [
        Route("/healthz", health),
        *intake_api.routes(lambda: ledger, key=settings.intake_key),
        Route("/mcp", gateway.asgi),
        Route("/mcp/{server}", gateway.asgi),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


async def serve(settings: Settings) -> None:
    """Serve until told to stop, on a database that has the present schema.

    Raises:
        LedgerUnavailableError: the database cannot be reached.
        MusterError: the gateway's configuration cannot be used.
    """
    ledger = await PostgresLedger.open(
        database_url(settings), pool_size=_CONNECTIONS, patience_seconds=_PATIENCE_SECONDS
    )
    try:
        config = uvicorn.Config(
            build(ledger, settings),
            host=settings.host,
            port=settings.http_port,
            http="h11",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=_STOP_AFTER_SECONDS,
        )
        await uvicorn.Server(config).serve()
    finally:
        await ledger.close()


def main() -> int:
    """Run the app; the exit code says who must act when it cannot run."""
    die_with_parent()
    try:
        asyncio.run(serve(load_settings()))
    except MusterError as error:
        sys.stderr.write(f"error: {error}\n  do: {error.do or 'see the log'}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
