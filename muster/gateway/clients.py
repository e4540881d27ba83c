"""People and programs outside the teams that use governed tools: who they are and what they may use."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from muster.core.errors import CallerError
from muster.gateway.caller import Tier
from muster.gateway.definition import offered_name
from muster.gateway.grants import CLIENTS
from muster.gateway.policy.tier import POWERS
from muster.ledger.events import ClientGranted, ClientRevoked, EventContext, Phase
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_WHOLE_SERVER = "mcp:"


class ClientError(CallerError):
    """What was asked for an outside client cannot be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An outside client and its grant."""

    client: str
    owner: str
    """The person who answers for it."""
    tier: Tier
    phase: Phase
    """The most it may do alone."""
    tools: tuple[str, ...]
    """As it sees them: `<server>__<tool>`; `mcp:<server>` for resources and prompts of that server."""
    version: int
    """1 for the first grant."""
    status: str
    """`active` or `revoked`."""
    granted_at: datetime
    live_tokens: int = 0
    """Tokens that hold at this moment."""


async def grant(
    ledger: PostgresLedger,
    client: str,
    *,
    owner: str,
    tier: Tier,
    phase: Phase,
    tools: Sequence[str],
    actor: str,
) -> Client:
    """Let `client` use those tools, whatever it might use before; tokens it has follow at once.

    Args:
        tools: names as agents see them, or patterns with `*` and `?`; a pattern stands for the tools it
            matches now, never for those that come later.

    Raises:
        ClientError: the name cannot be one, a tool is not in the registry, or the tier has no power for it.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    if not _NAME.fullmatch(client):
        raise ClientError(
            f"{client!r} cannot be the name of a client",
            do="use lower-case letters, digits, - and _: jo-laptop",
        )
    if not owner.strip():
        raise ClientError(
            "a client needs an owner who answers for it", do="give --owner, such as jo@example.com"
        )
    registry = await ledger.fetch(load("muster.gateway", "known_tools"))
    chosen = _chosen(tools, registry, tier)
    async with ledger.transaction() as transaction:
        execute = transaction.connection.execute
        await execute(load("muster.gateway", "lock_client"), {"client": client})
        values = {
            "client": client,
            "owner": owner,
            "tier": tier,
            "phase": phase,
            "tools": list(chosen),
            "now": transaction.now,
        }
        row = await (await execute(load("muster.gateway", "grant_client"), values)).fetchone()
        assert row is not None
        event = ClientGranted(
            client=client, owner=owner, tier=tier, phase=phase, tools=chosen, version=row["version"]
        )
        await transaction.append(event, where(client, actor))
    return _client(row)


async def revoke(ledger: PostgresLedger, client: str, reason: str, actor: str) -> int:
    """Take every right and every token from `client` at once; gives how many tokens that ended.

    Raises:
        ClientError: there is no such client, or it was revoked before.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    async with ledger.transaction() as transaction:
        execute = transaction.connection.execute
        await execute(load("muster.gateway", "lock_client"), {"client": client})
        cursor = await execute(load("muster.gateway", "revoke_client"), {"client": client})
        if await cursor.fetchone() is None:
            raise unknown(client)
        values = {"client": client, "now": transaction.now}
        ended = await (await execute(load("muster.gateway", "revoke_client_tokens"), values)).fetchall()
        await transaction.append(ClientRevoked(client=client, reason=reason), where(client, actor))
    return len(ended)


async def listed(ledger: PostgresLedger) -> list[Client]:
    """Every client there ever was, in order of name.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    rows = await ledger.fetch(load("muster.gateway", "list_clients"), {"now": ledger.clock.now()})
    return [_client(row) for row in rows]


def where(client: str, actor: str) -> EventContext:
    """Who did something about `client`, for the record."""
    return EventContext(actor=actor, team=CLIENTS, agent=client)


def unknown(client: str) -> ClientError:
    """The error of naming a client that is not, or not any more."""
    return ClientError(f"there is no active client {client}", do="see: muster client list")


def _chosen(wanted: Sequence[str], registry: Sequence[dict[str, Any]], tier: Tier) -> tuple[str, ...]:
    """The tools that are meant, in order of name."""
    effects = {offered_name(row["server"], row["tool"]): row["effect"] for row in registry}
    servers = {row["server"] for row in registry}
    chosen: set[str] = set()
    for pattern in wanted:
        if pattern.startswith(_WHOLE_SERVER):
            matching = {pattern} if pattern.removeprefix(_WHOLE_SERVER) in servers else set()
        else:
            matching = {name for name in effects if fnmatchcase(name, pattern)}
        if not matching:
            raise ClientError(f"no active tool is called {pattern}", do="see: muster tool list")
        beyond = sorted(name for name in matching if name in effects and effects[name] not in POWERS[tier])
        if beyond:
            raise ClientError(
                f"the {tier} tier has no power for {beyond[0]} ({effects[beyond[0]]})",
                do="name the tools one by one, or give it another tier",
            )
        chosen |= matching
    if not chosen:
        raise ClientError("a client without tools can do nothing", do="give --tools, such as shop__get_order")
    return tuple(sorted(chosen))


def _client(row: dict[str, Any]) -> Client:
    return Client(**{**row, "tools": tuple(row["tools"])})
