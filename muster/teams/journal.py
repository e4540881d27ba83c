"""What a run has already done, read from the ledger: a recorded answer is never asked for again."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Self

import orjson

from muster.ledger.events import (
    HandoffMade,
    ModelCallIntended,
    ModelCallSettled,
    ToolCallIntended,
    ToolCallRefused,
    ToolCallSettled,
    read_event,
)
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from muster.models.claude import ModelAnswer
from muster.models.usage import TokenUsage

ToolEnd = ToolCallSettled | ToolCallRefused


@dataclass
class Journal:
    """The recorded steps of one run, in order."""

    answers: deque[tuple[str, ModelAnswer]] = field(default_factory=deque)
    """(request SHA-256, answer) of every answered model call not yet used again."""
    tool_ends: dict[str, ToolEnd] = field(default_factory=dict)
    """By call id."""
    open_tools: dict[str, ToolCallIntended] = field(default_factory=dict)
    """Tool calls that were begun and never heard of again, by call id."""
    handoffs: deque[HandoffMade] = field(default_factory=deque)
    evidence: list[str] = field(default_factory=list)
    """Ids of the events a person would look at: tool calls and refusals."""

    @classmethod
    async def load(cls, ledger: PostgresLedger, run_id: str) -> Self:
        """The journal of a run; empty for a run that never began.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        journal = cls()
        questions: dict[str, str] = {}
        for row in await ledger.fetch(load("muster.teams", "run_bodies"), {"run_id": run_id}):
            body: dict[str, Any] = orjson.loads(row["body"])
            journal._note(row["event_id"], body, questions)
        return journal

    def _note(self, event_id: str, body: dict[str, Any], questions: dict[str, str]) -> None:
        match read_event(body):
            case ModelCallIntended() as question:
                questions[question.call_id] = question.request_sha256
            case ModelCallSettled(status="ok") as answer:
                self.answers.append((questions[answer.call_id], _answer(answer)))
            case ToolCallIntended() as begun:
                self.open_tools[begun.call_id] = begun
            case ToolCallSettled() | ToolCallRefused() as end:
                self.open_tools.pop(end.call_id, None)
                self.tool_ends[end.call_id] = end
                self.evidence.append(event_id)
            case HandoffMade() as note:
                self.handoffs.append(note)
            case _:
                pass

    def answer_to(self, request_sha256: str) -> ModelAnswer | None:
        """The recorded answer to this very question, once; null when it was not answered yet.

        A question that differs from the recorded one (another prompt version, say) makes the rest of the
        recorded answers useless: they are dropped.
        """
        if not self.answers:
            return None
        recorded_sha256, answer = self.answers.popleft()
        if recorded_sha256 == request_sha256:
            return answer
        self.answers.clear()
        return None


def _answer(settled: ModelCallSettled) -> ModelAnswer:
    return ModelAnswer(
        content=settled.response or [],
        stop_reason=settled.stop_reason or "end_turn",
        usage=TokenUsage(
            settled.input_tokens,
            settled.output_tokens,
            settled.cache_read_input_tokens,
            settled.cache_creation_input_tokens,
        ),
        request_id=settled.request_id,
    )
