"""The gateway as part of the HTTP app: an ASGI app for /mcp and what must run while it serves."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from starlette.types import ASGIApp

from muster.core.settings import Settings
from muster.gateway.catalogue import Catalogue
from muster.gateway.gate import Gate
from muster.gateway.judge import Judge
from muster.gateway.mcp_servers import load_servers, variables
from muster.gateway.policy.files import load_policy
from muster.gateway.pricing import Pricing
from muster.gateway.registering import keep_watch
from muster.gateway.registration import load_registration
from muster.gateway.saved_file import SavedFile
from muster.gateway.scanning.scanner import Scanner
from muster.gateway.server import GatewayServer, endpoint
from muster.gateway.upstreams import Upstreams
from muster.ledger.postgres import PostgresLedger

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GatewayApp:
    """What the HTTP app composes: `asgi` at /mcp (any method), `lifespan` around its own."""

    asgi: ASGIApp
    lifespan: Callable[[], AbstractAsyncContextManager[None]]


def build(ledger: PostgresLedger, settings: Settings) -> GatewayApp:
    """The gateway over the configured servers, registration and policy.

    Raises:
        McpServersError: the mcpServers JSON cannot be used.
        RegistrationError: the registration of tools cannot be used.
        PolicyFileError: a policy file cannot be used.
    """
    policy = load_policy(settings.policies_dir)
    registration = SavedFile(settings.tools_registration, load_registration)
    servers = load_servers(settings.mcp_servers, variables(settings))
    upstreams = Upstreams(servers, policy.limits, settings.log_dir)
    catalogue = Catalogue(ledger, registration)
    judge = Judge(ledger, catalogue, policy, Pricing(ledger, upstreams, policy))
    # of all systems together, for one may show what another is reached with
    scanner = Scanner(secret for server in servers.values() for secret in server.secrets)
    gate = Gate(ledger, judge, upstreams, policy.limits, scanner)
    mcp = GatewayServer(ledger, gate, catalogue).mcp()
    asgi = endpoint(mcp, ledger, settings.host)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        watch = asyncio.create_task(
            keep_watch(ledger, upstreams, registration, every_seconds=policy.limits.recheck_seconds)
        )
        watch.add_done_callback(_say_why)
        try:
            async with mcp.session_manager.run():
                yield
        finally:
            watch.cancel()
            await asyncio.wait([watch])
            await gate.close()
            await upstreams.close()

    return GatewayApp(asgi, lifespan)


def _say_why(watch: asyncio.Task[None]) -> None:
    """A watch over tool definitions must not end unnoticed."""
    if not watch.cancelled() and (error := watch.exception()) is not None:
        _log.critical("tool definitions are no longer compared with the pinned ones", exc_info=error)
