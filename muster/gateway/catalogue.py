"""The active tools of the registry, kept at hand and read again when the registry changed."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from muster.gateway.registration import ArgumentRoles, Registration
from muster.gateway.saved_file import SavedFile
from muster.gateway.tool import PinnedTool
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The active tools as one revision of the registry has them."""

    revision: str | None
    tools: Mapping[str, PinnedTool] = field(default_factory=dict)
    """By the name agents know; in order of name."""


class Catalogue:
    """Gives the tools of the registry's present revision."""

    def __init__(self, ledger: PostgresLedger, registration: SavedFile[Registration]) -> None:
        self._ledger = ledger
        self._registration = registration
        self._read: Registration | None = None
        self._reading = asyncio.Lock()
        self.latest = Shelf(None)
        """What was read last; may be a moment old."""

    async def at(self, revision: str) -> Shelf:
        """The tools of that revision of the registry, as registered at this moment.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        registration = self._registration.current()
        if self.latest.revision != revision or self._read is not registration:
            async with self._reading:
                if self.latest.revision != revision or self._read is not registration:
                    rows = await self._ledger.fetch(load("muster.gateway", "list_tools"))
                    self.latest = Shelf(revision, active_tools(rows, registration))
                    self._read = registration
        return self.latest

    async def now(self) -> Shelf:
        """The tools of the registry as it is now.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        rows = await self._ledger.fetch(load("muster.gateway", "registry_revision"))
        return await self.at(rows[0]["registry_revision"])


def active_tools(rows: Sequence[Mapping[str, Any]], registration: Registration) -> dict[str, PinnedTool]:
    """The active tools by offered name; two that would share a name are both left out."""
    tools: dict[str, PinnedTool] = {}
    shared: set[str] = set()
    for row in rows:
        if row["status"] != "active":
            continue
        registered = registration.of(row["server"], row["tool"])
        roles = registered if registered is not None else ArgumentRoles()
        tool = PinnedTool(row["server"], row["tool"], row["definition"], row["effect"], roles)
        if tool.name in tools:
            shared.add(tool.name)
            _log.warning(
                "two tools of server %s would both be called %s; neither is offered", tool.server, tool.name
            )
        tools[tool.name] = tool
    return {name: tools[name] for name in sorted(tools.keys() - shared)}
