"""The registry as people look at it."""

import json
from difflib import unified_diff
from typing import Any

from muster.gateway.definition import offered_name
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

    Raises:
        UnknownToolError: the registry has no such tool.
        LedgerUnavailableError: the database is away.
    """
    rows = await ledger.fetch(load("muster.gateway", "definitions_of"), {"server": server, "tool": tool})
    if not rows:
        raise UnknownToolError(server, tool)
    before, after = rows[0]["previous_definition"], rows[0]["definition"]
    return list(unified_diff(_lines(before), _lines(after), "agreed to", "now", lineterm=""))


def _lines(definition: dict[str, Any] | None) -> list[str]:
    if definition is None:
        return []
    return json.dumps(definition, indent=2, sort_keys=True, ensure_ascii=False).splitlines()
