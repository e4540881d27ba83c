"""What a run has already done, read from the ledger: a recorded answer is never asked for again."""

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from typing import Any, Self

import orjson

from muster.gateway.policy import live_run
from muster.ledger.events import (
    AnswerRejected,
    ConfidenceAssessed,
    DelegationAnswered,
    DelegationMade,
    FactRecorded,
    HandoffMade,
    LeaseExpired,
    ModelCallBatched,
    ModelCallIntended,
    ModelCallSettled,
    RunStarted,
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

_ONCE = (FactRecorded, HandoffMade, DelegationMade, DelegationAnswered, ConfidenceAssessed, AnswerRejected)
"""Kinds a run appends at steps of its own; on a second way through, recorded ones are not appended again."""


@dataclass
class Journal:
    """The recorded steps of one run."""

    started: RunStarted | None = None
    """How it began; null for a run that never did."""
    answers: defaultdict[str, deque[ModelAnswer]] = field(default_factory=lambda: defaultdict(deque))
    """By SHA-256 of the question, in order: answers not yet used again."""
    batched: dict[str, ModelCallBatched] = field(default_factory=dict)
    """By SHA-256 of the question: in a batch, and not answered yet."""
    prompts: dict[str, tuple[str, int]] = field(default_factory=dict)
    """By agent: kind of work and version of the prompt it began with in this run."""
    tool_ends: dict[str, ToolEnd] = field(default_factory=dict)
    """By call id."""
    open_tools: dict[str, ToolCallIntended] = field(default_factory=dict)
    """Tool calls that were begun and never heard of again, by call id."""
    lost_workers: int = 0
    """Workers that went silent during the run."""
    _recorded: Counter[str] = field(default_factory=Counter)

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
            journal._note(body, questions)
        return journal

    def _note(self, body: dict[str, Any], questions: dict[str, str]) -> None:
        match read_event(body):
            case RunStarted() as started:
                self.started = started
            case ModelCallIntended() as question:
                questions[question.call_id] = question.request_sha256
                self.prompts.setdefault(body["agent"], (question.transaction_type, question.prompt_version))
            case ModelCallBatched() as batched:
                self.batched[batched.request_sha256] = batched
            case ModelCallSettled() as settled:
                sha256 = questions[settled.call_id]
                self.batched.pop(sha256, None)
                if settled.status == "ok":
                    self.answers[sha256].append(_answer(settled))
            case ToolCallIntended() as begun:
                self.open_tools[begun.call_id] = begun
            case ToolCallRefused(rule=live_run.RULE):
                self.open_tools.pop(body["payload"]["call_id"], None)  # halted then; it may be called now
            case ToolCallSettled() | ToolCallRefused() as end:
                self.open_tools.pop(end.call_id, None)
                self.tool_ends[end.call_id] = end
            case LeaseExpired():
                self.lost_workers += 1
            case event if isinstance(event, _ONCE):
                self._recorded[event.model_dump_json()] += 1
            case _:
                pass

    def answer_to(self, request_sha256: str) -> ModelAnswer | None:
        """The next recorded answer to this very question; null when there is none (any more)."""
        waiting = self.answers.get(request_sha256)
        return waiting.popleft() if waiting else None

    def has(self, event: Any) -> bool:
        """Whether the run's way so far recorded this event already; each recorded one counts once."""
        key = event.model_dump_json()
        if self._recorded[key] == 0:
            return False
        self._recorded[key] -= 1
        return True


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
