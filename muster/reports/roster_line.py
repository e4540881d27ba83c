"""One agent's line of the roster, from its manifest and what is in force around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from muster.models.errors import UnknownModelRoleError
from muster.models.table import ModelTable
from muster.teams.autonomy import effective_phase
from muster.teams.manifest_model import AgentManifest, Phase, TeamManifest, Tier
from muster.teams.standard import Standard

Status = Literal["active", "draining", "paused"]
_HARDER: Mapping[Status, int] = {"paused": 0, "draining": 1, "active": 2}


@dataclass(frozen=True, slots=True)
class Halt:
    """Somebody who takes no new work (`draining`), or may not act at all (`paused`)."""

    who: str
    """`team/agent`, a team, or `fleet` for everybody."""
    status: Status
    reason: str | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn on a budget today."""

    usd: Decimal = Decimal(0)
    """Spent and reserved, US dollars."""
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Purse:
    """A budget of today (UTC)."""

    limit_usd: Decimal
    left_usd: Decimal
    """What is neither spent nor reserved, US dollars; never under 0."""
    limit_calls: int | None = None
    left_calls: int | None = None
    """Model calls; None where their number is not limited."""


@dataclass(frozen=True, slots=True)
class Office:
    """What is in force around the agents."""

    standard: Standard
    models: ModelTable
    halts: Mapping[str, Halt]
    """By who is halted."""
    phases: Mapping[str, Phase]
    """Granted phases by `team/agent`."""
    prompts: Mapping[str, Mapping[str, int]]
    """Versions in force by `team/agent` and transaction type."""
    drawn: Mapping[str, Drawn] = field(default_factory=dict)
    """By budget, such as `agent:support/clerk`."""

    def purse(self, scope: str, limit_usd: Decimal, limit_calls: int | None = None) -> Purse:
        """What is left of a budget today."""
        drawn = self.drawn.get(scope, Drawn())
        return Purse(
            limit_usd,
            max(limit_usd - drawn.usd, Decimal(0)),
            limit_calls,
            None if limit_calls is None else max(limit_calls - drawn.calls, 0),
        )


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One agent at work."""

    team: str
    agent: str
    title: str
    owner: str
    """Mail address of who answers for the team."""
    coordinator: bool
    team_version: int
    tier: Tier
    phase: Phase
    """In force: the lower of the manifest's and the granted one."""
    manifest_phase: Phase
    model_role: str
    model: str | None
    """None when the model table has no such role."""
    tools: tuple[str, ...]
    """Granted tools."""
    prompts: Mapping[str, int]
    """Versions in force by transaction type; the general one under the empty name."""
    status: Status
    halts: tuple[Halt, ...]
    """The agent's own, its team's and the fleet's; the hardest first, which decides the status."""
    budget: Purse
    team_budget: Purse


def roster_line(manifest: TeamManifest, version: int, agent: AgentManifest, office: Office) -> RosterLine:
    """The agent's line."""
    who = f"{manifest.team}/{agent.name}"
    found = [office.halts[one] for one in (who, manifest.team, "fleet") if one in office.halts]
    halts = tuple(sorted(found, key=lambda one: _HARDER[one.status]))
    own, team = agent.budget, manifest.budget
    return RosterLine(
        team=manifest.team,
        agent=agent.name,
        title=agent.title,
        owner=manifest.owner,
        coordinator=agent.name == manifest.coordinator,
        team_version=version,
        tier=agent.tier,
        phase=effective_phase(agent.phase, office.phases.get(who), office.standard.autonomy.starts_in),
        manifest_phase=agent.phase,
        model_role=agent.model,
        model=_model(office.models, agent.model),
        tools=agent.tools,
        prompts=office.prompts.get(who, {}),
        status=halts[0].status if halts else "active",
        halts=halts,
        budget=office.purse(f"agent:{who}", own.usd_per_day, own.model_calls_per_day),
        team_budget=office.purse(f"team:{manifest.team}", team.usd_per_day, team.model_calls_per_day),
    )


def _model(models: ModelTable, role: str) -> str | None:
    try:
        return models.choice(role).model
    except UnknownModelRoleError:
        return None
