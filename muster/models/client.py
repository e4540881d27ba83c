"""What a way to a model server is, whoever speaks to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from muster.ledger.intents import Intent
from muster.models.errors import ModelCallError
from muster.models.table import ModelChoice
from muster.models.usage import TokenUsage

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a model said."""

    content: list[Block]
    """Content blocks as the Messages API gives them; the `input` of a tool use may be anything."""
    stop_reason: str
    usage: TokenUsage
    request_id: str | None


class ModelClient(Protocol):
    """A way to a model server."""

    @property
    def source(self) -> str:
        """Who answers, as every event says it."""
        ...

    async def reachable(self, roles: Mapping[str, ModelChoice]) -> None:
        """As `ClaudeClient.reachable`."""
        ...

    async def send(
        self,
        intent: Intent,
        choice: ModelChoice,
        system: list[Block],
        messages: list[Block],
        tools: list[Block],
    ) -> ModelAnswer:
        """As `ClaudeClient.send`."""
        ...


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """One question of a batch."""

    intent: Intent
    choice: ModelChoice
    system: list[Block]
    messages: list[Block]
    tools: list[Block]

    @property
    def custom_id(self) -> str:
        """The question's name in the batch: the id of its intent."""
        return self.intent.event_id


BatchState = Literal["working", "ended"]


@runtime_checkable
class BatchClient(Protocol):
    """A way to a model server that takes questions in batches."""

    async def send_batch(self, entries: Sequence[BatchEntry]) -> str:
        """As `ClaudeClient.send_batch`."""
        ...

    async def batch_state(self, batch_id: str) -> BatchState:
        """As `ClaudeClient.batch_state`."""
        ...

    async def batch_answers(self, batch_id: str) -> Mapping[str, ModelAnswer | ModelCallError]:
        """As `ClaudeClient.batch_answers`."""
        ...
