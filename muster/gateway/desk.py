"""What a person does at the gateway: have tools registered, and take those that wait."""

import asyncio
from collections.abc import Sequence

from muster.core.settings import Settings
from muster.gateway.adding.files import write_registrations
from muster.gateway.errors import McpServersError
from muster.gateway.installing import NotInstallableError, install
from muster.gateway.mcp_servers import StdioServer, load_servers, variables
from muster.gateway.policy.files import load_policy
from muster.gateway.registering import Findings, register_servers
from muster.gateway.registration import ToolRegistration, load_registration
from muster.gateway.registry import RegisteredTool, accept
from muster.gateway.registry_view import proposed
from muster.gateway.upstreams import Upstreams
from muster.ledger.events import Effect
from muster.ledger.postgres import PostgresLedger


async def registered(
    ledger: PostgresLedger, settings: Settings, servers: Sequence[str], *, actor: str
) -> Findings:
    """What asking the servers (none named: all of the mcpServers JSON) for their tools found.

    A package a server's command names is installed first, where it is not.

    Raises:
        McpServersError: the JSON cannot be used or does not name a server.
        RegistrationError: the registration cannot be used.
        FileNotKeptError: MUSTER_HOME cannot be written.
        LedgerUnavailableError: the database is away.
    """
    known = load_servers(settings.mcp_servers, variables(settings))
    if strangers := sorted(set(servers) - known.keys()):
        raise McpServersError(f"there is no server {strangers[0]}", where=str(settings.mcp_servers))
    policy = load_policy(settings.policies_dir)
    registration = load_registration(settings.tools_registration)
    asked = {name: known[name] for name in servers or sorted(known)}
    upstreams = Upstreams(asked, policy.limits, settings.log_dir)
    missing: dict[str, str] = {}
    try:
        for name, server in asked.items():
            if isinstance(server, StdioServer):
                try:
                    await asyncio.to_thread(install, server)
                except NotInstallableError as error:
                    missing[name] = str(error)
        there = [name for name in asked if name not in missing]
        findings = await register_servers(ledger, upstreams, registration, there, actor=actor)
        findings.away |= missing
        return findings
    finally:
        await upstreams.close()


async def accepted(
    ledger: PostgresLedger,
    settings: Settings,
    server: str,
    tool: str,
    *,
    actor: str,
    effect: Effect | None = None,
) -> RegisteredTool:
    """Take a quarantined tool as it is now; tools.yaml is made to say what it does.

    A tool that tools.yaml does not name is taken as it was proposed, with `effect` when one is given.

    Raises:
        UnknownToolError: the registry has no such tool, or its definition cannot be offered to anyone.
        RegistrationError: tools.yaml cannot be used.
        FileNotKeptError: tools.yaml cannot be written.
        LedgerUnavailableError: the database is away.
    """
    registered = load_registration(settings.tools_registration).of(server, tool)
    if registered is None:
        proposal = await proposed(ledger, server, tool)
        registered = ToolRegistration.model_validate(
            proposal["registration"] if proposal is not None else {"effect": effect or "destructive"}
        )
        confirmed = registered.model_copy(update={"effect": effect or registered.effect})
        write_registrations(settings.tools_registration, {server: {tool: confirmed}})
    elif effect is not None and effect != registered.effect:
        confirmed = registered.model_copy(update={"effect": effect})
        write_registrations(settings.tools_registration, {server: {tool: confirmed}})
    else:
        confirmed = registered
    return await accept(ledger, server, tool, actor=actor, effect=confirmed.effect)
