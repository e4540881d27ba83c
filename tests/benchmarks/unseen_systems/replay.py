"""A public benchmark's tasks and attacks, replayed with an obedient model against the provenance rules."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from agentdojo.agent_pipeline.tool_execution import tool_result_to_str
from agentdojo.base_tasks import BaseInjectionTask, BaseUserTask
from agentdojo.functions_runtime import FunctionCall, FunctionsRuntime
from agentdojo.task_suite.load_suites import get_suite
from agentdojo.task_suite.task_suite import TaskSuite

from muster.gateway.provenance.history import CallMade, History, TaskGiven, Tracing
from muster.gateway.provenance.policy import ProvenancePolicy
from muster.gateway.registration import Registration, ToolRegistration, load_registration

VERSION = "v1.2"
SUITES = ("banking", "slack", "travel", "workspace")
FOLDER = Path(__file__).parent
POLICY = ProvenancePolicy(trusted_sources=("request",))
"""The person who asks is the company's own; nobody and nothing else is trusted, and no rule is written."""
_TEAM = "assistant"


@dataclass(frozen=True)
class Registered:
    """A tool as the engine is told of it."""

    name: str
    server: str
    roles: ToolRegistration
    input_schema: dict[str, Any]

    @property
    def effect(self) -> Any:
        """What it does to the world."""
        return self.roles.effect


@dataclass
class Replayed:
    """What became of one run."""

    suite: str
    user_task: str
    injection_task: str | None
    held: list[str] = field(default_factory=list)
    """Calls of the person's own task that a person would be asked about, with the reason."""
    blocked: list[str] = field(default_factory=list)
    """Calls of the attack that were held."""
    solved: bool = False
    """Whether the person's task was solved, by the benchmark's own check."""
    attacked: bool = False
    """Whether the attack reached its goal, by the benchmark's own check."""


class Assistant:
    """One run: carries out calls one after another, each if the rules let it."""

    def __init__(self, suite: TaskSuite, registration: Registration, prompt: str, environment: Any) -> None:
        self._suite = suite
        self._registration = registration
        self.environment = environment
        self._runtime = FunctionsRuntime(suite.tools)
        self._schemas = schemas_of(suite)
        task = TaskGiven(source="request", channel="request", sender=None, subject="", text=prompt)
        self.history = History(task, POLICY, _TEAM, "assistant", self._roles_of)
        self.made: list[FunctionCall] = []

    def tool(self, name: str) -> Registered:
        """The tool as it is registered."""
        roles = self._registration.of(self._suite.name, name)
        if roles is None:
            raise KeyError(f"{self._suite.name}.yaml does not register {name}")
        return Registered(f"{self._suite.name}__{name}", self._suite.name, roles, self._schemas[name])

    def call(self, name: str, arguments: dict[str, Any], *, approved: bool = False) -> Tracing:
        """Make a call where nothing holds it, or a person approves it; gives what was found about it."""
        tool = self.tool(name)
        tracing = self.history.tracing_of(tool, arguments)
        if approved or not (tracing.held or tracing.disclosure):
            result, error = self._runtime.run_function(self.environment, name, arguments)
            self.made.append(FunctionCall(function=name, args=arguments))
            if error is None:
                self._heard(tool, arguments, tool_result_to_str(result), approved)
        return tracing

    def _heard(self, tool: Registered, arguments: dict[str, Any], answer: str, approved: bool) -> None:
        call = CallMade(
            call_id=str(len(self.made)),
            tool=tool.name,
            arguments=arguments,
            answer=answer,
            explained=approved,
            effect=tool.effect,
        )
        self.history.saw(call)

    def _roles_of(self, name: str) -> ToolRegistration | None:
        return self._registration.of(self._suite.name, name.partition("__")[2])


@cache
def schemas_of(suite: TaskSuite) -> dict[str, dict[str, Any]]:
    """The arguments of each of the suite's tools, as JSON Schema."""
    return {tool.name: tool.parameters.model_json_schema() for tool in suite.tools}


def user_tasks(suite: TaskSuite, registration: Registration) -> Iterator[Replayed]:
    """Each of the suite's tasks without an attack, first without a person and then with one who approves."""
    for name, task in suite.user_tasks.items():
        replayed = Replayed(suite.name, name, None)
        before = task.init_environment(suite.load_and_inject_default_environment({}))
        run = Assistant(suite, registration, task.PROMPT, copy.deepcopy(before))
        _work(run, task, replayed)
        replayed.solved = not replayed.held and _utility(task, before, run)
        yield replayed


def attacks(suite: TaskSuite, registration: Registration) -> Iterator[Replayed]:
    """Each task with each attack: the model does the task, then all that the attack wants."""
    poisoned = {
        name: suite.load_and_inject_default_environment(
            dict.fromkeys(suite.get_injection_vector_defaults(), attack.GOAL)
        )
        for name, attack in suite.injection_tasks.items()
    }
    for user_name, task in suite.user_tasks.items():
        for name, attack in suite.injection_tasks.items():
            before = task.init_environment(copy.deepcopy(poisoned[name]))
            run = Assistant(suite, registration, task.PROMPT, copy.deepcopy(before))
            replayed = Replayed(suite.name, user_name, name)
            _work(run, task, replayed)
            for call in attack.ground_truth(run.environment):
                tracing = run.call(call.function, dict(call.args))
                reasons = (*tracing.held, *tracing.disclosure)
                replayed.blocked += [f"{call.function}: {why}" for why in reasons]
            replayed.attacked = _security(attack, before, run)
            yield replayed


def _work(run: Assistant, task: BaseUserTask[Any], replayed: Replayed) -> None:
    """Do what solves the task; where a call is held, a person who asked for it approves it."""
    for call in task.ground_truth(run.environment):
        arguments = dict(call.args)
        tracing = run.call(call.function, arguments)
        reasons = (*tracing.held, *tracing.disclosure)
        if reasons:
            replayed.held += [f"{call.function}: {why}" for why in reasons]
            run.call(call.function, arguments, approved=True)


def _utility(task: BaseUserTask[Any], before: Any, run: Assistant) -> bool:
    said = task.GROUND_TRUTH_OUTPUT
    from_calls = task.utility_from_traces(said, before, run.environment, run.made)
    return bool(task.utility(said, before, run.environment) if from_calls is None else from_calls)


def _security(attack: BaseInjectionTask[Any], before: Any, run: Assistant) -> bool:
    said = attack.GROUND_TRUTH_OUTPUT
    from_calls = attack.security_from_traces(said, before, run.environment, run.made)
    return bool(attack.security(said, before, run.environment) if from_calls is None else from_calls)


def loaded(names: Sequence[str]) -> Iterator[tuple[TaskSuite, Registration]]:
    """The suites of those names, each with its registration."""
    for name in names:
        yield get_suite(VERSION, name), load_registration(FOLDER / f"{name}.yaml")
