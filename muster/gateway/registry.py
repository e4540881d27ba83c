"""Which tools there are: definitions pinned by hash; a changed one waits until a person accepts it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from psycopg.types.json import Jsonb

from muster.gateway.definition import digest, pinned_part, problem_with
from muster.gateway.errors import UnknownToolError
from muster.gateway.plain import NotPlainError
from muster.gateway.protocol import header_problem
from muster.gateway.registration import Registration
from muster.ledger.events import Effect, EventContext, ToolPinned
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.sql import load

Finding = Literal["pinned", "unchanged", "changed", "unconfirmed", "broken", "gone"]
Status = Literal["active", "quarantined"]


_GONE = "the server no longer has it"


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


async def register(
    ledger: PostgresLedger,
    server: str,
    definitions: list[dict[str, Any]],
    registration: Registration,
    *,
    actor: str,
) -> list[RegisteredTool]:
    """Pin the server's tools: new ones as the registration says, changed ones in quarantine.

    Raises:
        LedgerUnavailableError: the database is away; nothing changed.
    """
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(load("muster.gateway", "lock_registry"), {"server": server})
        cursor = await transaction.connection.execute(
            load("muster.gateway", "tools_of_server"), {"server": server}
        )
        known = {row["tool"]: row for row in await cursor.fetchall()}
        found = []
        for definition in sorted(definitions, key=lambda each: str(each.get("name"))):
            tool, part = _looked_at(server, definition, known.get(str(definition.get("name"))), registration)
            if tool.finding != "unchanged":
                await _pin(transaction, tool, part, actor)
            found.append(tool)
    return found + _gone(server, known, {tool.tool for tool in found})


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
        accepted = RegisteredTool(
            server, tool, row["effect"], "active", row["definition_sha256"], "pinned", "accepted"
        )
        event = _event(accepted, row["definition"], accepted=True)
        await transaction.append(event, EventContext(actor=actor))
    return accepted


def _looked_at(
    server: str, definition: Mapping[str, Any], known: Mapping[str, Any] | None, registration: Registration
) -> tuple[RegisteredTool, dict[str, Any]]:
    """What is to be made of one definition, and the part of it that is pinned."""
    name = str(definition.get("name"))
    registered = registration.of(server, name)
    effect: Effect = registered.effect if registered is not None else "destructive"
    try:
        part = pinned_part(definition)
        problem = problem_with(part) or header_problem(part["inputSchema"])
    except NotPlainError as error:
        part, problem = {"name": name, "inputSchema": {"type": "object"}}, str(error)
    sha256 = digest(part)

    def tool(status: Status, finding: Finding, note: str = "") -> RegisteredTool:
        return RegisteredTool(server, name, effect, status, sha256, finding, note)

    if known is not None and known["definition_sha256"] == sha256:
        if registered is not None and registered.effect != known["effect"]:
            return tool(known["status"], "pinned", f"was registered as {known['effect']}"), part
        effect = known["effect"]
        return tool(known["status"], "unchanged"), part
    if problem is not None:
        return tool("quarantined", "broken", problem), part
    if known is not None:
        return tool("quarantined", "changed", "its definition is not the pinned one"), part
    if registered is None:
        return tool("quarantined", "unconfirmed", "nobody registered what it does"), part
    return tool("active", "pinned"), part


async def _pin(
    transaction: LedgerTransaction, tool: RegisteredTool, part: dict[str, Any], actor: str
) -> None:
    await transaction.connection.execute(
        load("muster.gateway", "pin_tool"),
        {
            "server": tool.server,
            "tool": tool.tool,
            "definition": Jsonb(part),
            "definition_sha256": tool.definition_sha256,
            "effect": tool.effect,
            "status": tool.status,
            "now": transaction.now,
        },
    )
    await transaction.append(_event(tool, part), EventContext(actor=actor))


def _event(tool: RegisteredTool, definition: dict[str, Any], *, accepted: bool = False) -> ToolPinned:
    return ToolPinned(
        server=tool.server,
        tool=tool.tool,
        definition_sha256=tool.definition_sha256,
        effect=tool.effect,
        status=tool.status,
        definition=definition,
        accepted=accepted,
    )


def _gone(server: str, known: Mapping[str, Mapping[str, Any]], seen: set[str]) -> list[RegisteredTool]:
    """Tools the registry has and the server no longer does; they stay, and calls to them fail."""
    return [
        RegisteredTool(
            server,
            name,
            row["effect"],
            row["status"],
            row["definition_sha256"],
            "gone",
            "the server has it no more",
        )
        for name, row in sorted(known.items())
        if name not in seen
    ]
