"""A run's shared facts: written and read by key, each agent within its knowledge."""

from collections.abc import Iterable

from muster.ledger.events import Fact, FactRecorded
from muster.teams.manifest_model import AgentManifest
from muster.teams.platform_tools import StatedFact
from muster.teams.standard import Limits


class FactSheet:
    """What was established in a run; a later fact of a key takes the earlier one's place."""

    def __init__(self, limits: Limits, facts: Iterable[Fact] = ()) -> None:
        self._limits = limits
        self._facts: dict[str, Fact] = {fact.key: fact for fact in facts}

    @property
    def all(self) -> tuple[Fact, ...]:
        """Every fact, in the order they were first written; for people, not for agents."""
        return tuple(self._facts.values())

    def visible_to(self, agent: AgentManifest) -> list[Fact]:
        """The facts that are for everybody, or marked with knowledge the agent has."""
        return [fact for fact in self._facts.values() if _may_see(agent, fact)]

    def problem_with(self, stated: StatedFact, agent: AgentManifest) -> str:
        """Why the agent may not write this; empty when it may.

        About a key that is marked for knowledge the agent lacks it learns only that the key is taken.
        """
        known = self._facts.get(stated.key)
        if stated.knowledge is not None and stated.knowledge not in agent.knowledge:
            labels = ", ".join(agent.knowledge) or "none"
            return f"{stated.knowledge} is not among your knowledge; yours: {labels}"
        if known is not None and not _may_see(agent, known):
            return f"the key {stated.key} is taken; choose another"
        if known is None and len(self._facts) >= self._limits.facts:
            return f"the fact list is full ({self._limits.facts}); write over one that is out of date"
        if len(stated.value) > self._limits.fact_characters:
            return f"a fact has at most {self._limits.fact_characters} characters"
        return ""

    def write(self, stated: StatedFact, agent: AgentManifest) -> Fact:
        """The fact, as it now stands on the sheet; ask `problem_with` first."""
        fact = Fact(
            key=stated.key,
            value=stated.value,
            source=stated.source or agent.name,
            knowledge=stated.knowledge,
        )
        self._facts[fact.key] = fact
        return fact

    def copy(self) -> "FactSheet":
        """The sheet as it is now, for a colleague who works beside others."""
        return FactSheet(self._limits, self._facts.values())

    def take_over(self, facts: Iterable[Fact]) -> None:
        """Write what a colleague established; its own writing was checked."""
        self._facts.update({fact.key: fact for fact in facts})


def recorded(fact: Fact) -> FactRecorded:
    """The event of a fact that was written."""
    return FactRecorded(key=fact.key, value=fact.value, source=fact.source, knowledge=fact.knowledge)


def _may_see(agent: AgentManifest, fact: Fact) -> bool:
    return fact.knowledge is None or fact.knowledge in agent.knowledge
