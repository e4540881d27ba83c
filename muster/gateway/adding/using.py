"""Puts confirmed tools to use: into the registration, into the mcpServers JSON, into the registry."""

import re
from collections.abc import Mapping

from muster.core.settings import Settings
from muster.gateway.adding.files import Confirmed, write_entries, write_registrations
from muster.gateway.adding.looking import Looked
from muster.gateway.errors import McpServersError
from muster.gateway.mcp_servers import Entry, StdioServer, entries_of, server_name
from muster.gateway.packages import package_of
from muster.gateway.registering import Findings
from muster.gateway.registration import load_registration
from muster.gateway.registry import accept, register
from muster.ledger.postgres import PostgresLedger


def check_names(settings: Settings, entries: Mapping[str, Entry], *, replace: bool) -> None:
    """See that no server of another kind is there under one of these names, unless it is to be replaced.

    Raises:
        McpServersError: one is, or the mcpServers JSON cannot be read.
    """
    path = settings.mcp_servers
    if replace or not path.exists():
        return
    there = entries_of(path.read_text(encoding="utf-8"), str(path))
    for key, other in there.items():
        entry = entries.get(server_name(key, str(path)))
        if entry is not None and _another(entry, other):
            raise McpServersError(
                f"there is another server {key} already",
                where=str(path),
                do="give this one a name (--name), or add --replace",
            )


async def put_to_use(
    ledger: PostgresLedger, settings: Settings, looked: Looked, confirmed: Confirmed, *, actor: str
) -> Findings:
    """Write what was confirmed and pin the very definitions that were looked at; others are quarantined.

    Raises:
        RegistrationError: tools.yaml cannot be used, or cannot take what was confirmed.
        McpServersError: the mcpServers JSON cannot take the servers.
        FileNotKeptError: one of them cannot be written.
        LedgerUnavailableError: the database is away.
    """
    answered = {name: looked.entries[name] for name in looked.definitions}
    write_registrations(settings.tools_registration, confirmed)
    write_entries(settings.mcp_servers, answered)
    registration = load_registration(settings.tools_registration)
    findings = Findings(away=dict(looked.away))
    for server, definitions in looked.definitions.items():
        for tool in await register(ledger, server, definitions, registration, actor=actor):
            named = confirmed.get(server, {}).get(tool.tool)
            if named is not None and tool.status == "quarantined" and tool.finding not in ("broken", "gone"):
                tool = await accept(ledger, server, tool.tool, actor=actor, effect=named.effect)
            findings.tools.append(tool)
    return findings


def _another(entry: Entry, other: Entry) -> bool:
    """Whether the two are not the same server; its version, its options and its environment may differ."""
    return _identity(entry) != _identity(other)


def _identity(entry: Entry) -> tuple[str, ...]:
    if entry.url is not None:
        return (entry.url,)
    package = package_of(StdioServer("unnamed", entry.command or "", tuple(entry.args)))
    if package is None:
        return (entry.command or "", *entry.args)
    return (package.manager, re.split(r"(?<=.)[@=<>!~\[]", package.requirements[0])[0])
