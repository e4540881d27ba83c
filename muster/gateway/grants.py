"""What manifests grant to agents and people to outside clients; read once for each version."""

from collections.abc import Mapping
from typing import Any, Final, get_args

from muster.gateway.caller import Grant, Tier
from muster.gateway.errors import TeamNotDeployedError
from muster.ledger.events import Phase
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

_TIERS = frozenset(get_args(Tier))
_PHASES: tuple[Phase, ...] = get_args(Phase)
_MOST_REVISIONS = 256

CLIENTS: Final = "client"
"""Where a team's name stands for agents: no team may be called so."""


class Grants:
    """The grants of every version of a team or client asked for so far."""

    def __init__(self, ledger: PostgresLedger) -> None:
        self._ledger = ledger
        self._known: dict[str, dict[str, Grant]] = {}

    async def of(self, policy_revision: str, agent: str) -> Grant | None:
        """What `agent` may use under that version of its team, or the client of that name under its own.

        Null when the manifest does not know it, or the client was revoked.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        is_client = policy_revision.startswith(f"{CLIENTS}@")
        known_as = f"{policy_revision}/{agent}" if is_client else policy_revision
        if known_as not in self._known:
            if len(self._known) >= _MOST_REVISIONS:
                self._known.clear()
            read = self._read_client(agent) if is_client else self._read(policy_revision)
            self._known[known_as] = await read
        return self._known[known_as].get(agent)

    async def granted_phase(self, who: str) -> Phase | None:
        """The phase `who` (team/agent) was granted; null when nobody decided about it yet.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        rows = await self._ledger.fetch(load("muster.gateway", "granted_phase"), {"agent": who})
        return rows[0]["phase"] if rows else None

    async def active_revision(self, team: str) -> str:
        """The team's active version as a policy revision.

        Raises:
            TeamNotDeployedError: no version of the team is deployed.
            LedgerUnavailableError: the database is away.
        """
        rows = await self._ledger.fetch(load("muster.gateway", "active_revision"), {"team": team})
        if not rows:
            raise TeamNotDeployedError(team)
        return str(rows[0]["policy_revision"])

    async def _read(self, policy_revision: str) -> dict[str, Grant]:
        team, _, version = policy_revision.rpartition("@")
        parameters = {"team": team, "version": int(version)}
        rows = await self._ledger.fetch(load("muster.gateway", "manifest_of"), parameters)
        return grants_in(rows[0]["manifest"]) if rows else {}

    async def _read_client(self, client: str) -> dict[str, Grant]:
        rows = await self._ledger.fetch(load("muster.gateway", "client_grant"), {"client": client})
        return {row["client"]: _grant_of_client(row) for row in rows}


def grants_in(manifest: Mapping[str, Any]) -> dict[str, Grant]:
    """The grants in a manifest's JSON, by agent.

    An agent whose tier is unknown gets none; one whose phase is unknown drafts only.
    """
    return {
        agent["name"]: Grant(
            tier=agent["tier"], tools=frozenset(agent.get("tools", ())), phase=_phase(agent.get("phase"))
        )
        for agent in manifest.get("agents", ())
        if agent.get("tier") in _TIERS
    }


def _grant_of_client(row: Mapping[str, Any]) -> Grant:
    return Grant(tier=row["tier"], tools=frozenset(row["tools"]), phase=row["phase"])


def _phase(written: Any) -> Phase:
    return next((phase for phase in _PHASES if phase == written), "co-pilot")
