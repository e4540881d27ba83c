"""Runs made of a task and some calls, over a registration that a test writes down."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from muster.gateway.provenance.history import CallMade, History, TaskGiven, Tracing
from muster.gateway.provenance.policy import ProvenancePolicy
from muster.gateway.registration import ArgumentRoles, ToolRegistration
from muster.ledger.events import Effect

TRUSTED = {"trusted_sources": ["request"]}


@dataclass(frozen=True)
class Tool:
    """As much of a tool as the engine asks for."""

    name: str
    roles: ToolRegistration
    input_schema: Mapping[str, Any]

    @property
    def server(self) -> str:
        return self.name.partition("__")[0]

    @property
    def effect(self) -> Effect:
        return self.roles.effect


class Run:
    """A run over `tools` (name, registration), told what it saw, asked what it may do."""

    def __init__(
        self,
        tools: Mapping[str, Mapping[str, Any]],
        *,
        request: str | None = None,
        mail: str | None = None,
        sender: str | None = None,
        subject: str = "",
        attachments: tuple[str, ...] = (),
        policy: Mapping[str, Any] = TRUSTED,
        team: str = "support",
        agent: str = "clerk",
    ) -> None:
        self.tools = {name: ToolRegistration.model_validate(said) for name, said in tools.items()}
        words = request if request is not None else mail
        task = None
        if words is not None:
            channel = "request" if request is not None else "mail"
            task = TaskGiven(
                source=f"{channel}:desk",
                channel=channel,
                sender=sender,
                subject=subject,
                text=words,
                attachments=attachments,
            )
        self.history = History(task, ProvenancePolicy.model_validate(policy), team, agent, self._roles)
        self._calls = 0

    def _roles(self, name: str) -> ArgumentRoles | None:
        return self.tools.get(name)

    def saw(self, tool: str, answer: Any, /, *, approved: bool = False, **arguments: Any) -> "Run":
        """The call was carried out and gave `answer`."""
        self._calls += 1
        self.history.saw(
            CallMade(
                call_id=f"1.{self._calls}",
                tool=tool,
                arguments=arguments,
                answer=answer,
                explained=approved,
                effect=self.tools[tool].effect,
            )
        )
        return self

    def traced(self, tool: str, /, *, schema: Mapping[str, Any] | None = None, **arguments: Any) -> Tracing:
        """Where the arguments of a call that is about to be made come from."""
        return self.history.tracing_of(Tool(tool, self.tools[tool], schema or {}), arguments)

    def held(self, tool: str, /, **arguments: Any) -> set[str]:
        """The arguments of the call that wait for a person."""
        tracing = self.traced(tool, **arguments)
        unexplained = {name for name, origin in tracing.origins.items() if origin == "unexplained"}
        assert bool(unexplained) == bool(tracing.held)
        return unexplained
