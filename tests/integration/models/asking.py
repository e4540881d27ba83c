"""A door with a model that does what a test says; the ledger behind it is real."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from muster.ledger.events import EventContext
from muster.ledger.intents import Intent
from muster.ledger.postgres import PostgresLedger
from muster.models.client import ModelAnswer
from muster.models.door import ModelDoor, Question
from muster.models.governance import ModelTableFile
from muster.models.table import ModelChoice
from muster.models.usage import TokenUsage

WHERE = EventContext(
    actor="agent:support/desk", task_id="tsk_1", run_id="run_1", team="support", agent="desk"
)
TABLE = """\
roles:
  writer:
    model: claude-sonnet-5-5
    fallback: claude-haiku-5-5
    max_tokens: 100
  clerk:
    model: claude-haiku-5-5
    max_tokens: 100
    batch: true
"""
HELLO = ModelAnswer([{"type": "text", "text": "hello"}], "end_turn", TokenUsage(1_000, 100), "req_1")


class SaidClient:
    """Gives its answers in order, and waits for ever where one is missing."""

    source = "scripted"

    def __init__(self, *script: ModelAnswer | BaseException) -> None:
        self.script = list(script)
        self.asked: list[tuple[ModelChoice, list[dict[str, Any]], list[dict[str, Any]]]] = []

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
        intent.begin()
        self.asked.append((choice, system, messages))
        if not self.script:
            await asyncio.Event().wait()
        step = self.script.pop(0)
        if isinstance(step, BaseException):
            raise step
        return step


def table_file(folder: Path, text: str = TABLE) -> ModelTableFile:
    """A model table in a folder of the test's own."""
    path = folder / "models.yaml"
    path.write_text(text)
    return ModelTableFile(path)


def question(role: str = "writer", text: str = "hello", **changes: Any) -> Question:
    """A short question."""
    return Question(role, 1, [], [{"role": "user", "content": text}], [], **changes)


async def events(ledger: PostgresLedger, *kinds: str) -> Sequence[Mapping[str, Any]]:
    """The payloads of the recorded events of these kinds, in order, with what they cost."""
    rows = await ledger.fetch(
        "SELECT kind, body, cost_usd FROM ledger.events WHERE kind = ANY (%(kinds)s) ORDER BY seq",
        {"kinds": list(kinds)},
    )
    return [
        {**orjson.loads(row["body"])["payload"], "kind": row["kind"], "cost_usd": row["cost_usd"]}
        for row in rows
    ]


async def ask(door: ModelDoor, asked: Question, call: int = 1, **options: Any) -> ModelAnswer:
    """One attempt at an answer, without budgets."""
    return await door.ask(asked, WHERE, call_id=f"mcl_{call}", **{"budgets": (), **options})
