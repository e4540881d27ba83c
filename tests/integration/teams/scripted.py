"""A team, a model and tools that do what a test says; the ledger under them is real."""

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from muster.gateway.client import ToolDefinition, ToolOutcome
from muster.ledger.events import Effect, EventContext, ToolCallIntended, ToolCallRefused, ToolCallSettled
from muster.ledger.intents import Intent
from muster.ledger.policies import PolicyRegister
from muster.ledger.postgres import PostgresLedger
from muster.models.claude import ModelAnswer
from muster.models.door import ModelDoor
from muster.models.governance import ModelChoice, ModelTableFile
from muster.models.usage import TokenUsage
from muster.teams.manifest_model import TeamManifest
from muster.teams.prompts import Prompt
from muster.teams.roster import DeployedTeam
from muster.teams.run import Workbench
from muster.teams.standard import Standard
from muster.teams.task import Task
from muster.teams.tools import ToolSession

POLICIES = Path(__file__).parents[3] / "data" / "policies"
_SOON = {"attempts": 3, "first_delay_seconds": 0.001, "longest_delay_seconds": 0.001}
QUICK = Standard.model_validate(
    {
        "retry": {
            **{
                name: {**_SOON, "then": "fallback"}
                for name in ("overload", "rate_limit", "timeout", "server_error")
            },
            "network": {**_SOON, "then": "stand_by"},
            "tool_away": _SOON,
        }
    }
)


def agent(name: str, **changes: Any) -> dict[str, Any]:
    """A manifest entry for one agent."""
    return {
        "name": name,
        "title": name,
        "description": f"does the work of {name}",
        "tier": "reconciliation",
        "model": "specialist",
        "prompt": "prompts/x.md",
        **changes,
    }


def team(*agents: dict[str, Any]) -> DeployedTeam:
    """A deployed team; the first agent is its coordinator."""
    manifest = TeamManifest.model_validate(
        {
            "team": "support",
            "title": "Support",
            "owner": "owner@example.com",
            "description": "tests",
            "coordinator": agents[0]["name"],
            "intake": {},
            "budget": {"usd_per_day": Decimal(10)},
            "agents": agents,
        }
    )
    return DeployedTeam(manifest, 1)


def task(task_id: str = "tsk_1") -> Task:
    """A task with one line of text."""
    content = {"sender": "jo@example.com", "subject": "Hi", "text": "Where is my order?"}
    return Task(task_id, "support", "mail", "medium", "Hi", content, 1, run_id="run_1")


def use(name: str, call: int = 0, /, **arguments: Any) -> ModelAnswer:
    """An answer that calls one tool."""
    block = {"type": "tool_use", "id": f"toolu_{call}", "name": name, "input": arguments}
    return ModelAnswer([block], "tool_use", TokenUsage(100, 10), "req_1")


def say(text: str, stop_reason: str = "end_turn") -> ModelAnswer:
    """An answer in words."""
    return ModelAnswer([{"type": "text", "text": text}], stop_reason, TokenUsage(100, 10), "req_1")


class FixedStandard:
    """A standard that nobody edits."""

    def __init__(self, standard: Standard = QUICK) -> None:
        self._standard = standard

    def current(self) -> Standard:
        return self._standard


class FirstPrompts:
    """Every agent has the first version of a prompt that names it."""

    async def active(self, team: str, agent: str, transaction_type: str = "") -> Prompt:
        return Prompt(1, f"# Role: {agent}", transaction_type)

    async def at(self, team: str, agent: str, transaction_type: str, version: int) -> Prompt:
        return Prompt(version, f"# Role: {agent}", transaction_type)


class ScriptedClient:
    """Gives its answers in order; an exception in the script is raised."""

    source = "scripted"

    def __init__(self, *script: ModelAnswer | BaseException) -> None:
        self.script = list(script)
        self.asked: list[list[dict[str, Any]]] = []

    async def reachable(self, roles: Mapping[str, ModelChoice]) -> None:
        return None

    async def send(
        self,
        intent: Intent,
        choice: ModelChoice,
        system: list[dict[str, Any]],
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]],
    ) -> ModelAnswer:
        self.asked.append(messages)
        step = self.script.pop(0)
        if isinstance(step, BaseException):
            raise step
        return step


class ScriptedTools:
    """Tools that answer from a table, and write to the ledger as the gateway does."""

    def __init__(self, ledger: PostgresLedger, **answers: ToolOutcome | BaseException) -> None:
        self._ledger = ledger
        self._answers: dict[str, ToolOutcome | BaseException] = answers
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.effect: Effect = "read"
        self.keyed = False
        self.names = ["shop__get_order", *(name for name in answers if name != "shop__get_order")]

    @asynccontextmanager
    async def session(self, where: EventContext, lifetime: timedelta) -> AsyncIterator[ToolSession]:
        yield _Session(self, where)

    async def call(
        self, where: EventContext, name: str, arguments: dict[str, Any], call_id: str
    ) -> ToolOutcome:
        answer = self._answers[name]
        if isinstance(answer, ToolOutcome) and answer.status == "refused":
            return await self._refuse(where, name, arguments, call_id, answer)
        intended = ToolCallIntended.model_validate(
            {
                "call_id": call_id,
                "tool": name,
                "effect": self.effect,
                "arguments": arguments,
                "arguments_sha256": "",
            }
        )
        intent = await self._ledger.intend(intended, where, reserve_usd=Decimal(0))
        self.calls.append((name, arguments))
        if isinstance(answer, BaseException):
            raise answer
        settled = ToolCallSettled(
            call_id=call_id,
            tool=name,
            status=answer.status,
            result=answer.text,
            latency_ms=1,
            delivered=answer.delivered,
        )
        await self._ledger.settle(intent, settled, cost_usd=Decimal(0))
        return answer

    async def _refuse(
        self, where: EventContext, name: str, arguments: dict[str, Any], call_id: str, answer: ToolOutcome
    ) -> ToolOutcome:
        self.calls.append((name, arguments))
        refused = ToolCallRefused(
            call_id=call_id,
            tool=name,
            verdict=answer.verdict or "deny",
            rule=answer.rule or "grant",
            reason=answer.text,
            arguments=arguments,
        )
        await self._ledger.append(refused, where)
        return answer


class _Session:
    def __init__(self, tools: ScriptedTools, where: EventContext) -> None:
        self._tools = tools
        self._where = where

    async def list_tools(self) -> list[ToolDefinition]:
        schema, effect = {"type": "object"}, self._tools.effect
        again = effect == "read" or self._tools.keyed
        return [ToolDefinition(name, name, schema, effect, again) for name in self._tools.names]

    async def call(self, name: str, arguments: dict[str, Any], *, call_id: str | None = None) -> ToolOutcome:
        assert call_id is not None
        return await self._tools.call(self._where, name, arguments, call_id)


def bench(
    ledger: PostgresLedger,
    client: ScriptedClient,
    tools: ScriptedTools,
    models: Path = POLICIES / "models.yaml",
    standard: Standard = QUICK,
) -> Workbench:
    """A workbench whose model and tools are scripted."""
    door = ModelDoor(ledger, ModelTableFile(models), client)
    return Workbench(
        ledger,
        door,
        tools,
        FixedStandard(standard),
        PolicyRegister(ledger),
        FirstPrompts(),
        random.Random(1),
    )
