"""What the agents of one run share: the task, the facts, and the way to models, tools and the record."""

from dataclasses import dataclass, replace
from typing import Protocol

from muster.ledger.events import AnyEvent, DelegationMade, EventContext, HandoffMade
from muster.ledger.postgres import PostgresLedger
from muster.teams.acting import Acting
from muster.teams.asking import Asking
from muster.teams.deadline import Deadline
from muster.teams.facts import FactSheet
from muster.teams.halts import stop_if_draining
from muster.teams.journal import Journal
from muster.teams.manifest_model import AgentManifest, TeamManifest
from muster.teams.prompts import Prompt
from muster.teams.standard import Standard
from muster.teams.task import Task
from muster.teams.tools import Tools


class PromptSource(Protocol):
    """Where prompts come from."""

    async def active(self, team: str, agent: str, transaction_type: str = "") -> Prompt:
        """The version in force for this kind of work, else the agent's general one."""
        ...

    async def at(self, team: str, agent: str, transaction_type: str, version: int) -> Prompt:
        """One version."""
        ...


@dataclass
class Scene:
    """One run's shared things."""

    ledger: PostgresLedger
    tools: Tools
    prompts: PromptSource
    team: TeamManifest
    task: Task
    standard: Standard
    journal: Journal
    asking: Asking
    acting: Acting
    deadline: Deadline
    facts: FactSheet
    where: EventContext
    """The run's place in the record, without an agent."""
    transaction_type: str = ""
    """The kind of work it is, as far as that is known by now."""

    def place_of(self, agent: AgentManifest) -> EventContext:
        """The run's place in the record, with `agent` at work."""
        name = f"agent:{self.team.team}/{agent.name}"
        return replace(self.where, agent=agent.name, actor=name)

    async def prompt_of(self, agent: AgentManifest) -> Prompt:
        """The prompt the agent began with in this run, else the one in force now.

        Raises:
            PromptUnknownError: the agent has no prompt.
            LedgerUnavailableError: the database is away.
        """
        began_with = self.journal.prompts.get(agent.name)
        if began_with is not None:
            return await self.prompts.at(self.team.team, agent.name, *began_with)
        prompt = await self.prompts.active(self.team.team, agent.name, self.transaction_type)
        self.journal.prompts[agent.name] = (prompt.transaction_type, prompt.version)
        return prompt

    async def note(self, event: AnyEvent, where: EventContext) -> None:
        """Append what happened at this step, unless an earlier worker recorded this very step.

        Raises:
            EventRefusedError: a text cannot be stored.
            LedgerUnavailableError: the database is away.
        """
        if not self.journal.has(event):
            await self.ledger.append(event, where)

    async def give_work(self, event: HandoffMade | DelegationMade, where: EventContext) -> None:
        """As `note`, for work that another agent is given now.

        Raises:
            ParkedError: that agent takes nothing new.
            EventRefusedError: a text cannot be stored.
            LedgerUnavailableError: the database is away.
        """
        if not self.journal.has(event):
            await stop_if_draining(self.ledger, self.team.team, event.to_agent)
            await self.ledger.append(event, where)
