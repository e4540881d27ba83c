"""What each agent's deployed manifest grants; read once for each team version, which never changes."""

from collections.abc import Mapping
from typing import Any, get_args

from muster.gateway.caller import Grant, Tier
from muster.gateway.errors import TeamNotDeployedError
from muster.ledger.events import Phase
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

_TIERS = frozenset(get_args(Tier))
_PHASES: tuple[Phase, ...] = get_args(Phase)
_MOST_REVISIONS = 256


class Grants:
    """The grants of every team version asked for so far."""

    def __init__(self, ledger: PostgresLedger) -> None:
        self._ledger = ledger
        self._known: dict[str, dict[str, Grant]] = {}

    async def of(self, policy_revision: str, agent: str) -> Grant | None:
        """What `agent` may use under that team version; null when the manifest does not know it.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        if policy_revision not in self._known:
            if len(self._known) >= _MOST_REVISIONS:
                self._known.clear()
            self._known[policy_revision] = await self._read(policy_revision)
        return self._known[policy_revision].get(agent)

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


def _phase(written: Any) -> Phase:
    return next((phase for phase in _PHASES if phase == written), "co-pilot")
