"""A run's history as sources of values: its task, and what each tool answered; never what a model said."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from muster.gateway.provenance.call import UNEXPLAINED, Call, call_of
from muster.gateway.provenance.chosen import NOTHING
from muster.gateway.provenance.deduction import CallMade, Deduction
from muster.gateway.provenance.disclosure import disclosed
from muster.gateway.provenance.explaining import Explanation
from muster.gateway.provenance.hints import place_of, shown
from muster.gateway.provenance.policy import ProvenancePolicy, Rule
from muster.gateway.provenance.sent import unvouched
from muster.gateway.provenance.spelling import spelt
from muster.gateway.provenance.task import TaskGiven
from muster.gateway.provenance.tracing import Tracing
from muster.gateway.registration import ArgumentRoles
from muster.ledger.events import Effect

__all__ = ["CallMade", "History", "TaskGiven", "Tracing"]


class TracedTool(Protocol):
    """What is asked of a tool whose call is to be traced; an `input_schema` is used where it has one."""

    @property
    def name(self) -> str:
        """As agents see it: `<server>__<tool>`."""

    @property
    def server(self) -> str:
        """The system it belongs to."""

    @property
    def roles(self) -> ArgumentRoles:
        """Which argument plays which part."""

    @property
    def effect(self) -> Effect:
        """What it does to the world."""


class History:
    """What a run has seen, and what follows from it; cheap to add to and to ask."""

    def __init__(
        self,
        task: TaskGiven | None,
        policy: ProvenancePolicy,
        team: str,
        agent: str,
        roles_of: Callable[[str], ArgumentRoles | None],
    ) -> None:
        """Args:
        agent: whose rules hold for calls and questions that name no agent.
        roles_of: the registration of a tool by its name; null when nobody confirmed it.
        """
        self._task = task
        self._policy = policy
        self._team = team
        self._agent = agent
        self._roles_of = roles_of
        self._rules: dict[str, tuple[Rule, ...]] = {}
        self._distrusted: dict[str, set[str]] = {}
        self._made: list[CallMade] = []
        self._deduced = self._afresh()
        self._surely: Deduction | None = None

    def saw(self, call: CallMade) -> None:
        """A call settled well: its answer is known from now on."""
        self._made.append(call)
        self._take_in(self._deduced, call)

    def distrust(self, server: str, values: Iterable[str]) -> None:
        """Agents wrote these values into the system: what it says of them explains nothing."""
        known = self._distrusted.setdefault(server, set())
        added = {mark for value in values for mark in (value, spelt(value).mark)} - known
        if added:
            known |= added
            self._deduced, self._surely = self._afresh(), None
            for call in self._made:
                self._take_in(self._deduced, call)

    def tracing_of(
        self, tool: TracedTool, arguments: Mapping[str, Any], *, agent: str | None = None
    ) -> Tracing:
        """Where the arguments' values come from, and what of it a person should decide."""
        schema = getattr(tool, "input_schema", None)
        call = call_of(tool.name, agent or self._agent, tool.roles, arguments, schema)
        explanation = self._deduced.explanation_of(call)
        writes = tool.effect != "read"
        leaves_company = tool.effect == "external" or tool.roles.leaves_company
        vouched = self._deduced.explainer.vouched_anywhere
        return Tracing(
            origins=_origins(call, explanation),
            held=self._held(call, explanation) if writes or leaves_company else (),
            disclosure=disclosed(call, self._surely_deduced()) if leaves_company else (),
            unvouched=unvouched(call, explanation.found, vouched, self._deduced.sent.said)
            if writes
            else frozenset(),
            rests_on=NOTHING.union(*(each.rests_on for each in explanation.found.values())),
        )

    def _afresh(self) -> Deduction:
        return Deduction(self._task, self._policy, self._rules_of, self._distrusted)

    def _surely_deduced(self) -> Deduction:
        """What follows without the rules that let words of a message choose records.

        Naming a record's number does not make it the sender's: what it says must not go out for that.
        """
        if self._surely is None:
            self._surely = Deduction(self._task, self._policy, self._sure_rules_of, self._distrusted)
        for call in self._made[len(self._surely.seen) :]:
            self._take_in(self._surely, call)
        return self._surely

    def _take_in(self, deduction: Deduction, made: CallMade) -> None:
        deduction.take_in(made, self._roles_of(made.tool), made.agent or self._agent)

    def _sure_rules_of(self, agent: str) -> tuple[Rule, ...]:
        rules = (rule.without_words() for rule in self._rules_of(agent))
        return tuple(rule for rule in rules if rule is not None)

    def _rules_of(self, agent: str) -> tuple[Rule, ...]:
        if agent not in self._rules:
            self._rules[agent] = self._policy.rules_of(self._team, agent or self._agent)
        return self._rules[agent]

    def _held(self, call: Call, explanation: Explanation) -> tuple[str, ...]:
        sentences = list(explanation.problems.values())
        for leaf in call.controlling:
            if leaf not in explanation.found and leaf not in explanation.problems:
                what = (
                    f"{leaf.argument} = {shown(leaf.value)} is explained by nothing the company vouches for"
                )
                heard = ((seen.name, seen.heard) for seen in self._deduced.seen)
                sentences.append(f"{what}; {place_of(leaf, self._deduced.words, heard)}")
        return tuple(dict.fromkeys(sentences))


def _origins(call: Call, explanation: Explanation) -> dict[str, str]:
    origins: dict[str, dict[str, None]] = {}
    for leaf in call.leaves:
        explained = explanation.found.get(leaf)
        origin = leaf.part or (explained.origin if explained else UNEXPLAINED)
        origins.setdefault(leaf.argument, {})[origin] = None
    return {
        argument: UNEXPLAINED if UNEXPLAINED in found else ", ".join(found)
        for argument, found in origins.items()
    }
