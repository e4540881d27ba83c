"""Teams, prompts, policies, tools and who may do what, as the record explains them."""

from datetime import datetime

from muster.ledger.events import (
    AgentDraining,
    AgentPaused,
    AgentResumed,
    AnyEvent,
    PhaseChanged,
    PolicyChanged,
    PromptActivated,
    PromptAdded,
    TeamDeployed,
    ToolPinned,
)
from muster.ledger.pauses import FLEET
from muster.ledger.rebuild.rows import UNKNOWN, Entry, State, unless_missing
from muster.ledger.tables import (
    active_prompts,
    agent_phases,
    agents,
    policy_versions,
    prompt_versions,
    team_versions,
    teams,
    tool_registry,
)


def fold_workforce(state: State, entry: Entry, event: AnyEvent) -> None:
    """Carry the event over into teams, prompts, policies, tools and agents."""
    match event:
        case TeamDeployed():
            _deployed(state, entry, event)
        case PromptAdded():
            row = {
                "agent": event.prompt_of,
                "transaction_type": event.transaction_type,
                "version": event.version,
                "text": unless_missing(event.text),
                "sha256": event.sha256,
                "created_at": entry.happened_at,
                "origin": event.origin,
            }
            state.put(prompt_versions, row)
        case PromptActivated(version=None):
            state.remove(active_prompts, event.prompt_of, event.transaction_type)
        case PromptActivated():
            row = {
                "agent": event.prompt_of,
                "transaction_type": event.transaction_type,
                "version": event.version,
                "previous_version": event.previous_version,
                "activated_at": entry.happened_at,
            }
            state.put(active_prompts, row)
        case PolicyChanged():
            row = {
                "name": event.name,
                "version": event.version,
                "sha256": event.sha256,
                "text": event.text,
                "created_at": entry.happened_at,
            }
            state.put(policy_versions, row)
        case PhaseChanged():
            row = {
                "agent": event.who,
                "phase": event.phase,
                "cause": event.cause,
                "reason": event.reason,
                "evidence": event.evidence,
                "since": entry.happened_at,
            }
            state.put(agent_phases, row)
        case ToolPinned(accepted=True):
            _accepted(state, entry, event)
        case ToolPinned():
            _pinned(state, entry, event)
        case AgentPaused():
            _set_status(state, event.who, "paused", event.reason, event.paused_until)
        case AgentDraining():
            _set_status(state, event.who, "draining", event.reason)
        case AgentResumed():
            _set_status(state, event.who, "active", None)
        case _:
            pass


def _deployed(state: State, entry: Entry, event: TeamDeployed) -> None:
    version = {
        "team": entry.team,
        "version": event.version,
        "manifest": unless_missing(event.manifest),
        "manifest_sha256": event.manifest_sha256,
        "deployed_at": entry.happened_at,
    }
    state.put(team_versions, version)
    known = state.find(teams, entry.team)
    fresh = {"team": entry.team, "status": "active", "reason": None, "paused_until": None}
    state.put(teams, {**(known or fresh), "active_version": event.version})


def _pinned(state: State, entry: Entry, event: ToolPinned) -> None:
    """A definition was found; the one a person last agreed to is kept for comparison."""
    before = state.find(tool_registry, event.server, event.tool)
    if before is None:
        agreed = None
    elif before["definition_sha256"] == event.definition_sha256 or before["status"] != "active":
        agreed = before["previous_definition"]
    else:
        agreed = before["definition"]
    row = {
        "server": event.server,
        "tool": event.tool,
        "definition": unless_missing(event.definition),
        "previous_definition": agreed,
        "definition_sha256": event.definition_sha256,
        "effect": event.effect,
        "status": event.status,
        "registered_at": entry.happened_at,
        "capabilities": event.capabilities,
        "proposed": event.proposed,
    }
    state.put(tool_registry, row)


def _accepted(state: State, entry: Entry, event: ToolPinned) -> None:
    row = {
        "server": event.server,
        "tool": event.tool,
        "definition": event.definition or UNKNOWN,
        "previous_definition": None,
        "definition_sha256": event.definition_sha256,
        "effect": event.effect,
        "status": "active",
        "registered_at": entry.happened_at,
        "capabilities": event.capabilities,
        "proposed": None,
    }
    state.put(tool_registry, row)


def _set_status(
    state: State, who: str, status: str, reason: str | None, paused_until: datetime | None = None
) -> None:
    columns = {"status": status, "reason": reason, "paused_until": paused_until}
    if "/" in who or who == FLEET:
        state.put(agents, {"agent": who, **columns})
    elif state.find(teams, who) is not None:  # a team that is not deployed has no row to halt
        state.change(teams, who, **columns)
