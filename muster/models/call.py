"""One attempt at an answer: the decision it is made by, what it may cost, and its words in the record."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from muster.core.errors import MusterError
from muster.core.money import Usd
from muster.ledger.errors import AgentPausedError, BudgetExhaustedError
from muster.ledger.events import EventContext, ModelCallIntended, ModelCallRefused, ModelCallSettled
from muster.ledger.intents import BudgetLimit
from muster.models.client import ModelAnswer
from muster.models.errors import ModelCallError
from muster.models.prices import cost_usd
from muster.models.question import Question
from muster.models.table import ModelChoice, ModelTable
from muster.models.usage import TokenUsage

_CHARACTERS_PER_TOKEN = Decimal("2.5")
"""Fewer than any tokenizer needs for European text, so that a reserve is never too small."""
_ROUNDED_TO_TOKENS = 500
"""Reserves are rounded up, so that few different ones have to be priced."""


RefusalRule = Literal["budget", "paused", "price"]


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt at an answer."""

    call_id: str
    question: Question
    where: EventContext
    table: ModelTable
    policy: str
    """The version of the table, as `models@3`."""
    choice: ModelChoice
    fallback_of: str | None
    """The model that should have answered; null unless another stands in for it."""
    batched: bool
    """Whether it is paid at the batch price."""

    def cost_usd(self, usage: TokenUsage) -> Usd:
        """What `usage` costs, in US dollars.

        Raises:
            UnpricedModelError: the model has no known price.
        """
        return cost_usd(self.table, self.choice.model, usage, batched=self.batched)

    def most_it_can_cost_usd(self) -> Usd:
        """What has to be reserved, in US dollars: all of it written to the cache, the longest answer.

        Raises:
            UnpricedModelError: the model has no known price.
        """
        tokens = int(len(self.question.canonical) / _CHARACTERS_PER_TOKEN)
        whole_input = (tokens // _ROUNDED_TO_TOKENS + 1) * _ROUNDED_TO_TOKENS
        return self.cost_usd(
            TokenUsage(cache_creation_input_tokens=whole_input, output_tokens=self.choice.max_tokens)
        )

    def own_limits(self) -> list[BudgetLimit]:
        """The limits the model table itself puts on the call."""
        most = self.choice.limits.usd_per_call
        if most is None:
            return []
        return [BudgetLimit(f"call of model role {self.question.role}", most, period="call")]

    def intended(self, reserve: Decimal) -> ModelCallIntended:
        """What is recorded before it is made."""
        return ModelCallIntended(
            call_id=self.call_id,
            role=self.question.role,
            model=self.choice.model,
            fallback_of=self.fallback_of,
            prompt_version=self.question.prompt_version,
            transaction_type=self.question.transaction_type,
            policy=self.policy,
            request_sha256=self.question.sha256,
            estimated_cost_usd=str(reserve),
        )

    def refused(self, error: MusterError, reserve: Decimal | None) -> ModelCallRefused:
        """What is recorded when it may not be made."""
        match error:
            case AgentPausedError():
                return self._refused("paused", error, reserve)
            case BudgetExhaustedError():
                return self._refused("budget", error, reserve)
            case _:
                return self._refused("price", error, reserve)

    def _refused(self, rule: RefusalRule, error: MusterError, reserve: Decimal | None) -> ModelCallRefused:
        return ModelCallRefused(
            call_id=self.call_id,
            role=self.question.role,
            model=self.choice.model,
            rule=rule,
            reason=str(error),
            estimated_cost_usd=None if reserve is None else str(reserve),
        )

    def answered(self, answer: ModelAnswer, latency_ms: int) -> ModelCallSettled:
        """What is recorded of the answer."""
        return ModelCallSettled(
            call_id=self.call_id,
            model=self.choice.model,
            role=self.question.role,
            status="ok",
            stop_reason=answer.stop_reason,
            input_tokens=answer.usage.input_tokens,
            output_tokens=answer.usage.output_tokens,
            cache_read_input_tokens=answer.usage.cache_read_input_tokens,
            cache_creation_input_tokens=answer.usage.cache_creation_input_tokens,
            latency_ms=latency_ms,
            response=answer.content,
            request_id=answer.request_id,
        )

    def failed(self, error: ModelCallError, latency_ms: int) -> ModelCallSettled:
        """What is recorded when there was no answer."""
        return ModelCallSettled(
            call_id=self.call_id,
            model=self.choice.model,
            role=self.question.role,
            status="error",
            latency_ms=latency_ms,
            error_type=error.error_type,
            error_message=str(error),
        )
