"""Which tools there are: definitions pinned by hash; a changed one waits until a person accepts it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from muster.core.canonical import canonical_json, sha256_hex
from muster.gateway.comparing import Comparison, Finding, Known, Look, Status
from muster.gateway.definition import problem_with
from muster.gateway.errors import UnknownToolError
from muster.gateway.registration import Registration
from muster.ledger.events import Effect, EventContext, ToolPinned
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.sql import load

_AS_IT_WAS = ("unchanged", "gone")


@dataclass(frozen=True, slots=True)
class RegisteredTool:
    """A tool of the registry and what looking at it found."""

    server: str
    tool: str
    effect: Effect
    status: Status
    definition_sha256: str
    finding: Finding
    note: str = ""
    proposed: Mapping[str, Any] | None = None
    """What it seems to do (`registration`, `sure`, `because`), where no person has said it."""


async def register(
    ledger: PostgresLedger,
    server: str,
    definitions: Sequence[Mapping[str, Any]],
    registration: Registration,
    *,
    actor: str,
    capabilities: Mapping[str, Any] | None = None,
) -> list[RegisteredTool]:
    """Pin the server's tools: new ones as the registration says; changed and renamed ones in quarantine.

    Args:
        capabilities: the client capabilities the server was told when it listed them; null: none.

    Raises:
        LedgerUnavailableError: the database is away; nothing changed.
    """
    declared = sha256_hex(canonical_json(dict(capabilities))) if capabilities else ""
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(load("muster.gateway", "lock_registry"), {"server": server})
        cursor = await transaction.connection.execute(
            load("muster.gateway", "tools_of_server"), {"server": server}
        )
        known = {row.pop("tool"): Known(**row) for row in await cursor.fetchall()}
        looks = Comparison(server, known, registration, declared).of(definitions)
        for look in looks:
            if look.finding not in _AS_IT_WAS:
                await _pin(transaction, server, look, declared, actor)
    return [_registered(server, look) for look in looks]


async def accept(
    ledger: PostgresLedger, server: str, tool: str, *, actor: str, effect: Effect | None = None
) -> RegisteredTool:
    """Take a quarantined definition as it is now, with another effect when one is given.

    Raises:
        UnknownToolError: the registry has no such tool, or its definition cannot be offered to anyone.
        LedgerUnavailableError: the database is away.
    """
    async with ledger.transaction() as transaction:
        parameters = {"server": server, "tool": tool, "effect": effect, "now": transaction.now}
        cursor = await transaction.connection.execute(load("muster.gateway", "accept_tool"), parameters)
        row = await cursor.fetchone()
        if row is None or problem_with(row["definition"]):
            raise UnknownToolError(server, tool)
        event = ToolPinned(
            server=server,
            tool=tool,
            definition_sha256=row["definition_sha256"],
            effect=row["effect"],
            status="active",
            definition=row["definition"],
            capabilities=row["capabilities"],
            accepted=True,
        )
        await transaction.append(event, EventContext(actor=actor))
    return RegisteredTool(
        server, tool, row["effect"], "active", row["definition_sha256"], "pinned", "accepted"
    )


async def _pin(
    transaction: LedgerTransaction, server: str, look: Look, capabilities: str, actor: str
) -> None:
    proposed = dict(look.proposed) if look.proposed is not None else None
    await transaction.connection.execute(
        load("muster.gateway", "pin_tool"),
        {
            "server": server,
            "tool": look.tool,
            "definition": Jsonb(look.definition),
            "definition_sha256": look.definition_sha256,
            "effect": look.effect,
            "status": look.status,
            "capabilities": capabilities,
            "proposed": Jsonb(proposed) if proposed is not None else None,
            "now": transaction.now,
        },
    )
    event = ToolPinned(
        server=server,
        tool=look.tool,
        definition_sha256=look.definition_sha256,
        effect=look.effect,
        status=look.status,
        definition=look.definition,
        capabilities=capabilities,
        proposed=proposed,
    )
    await transaction.append(event, EventContext(actor=actor))


def _registered(server: str, look: Look) -> RegisteredTool:
    return RegisteredTool(
        server,
        look.tool,
        look.effect,
        look.status,
        look.definition_sha256,
        look.finding,
        look.note,
        look.proposed,
    )
