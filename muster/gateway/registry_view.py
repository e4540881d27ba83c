"""The registry as people look at it."""

import json
from collections.abc import Mapping
from difflib import unified_diff
from typing import Any

from muster.gateway.definition import Definition, nameless_digest, offered_name
from muster.gateway.errors import UnknownToolError
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load


async def listed(ledger: PostgresLedger) -> list[dict[str, Any]]:
    """Every tool of the registry without its definition, in order of server and tool.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    rows = await ledger.fetch(load("muster.gateway", "list_tools"))
    return [
        {"name": offered_name(row["server"], row["tool"])}
        | {key: value for key, value in row.items() if key != "definition"}
        for row in rows
    ]


async def change(ledger: PostgresLedger, server: str, tool: str) -> list[str]:
    """How the tool's definition differs from the one last agreed to, as lines of a unified diff.

    A tool under a new name is compared with the one that had this definition before.

    Raises:
        UnknownToolError: the registry has no such tool.
        LedgerUnavailableError: the database is away.
    """
    row, former = await _row(ledger, server, tool)
    before, then = row["previous_definition"], "agreed to"
    if before is None and row["status"] == "quarantined" and former is not None:
        before, then = former["definition"], f"agreed to as {former['tool']}"
    return list(unified_diff(_lines(before), _lines(row["definition"]), then, "now", lineterm=""))


async def proposed(ledger: PostgresLedger, server: str, tool: str) -> dict[str, Any] | None:
    """What the tool seems to do (`registration`, `sure`, `because`); null where nothing is proposed.

    Raises:
        UnknownToolError: the registry has no such tool.
        LedgerUnavailableError: the database is away.
    """
    row, _ = await _row(ledger, server, tool)
    found: dict[str, Any] | None = row["proposed"]
    return found


async def _row(
    ledger: PostgresLedger, server: str, tool: str
) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
    """The tool, and another active tool of its server with the same definition but for the name."""
    rows = await ledger.fetch(load("muster.gateway", "definitions_of"), {"server": server})
    named = next((row for row in rows if row["tool"] == tool), None)
    if named is None:
        raise UnknownToolError(server, tool)
    same = nameless_digest(named["definition"])
    others = (row for row in rows if row is not named and row["status"] == "active")
    return named, next((row for row in others if nameless_digest(row["definition"]) == same), None)


def _lines(definition: Definition | None) -> list[str]:
    if definition is None:
        return []
    return json.dumps(definition, indent=2, sort_keys=True, ensure_ascii=False).splitlines()
