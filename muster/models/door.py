"""The only door to a language model: no call without a recorded, budgeted intent; every answer recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from muster.core.canonical import canonical_json, sha256_hex
from muster.ledger.errors import AgentPausedError, BudgetExhaustedError
from muster.ledger.events import EventContext, ModelCallIntended, ModelCallRefused, ModelCallSettled
from muster.ledger.intents import BudgetLimit, Intent
from muster.ledger.postgres import PostgresLedger
from muster.models.claude import ModelAnswer, ModelClient
from muster.models.errors import ModelCallError, UnpricedModelError
from muster.models.governance import ModelChoice, ModelTable, ModelTableFile
from muster.models.prices import cost_usd
from muster.models.usage import TokenUsage

_CHARACTERS_PER_TOKEN = Decimal("2.5")
"""Fewer than any tokenizer needs for European text, so that a reserve is never too small."""
_ROUNDED_TO_TOKENS = 500
"""Reserves are rounded up, so that few different ones have to be priced."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked, apart from which model it is."""

    role: str
    """A key of the model table."""
    prompt_version: int
    system: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]

    @property
    def sha256(self) -> str:
        """Names the question, so that a recorded answer is only used for the very same one."""
        return sha256_hex(canonical_json([self.system, self.messages, self.tools]))


class ModelDoor:
    """Asks models on behalf of agents."""

    def __init__(self, ledger: PostgresLedger, table: ModelTableFile, client: ModelClient) -> None:
        self._ledger = ledger
        self._table = table
        self._client = client

    @property
    def source(self) -> str:
        """`claude` or `rehearsal`: who answers."""
        return self._client.source

    async def reachable(self) -> None:
        """Returns when the model server answers and takes the key.

        Raises:
            ModelCallError: it cannot be reached.
            ModelKeyError: it does not take the key.
        """
        await self._client.reachable(self._table.current().roles)

    async def ask(
        self, question: Question, where: EventContext, *, call_id: str, budgets: Sequence[BudgetLimit]
    ) -> ModelAnswer:
        """One attempt at an answer; the intent, the outcome and the cost are in the ledger when this returns.

        Raises:
            BudgetExhaustedError: the reserve does not fit; nothing was sent.
            AgentPausedError: the agent may not act; nothing was sent.
            UnpricedModelError: the model has no known price; nothing was sent.
            ModelCallError: the server failed or could not be reached; recorded.
            ModelKeyError: the server does not take the key; recorded.
            LedgerUnavailableError: the record cannot be written.
        """
        table = self._table.current()
        choice = table.choice(question.role)
        intent = await self._permission(table, choice, question, where, call_id, budgets)
        started_at = self._ledger.clock.now()
        try:
            answer = await self._client.send(
                intent, choice, question.system, question.messages, question.tools
            )
        except ModelCallError as error:
            failed = ModelCallSettled(
                call_id=call_id,
                model=choice.model,
                status="error",
                latency_ms=self._since_ms(started_at),
                error_type=error.error_type,
                error_message=str(error),
            )
            await self._ledger.settle(intent, failed, cost_usd=Decimal(0))
            raise
        cost = cost_usd(table, choice.model, answer.usage)
        settled = ModelCallSettled(
            call_id=call_id,
            model=choice.model,
            status="ok",
            stop_reason=answer.stop_reason,
            input_tokens=answer.usage.input_tokens,
            output_tokens=answer.usage.output_tokens,
            cache_read_input_tokens=answer.usage.cache_read_input_tokens,
            cache_creation_input_tokens=answer.usage.cache_creation_input_tokens,
            latency_ms=self._since_ms(started_at),
            response=answer.content,
            request_id=answer.request_id,
        )
        await self._ledger.settle(intent, settled, cost_usd=cost)
        return answer

    async def _permission(
        self,
        table: ModelTable,
        choice: ModelChoice,
        question: Question,
        where: EventContext,
        call_id: str,
        budgets: Sequence[BudgetLimit],
    ) -> Intent:
        """The recorded right to ask; when there is none, that is recorded."""
        refused = ModelCallRefused(
            call_id=call_id, role=question.role, model=choice.model, rule="price", reason=""
        )
        try:
            reserve = _most_it_can_cost(table, choice, question)
            refused = refused.model_copy(update={"rule": "budget", "estimated_cost_usd": str(reserve)})
            return await self._ledger.intend(
                ModelCallIntended(
                    call_id=call_id,
                    role=question.role,
                    model=choice.model,
                    prompt_version=question.prompt_version,
                    request_sha256=question.sha256,
                    estimated_cost_usd=str(reserve),
                ),
                where,
                reserve_usd=reserve,
                budgets=budgets,
            )
        except AgentPausedError as error:
            refused = refused.model_copy(update={"rule": "paused", "reason": str(error)})
            await self._ledger.append(refused, where)
            raise
        except (BudgetExhaustedError, UnpricedModelError) as error:
            await self._ledger.append(refused.model_copy(update={"reason": str(error)}), where)
            raise

    def _since_ms(self, started_at: datetime) -> int:
        return max(0, round((self._ledger.clock.now() - started_at).total_seconds() * 1000))


def _most_it_can_cost(table: ModelTable, choice: ModelChoice, question: Question) -> Decimal:
    characters = len(canonical_json([question.system, question.messages, question.tools]))
    whole_input = (int(characters / _CHARACTERS_PER_TOKEN) // _ROUNDED_TO_TOKENS + 1) * _ROUNDED_TO_TOKENS
    return cost_usd(
        table,
        choice.model,
        TokenUsage(cache_creation_input_tokens=whole_input, output_tokens=choice.max_tokens),
    )
