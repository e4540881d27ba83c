"""The standard every agent obeys: what is tried again, when a person is asked, how far an agent may go."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator

from muster.teams.manifest_model import AgentManifest, TeamManifest
from muster.teams.spending import FleetLimits
from muster.teams.standard_rules import (
    ERROR_CLASSES,
    AnswerWithin,
    ApprovalRules,
    Autonomy,
    ErrorClass,
    EscalationFloor,
    Limits,
    LoopRules,
    RetryRule,
    Section,
)

__all__ = [
    "DEFAULT_RETRY",
    "ERROR_CLASSES",
    "AnswerWithin",
    "ApprovalRules",
    "Autonomy",
    "ErrorClass",
    "EscalationFloor",
    "Limits",
    "LoopRules",
    "RetryRule",
    "Standard",
]

_SERVER = {"first_delay_seconds": 0.5, "longest_delay_seconds": 30.0}

DEFAULT_RETRY: Mapping[ErrorClass, RetryRule] = {
    "overload": RetryRule(attempts=5, then="fallback", **_SERVER),
    "rate_limit": RetryRule(attempts=5, first_delay_seconds=1, longest_delay_seconds=60, then="fallback"),
    "network": RetryRule(attempts=5, then="stand_by", **_SERVER),
    "timeout": RetryRule(attempts=3, then="fallback", **_SERVER),
    "server_error": RetryRule(attempts=5, then="fallback", **_SERVER),
    "tool_away": RetryRule(attempts=3, first_delay_seconds=0.5, longest_delay_seconds=10),
    "tool_error": RetryRule(attempts=1),
    "invalid_arguments": RetryRule(attempts=3),
    "unknown_tool": RetryRule(attempts=3),
    "refusal": RetryRule(attempts=1),
    "truncated": RetryRule(attempts=2),
    "broken_json": RetryRule(attempts=3),
    "empty_answer": RetryRule(attempts=3),
    "oversized_answer": RetryRule(attempts=2),
}
"""What each error class is tried by where `standard.yaml` says nothing."""

_MODEL_AWAY = frozenset({"overload", "rate_limit", "network", "timeout", "server_error"})
_MAY_STAND_BY = _MODEL_AWAY | {"tool_away"}


class Standard(Section):
    """The floor for every agent of every team; manifests may tighten what concerns them, never loosen."""

    version: str = ""
    """The label it is recorded under, such as `standard@2`; empty until it is recorded. Not in the file."""
    retry: dict[ErrorClass, RetryRule] = Field(default_factory=lambda: dict(DEFAULT_RETRY))
    """How each error class is tried again. Complete: what is left out is as in the defaults.

    `overload`, `rate_limit`, `network`, `timeout`, `server_error`: the model's side; the platform asks again.
    `tool_away`: a tool cannot be reached; the platform calls again where that can have no effect twice.
    `tool_error`: the tool answered with an error; `attempts` is how often the platform itself makes a failing
    read before the agent is told. `escalation.tool_errors` in a row ask a person.
    `invalid_arguments`, `unknown_tool`, `truncated`, `broken_json`, `empty_answer`, `oversized_answer`,
    `refusal`: the answer cannot be used; the model is told and asked again, `attempts` answers of the class
    in one agent's turn in all.
    """
    escalation: EscalationFloor = EscalationFloor()
    """When a person is asked."""
    limits: Limits = Limits()
    """How much a task may take."""
    loop: LoopRules = LoopRules()
    """When a run that gets nowhere is stopped."""
    answer_within: AnswerWithin = AnswerWithin()
    """When a person should have answered."""
    approvals: ApprovalRules = ApprovalRules()
    """How long a held call waits for a person's word."""
    autonomy: Autonomy = Autonomy()
    """What promotes and demotes an agent."""
    fleet: FleetLimits = FleetLimits()
    """What all agents together may spend; it stands in `budgets.yaml`."""

    @field_validator("retry", mode="before")
    @classmethod
    def _completed(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        own = {name: _merged(name, rule) for name, rule in given.items()}
        return {**DEFAULT_RETRY, **own}

    @field_validator("retry")
    @classmethod
    def _sensible(cls, retry: dict[ErrorClass, RetryRule]) -> dict[ErrorClass, RetryRule]:
        for name, rule in retry.items():
            if rule.then == "stand_by" and name not in _MAY_STAND_BY:
                raise ValueError(f"{name} cannot stand by: nothing is away that could come back")
            if rule.then == "fallback" and name not in _MODEL_AWAY:
                raise ValueError(f"{name} has no fallback: only errors of a model's server have one")
        return retry

    def applied_to(self, manifest: TeamManifest) -> TeamManifest:
        """The manifest with every limit at least as tight as this standard.

        A team deployed under a looser standard is held to a tightened one from the next task on; the same
        object comes back when nothing had to be tightened.
        """
        agents = tuple(self._held(agent) for agent in manifest.agents)
        limit = min(manifest.shift.task_time_limit_seconds, self.limits.task_time_limit_seconds)
        if limit == manifest.shift.task_time_limit_seconds and all(
            new is old for new, old in zip(agents, manifest.agents, strict=True)
        ):
            return manifest
        shift = manifest.shift.model_copy(update={"task_time_limit_seconds": limit})
        return manifest.model_copy(update={"agents": agents, "shift": shift})

    def _held(self, agent: AgentManifest) -> AgentManifest:
        floor, own, budget = self.escalation, agent.escalate, agent.budget
        escalate = {
            "confidence_below": max(own.confidence_below, floor.confidence_floor),
            "tool_calls_over": min(own.tool_calls_over, floor.tool_calls_over),
            "customer_asks": own.customer_asks or floor.customer_asks,
        }
        calls = min(budget.model_calls_per_task, self.limits.model_calls_per_task)
        if calls == budget.model_calls_per_task and all(
            getattr(own, name) == value for name, value in escalate.items()
        ):
            return agent
        return agent.model_copy(
            update={
                "escalate": own.model_copy(update=escalate),
                "budget": budget.model_copy(update={"model_calls_per_task": calls}),
            }
        )


def _merged(name: Any, rule: Any) -> Any:
    default = DEFAULT_RETRY.get(name)
    if default is None or not isinstance(rule, Mapping):
        return rule
    return {**default.model_dump(), **rule}
