"""The rehearsal model with one more role: a whole team in one head.

A lone agent gets the tools and rules of every agent of a team. It works as its colleagues would have, in one
conversation: where one of them hands over, it goes on itself with what it knows, and what it has looked up
once it does not look up again. Everything else is the rehearsal server as it is.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from muster.models.rehearsal.actor import Actor
from muster.models.rehearsal.conversation import Conversation, Handoff, Tool
from muster.models.rehearsal.script import Ending, Script
from muster.models.rehearsal.server import RehearsalServer
from muster.models.rehearsal.settings import RehearsalSettings
from muster.models.rehearsal.skills import skill_for
from muster.models.rehearsal.skills.work import Skill, Work
from muster.teams.manifest import load_manifest
from muster.teams.manifest_model import AgentManifest, TeamManifest
from muster.teams.platform_tools import platform_tools

ROLE = "All-rounder for "
_MOST_HANDOVERS = 8


class OneHead:
    """The skill of a lone agent, made of the skills of a team."""

    def __init__(self, team: TeamManifest) -> None:
        self._team = team

    def skill(self, talk: Conversation) -> Skill:
        """What the lone agent does in this conversation; it makes no mistakes of its own."""
        return Skill("one head", needs=(), script=self._script)

    def _script(self, work: Work) -> Script:
        agent = self._team.agent(self._team.coordinator)
        talk = self._as_agent(work.talk, agent)
        for _ in range(_MOST_HANDOVERS):
            # which skill an agent has is decided by its own tools; it is carried out with all of them
            own = {name: tool for name, tool in talk.tools.items() if name in agent.tools or "__" not in name}
            skill = skill_for(replace(talk, tools=own))
            ending: Ending = yield from skill.script(Work(talk, work.chance))
            if ending.tool != "hand_off":
                return ending
            agent = self._team.agent(str(ending.arguments["to"]))
            facts = {str(fact["key"]): str(fact["value"]) for fact in ending.arguments["facts"]}
            note = Handoff(talk.role, str(ending.arguments["ask"]), (), ())
            talk = self._as_agent(replace(talk, facts={**talk.facts, **facts}, handoff=note), agent)
        raise AssertionError("the colleagues in one head hand over in circles")

    def _as_agent(self, talk: Conversation, agent: AgentManifest) -> Conversation:
        """The conversation as a colleague sees it, with a tool to hand over to the others."""
        tools = {name: tool for name, tool in talk.tools.items() if name != "hand_off"}
        for definition in platform_tools(agent, self._team, for_colleague=False, may_delegate=False):
            if definition["name"] == "hand_off":
                tools["hand_off"] = Tool("hand_off", definition["description"], definition["input_schema"])
        return replace(talk, role=agent.title, tools=tools)


class LoneActor(Actor):
    """Plays lone agents by their team's skills, and everybody else as ever."""

    def __init__(self, settings: RehearsalSettings, heads: dict[str, OneHead]) -> None:
        super().__init__(settings)
        self._heads = heads

    def _script(self, skill: Skill, work: Work) -> Script:
        head = self._heads.get(work.talk.role.removeprefix(ROLE)) if work.talk.role.startswith(ROLE) else None
        return super()._script(skill if head is None else head.skill(work.talk), work)


def lone_server(settings: RehearsalSettings, teams_dir: Path) -> RehearsalServer:
    """The rehearsal server that also plays lone agents for the teams of a folder."""
    heads = {path.parent.name: OneHead(load_manifest(path.parent)) for path in teams_dir.glob("*/team.yaml")}
    server = RehearsalServer(settings)
    server._actor = LoneActor(settings, heads)
    return server


def lone_manifest(team: TeamManifest) -> dict[str, Any]:
    """The manifest of a team with one agent that has every tool and the strongest model of the team."""
    tools = list(dict.fromkeys(tool for agent in team.agents for tool in agent.tools))
    strongest = "specialist" if any(agent.model == "specialist" for agent in team.agents) else "coordinator"
    strictest = max(agent.escalate.confidence_below for agent in team.agents)
    knowledge = list(dict.fromkeys(label for agent in team.agents for label in agent.knowledge))
    return {
        "team": team.team,
        "title": team.title,
        "owner": team.owner,
        "description": team.description,
        "coordinator": "all_rounder",
        "intake": team.intake.model_dump(mode="json"),
        "shift": {"concurrency": team.shift.concurrency},
        "budget": {"usd_per_day": 1_000},
        "agents": [
            {
                "name": "all_rounder",
                "title": f"{ROLE}{team.team}",
                "description": team.description,
                "tier": "reconciliation",
                "phase": "core",
                "model": strongest,
                "prompt": "prompts/all_rounder.md",
                "tools": tools,
                "knowledge": knowledge,
                "budget": {"usd_per_day": 1_000, "usd_per_task": 5, "model_calls_per_task": 30},
                "escalate": {"confidence_below": strictest, "tool_calls_over": 20},
            }
        ],
    }
