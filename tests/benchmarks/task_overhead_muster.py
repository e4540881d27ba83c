"""muster's worker: a shift with everything recorded.

Run by task_overhead.py: `python -m tests.benchmarks.task_overhead_muster` with WAY set to
`shift` (model and tools in this process), `prefect` (the same, each task a Prefect task run, as shipped) or
`gateway` (a model server and the real gateway over HTTP).
"""

import os
import random
import tempfile
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from muster.core.canonical import canonical_json, sha256_hex
from muster.core.settings import PROJECT_ROOT, load_settings
from muster.gateway.client import ToolDefinition, ToolOutcome
from muster.intake.leases import LeasedTask
from muster.intake.message import Content, IncomingMessage
from muster.intake.queue import enqueue_within
from muster.ledger.events import EventContext, ToolCallIntended, ToolCallSettled
from muster.ledger.intents import Intent
from muster.ledger.policies import PolicyRegister
from muster.ledger.postgres import PostgresLedger
from muster.models.client import ModelAnswer
from muster.models.door import ModelDoor
from muster.models.governance import ModelChoice, ModelTableFile
from muster.models.usage import TokenUsage
from muster.teams.autonomy_changes import grant_as_written
from muster.teams.deploy import deploy_team
from muster.teams.prompts import PromptShelf
from muster.teams.roster import deployed_team
from muster.teams.run import Workbench
from muster.teams.shift import Shift, ShiftReport
from muster.teams.standard_file import StandardFile
from muster.teams.tools import ToolSession
from muster.wiring import workbench
from tests.benchmarks import task_overhead_work as work

TEAM = "bench"
MANIFEST = f"""
team: {TEAM}
title: Bench
owner: bench@example.com
description: Answers at once.
coordinator: desk
intake: {{webhook: [bench]}}
shift: {{concurrency: 1}}
budget: {{usd_per_day: 100000}}
agents:
  - name: desk
    title: Desk
    description: Says where an order is.
    tier: reconciliation
    phase: core
    model: specialist
    prompt: prompts/desk.md
    tools: [{", ".join(f"shop__{tool}" for tool in work.TOOLS)}]
    budget: {{usd_per_day: 100000}}
"""
FINISH = {"summary": "The order is on its way.", "answer": work.ANSWER, "confidence": 0.95}


def next_answer(messages: list[dict[str, Any]]) -> ModelAnswer:
    """What the instant model says next in a conversation."""
    turn = sum(message["role"] == "assistant" for message in messages)
    if turn < len(work.STEPS):
        number = hash(str(messages[0]["content"])) % 10_000_000
        content = [
            _use(f"shop__{tool}", work.arguments(tool, number), f"toolu_{uuid.uuid4().hex}")
            for tool in work.STEPS[turn]
        ]
    else:
        content = [_use("finish", FINISH, f"toolu_{uuid.uuid4().hex}")]
    return ModelAnswer(content, "tool_use", TokenUsage(work.INPUT_TOKENS, work.OUTPUT_TOKENS), "req_1")


def _use(name: str, arguments: Mapping[str, Any], block_id: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": block_id, "name": name, "input": dict(arguments)}


class InstantModel:
    """Answers at once, by how often it was answered before in this conversation."""

    source = "instant"

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
        return next_answer(messages)


class InstantTools:
    """Tools of this process; the ledger gets intent and outcome of each call, as the gateway does it."""

    def __init__(self, ledger: PostgresLedger) -> None:
        self.ledger = ledger

    @asynccontextmanager
    async def session(self, where: EventContext, lifetime: timedelta) -> AsyncIterator[ToolSession]:
        yield InstantSession(self.ledger, where)


class InstantSession:
    """One run's tools."""

    def __init__(self, ledger: PostgresLedger, where: EventContext) -> None:
        self._ledger = ledger
        self._where = where

    async def list_tools(self) -> list[ToolDefinition]:
        return TOOLS

    async def call(self, name: str, arguments: dict[str, Any], *, call_id: str | None = None) -> ToolOutcome:
        assert call_id is not None
        digest = sha256_hex(canonical_json([name, arguments]))
        intended = ToolCallIntended(
            call_id=call_id, tool=name, effect="read", arguments=arguments, arguments_sha256=digest
        )
        intent = await self._ledger.intend(intended, self._where, reserve_usd=Decimal(0))
        text = work.result(name.removeprefix("shop__"), str(arguments["order_number"]))
        settled = ToolCallSettled(call_id=call_id, tool=name, status="ok", result=text, latency_ms=1)
        await self._ledger.settle(intent, settled, cost_usd=Decimal(0))
        return ToolOutcome(status="ok", text=text)


_STRING = {"type": "string"}
SCHEMA = {
    "type": "object",
    "properties": {"order_number": _STRING, "reason": _STRING},
    "required": ["order_number", "reason"],
}
TOOLS = [ToolDefinition(f"shop__{tool}", "An order.", SCHEMA, "read", True) for tool in work.TOOLS]
POLICIES = PROJECT_ROOT / "data" / "policies"


@asynccontextmanager
async def instant_bench(url: str) -> AsyncIterator[Workbench]:
    """A workbench whose model and tools are in this process."""
    ledger = await PostgresLedger.open(url, pool_size=8)
    policies = PolicyRegister(ledger)
    door = ModelDoor(ledger, ModelTableFile(POLICIES / "models.yaml"), InstantModel(), policies=policies)
    yield Workbench(
        ledger,
        door,
        InstantTools(ledger),
        StandardFile(POLICIES / "standard.yaml", POLICIES / "budgets.yaml"),
        policies,
        PromptShelf(ledger),
        random.Random(1),
    )
    await ledger.close()


class Worker:
    """Shifts of one team, one after another."""

    def __init__(self, way: str) -> None:
        self._way = way
        self._stack = AsyncExitStack()
        self._bench: Workbench

    async def start(self) -> None:
        opened = (
            workbench(load_settings())
            if self._way == "gateway"
            else instant_bench(os.environ["MUSTER_DATABASE_URL"])
        )
        self._bench = await self._stack.enter_async_context(opened)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / TEAM
            (folder / "prompts").mkdir(parents=True)
            (folder / "team.yaml").write_text(MANIFEST)
            (folder / "prompts" / "desk.md").write_text(f"# Role: Desk\n\n{work.SYSTEM}\n")
            await deploy_team(self._bench.ledger, folder, "person:bench")
        await grant_as_written(self._bench.ledger, "co-pilot", reason="a benchmark", actor="person:bench")

    async def stop(self) -> None:
        await self._stack.aclose()

    async def fill(self, tasks: int) -> None:
        async with self._bench.ledger.transaction() as transaction:
            for _ in range(tasks):
                await enqueue_within(self._bench.ledger, transaction, _message())

    async def run(self, tasks: int, most: int) -> None:
        team = await deployed_team(self._bench.ledger, TEAM)
        wider = team.manifest.shift.model_copy(update={"concurrency": most})
        team = replace(team, manifest=team.manifest.model_copy(update={"shift": wider}))
        shift = Shift(self._bench, team, f"bench-{uuid.uuid4().hex}")
        report = await _as_prefect_does(shift) if self._way == "prefect" else await shift.work()
        assert report.completed == tasks, report


async def _as_prefect_does(shift: Shift) -> ShiftReport:
    """The shift as the deployed flow does it: each task one Prefect task run."""
    from prefect import flow

    from flows.team_shift import _Job, work_on

    async def do(leased: LeasedTask) -> None:
        state: Any = work_on(_Job(leased, shift), return_state=True)
        await state

    @flow(name="team-shift")
    async def bench_shift() -> None:
        await shift.work(do)

    await bench_shift()
    return shift.report


def _message() -> IncomingMessage:
    content = Content(
        text=work.TEXT,
        received_at=datetime.now(UTC),
        sender="jo@example.com",
        recipient="bench@example.com",
        subject="Where is my order?",
    )
    return IncomingMessage(
        source="webhook:bench",
        external_id=uuid.uuid4().hex,
        channel="webhook",
        destinations=(TEAM, "bench"),
        priority="medium",
        title="Where is my order?",
        content=content,
    )


if __name__ == "__main__":
    worker = Worker(os.environ["WAY"])
    work.serve(worker.run, fill=worker.fill, start=worker.start, stop=worker.stop)
