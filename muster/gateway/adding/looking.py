"""Reaches the servers a person pointed at, asks for their tools and proposes what each one does."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from muster.core.settings import Settings
from muster.gateway.adding.pinning import pinned
from muster.gateway.adding.proposal import Proposal, propose
from muster.gateway.definition import Definition, digest, pinned_part, problem_with
from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.installing import NotInstallableError, install
from muster.gateway.mcp_servers import Entry, StdioServer, filled, variables
from muster.gateway.plain import NotPlainError
from muster.gateway.policy.files import load_policy
from muster.gateway.upstreams import Upstreams


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool that can be put to use, once a person confirms what it does."""

    server: str
    tool: str
    definition: Definition
    definition_sha256: str
    proposal: Proposal


@dataclass(slots=True)
class Looked:
    """What the servers were found to have."""

    entries: dict[str, Entry]
    """As they are to be written, with the version that was installed."""
    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    """Every definition as its server gave it, by server that answered."""
    offers: list[Offer] = field(default_factory=list)
    """Tools that can be confirmed, in order of server and name."""
    broken: dict[str, str] = field(default_factory=dict)
    """Why, by tool (`server__tool`) that cannot be offered to anyone."""
    away: dict[str, str] = field(default_factory=dict)
    """Why, by server that could not be installed, started or asked."""


async def look(settings: Settings, entries: Mapping[str, Entry], where: str) -> Looked:
    """Install, start or reach each server and ask for its tools; only its own folder is changed.

    Raises:
        McpServersError: an entry describes no server, or names something that is not set.
        PolicyFileError: the limits cannot be read.
        FileNotKeptError: MUSTER_HOME cannot be written.
    """
    limits = load_policy(settings.policies_dir).limits
    known = variables(settings)
    servers = {name: filled(name, entry, known, where) for name, entry in entries.items()}
    looked = Looked(dict(entries))
    upstreams = Upstreams(servers, limits, settings.log_dir)
    try:
        for name, server in servers.items():
            try:
                if isinstance(server, StdioServer):
                    await asyncio.to_thread(install, server)
                looked.definitions[name] = await upstreams.of(name).list_tools()
            except (NotInstallableError, UpstreamAwayError, UpstreamAnswerError) as error:
                looked.away[name] = str(error)
    finally:
        await upstreams.close()
    for name in sorted(looked.definitions):
        server = servers[name]
        if isinstance(server, StdioServer):
            looked.entries[name] = pinned(looked.entries[name], server)
        _offer(looked, name)
    return looked


def _offer(looked: Looked, server: str) -> None:
    for given in sorted(looked.definitions[server], key=lambda each: str(each.get("name"))):
        name = str(given.get("name"))
        try:
            part = pinned_part(given)
            problem = problem_with(part)
        except NotPlainError as error:
            problem = str(error)
        if problem is not None:
            looked.broken[f"{server}__{name}"] = problem
            continue
        looked.offers.append(Offer(server, name, part, digest(part), propose(server, part)))
