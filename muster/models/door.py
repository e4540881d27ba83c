"""The only door to a language model: no call without a recorded, budgeted intent; every answer recorded."""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import datetime
from decimal import Decimal

from muster.ledger.errors import AgentPausedError, BudgetExhaustedError
from muster.ledger.events import EventContext, ModelCallBatched
from muster.ledger.intents import BudgetLimit, Intent
from muster.ledger.policies import PolicyRegister
from muster.ledger.postgres import PostgresLedger
from muster.models.batches import OPEN_SECONDS, BatchDesk, BatchedCall
from muster.models.caching import CachePlanner, Marked
from muster.models.call import Call
from muster.models.client import BatchClient, BatchEntry, ModelAnswer, ModelClient
from muster.models.crowd import Crowd
from muster.models.errors import ModelCallError, ModelTableError, UnknownModelRoleError, UnpricedModelError
from muster.models.governance import ModelTableFile
from muster.models.in_force import table_in_force
from muster.models.prices import cache_rates
from muster.models.question import Question
from muster.models.table import ModelChoice, ModelTable

__all__ = ["BatchedCall", "ModelDoor", "Question"]

_AT_ONCE_SECONDS = 900


class ModelDoor:
    """Asks models on behalf of agents."""

    def __init__(
        self,
        ledger: PostgresLedger,
        table: ModelTableFile,
        client: ModelClient,
        *,
        policies: PolicyRegister | None = None,
        batches: BatchDesk | None = None,
    ) -> None:
        """
        Args:
            policies: the register the model table's versions are counted in; one of its own when left out.
            batches: where patient questions go; made from the client when left out, where it can batch.
        """
        self._ledger = ledger
        self._table = table
        self._client = client
        self._policies = policies or PolicyRegister(ledger)
        self._batches = batches
        if batches is None and isinstance(client, BatchClient):
            self._batches = BatchDesk(ledger, client)
        self._planner = CachePlanner()
        self._crowd = Crowd()

    @property
    def source(self) -> str:
        """`claude` or `rehearsal`: who answers."""
        return self._client.source

    async def reachable(self) -> None:
        """Returns when the model server answers and takes the key.

        Raises:
            ModelTableError: there is no usable model table.
            ModelCallError: it cannot be reached.
            ModelKeyError: it does not take the key.
        """
        table = await table_in_force(self._table, self._ledger)
        await self._client.reachable(table.roles)

    def has_fallback(self, role: str) -> bool:
        """Whether another model may stand in for the role's.

        Raises:
            ModelTableError: there is no usable model table, or the role is gone from it.
        """
        return _choice(self._table.current(), role).fallback is not None

    async def ask(
        self,
        question: Question,
        where: EventContext,
        *,
        call_id: str,
        budgets: Sequence[BudgetLimit],
        fallback: bool = False,
        timeout_seconds: float | None = None,
        begun: BatchedCall | None = None,
    ) -> ModelAnswer:
        """One attempt at an answer; the intent, the outcome and the cost are in the ledger when this returns.

        A patient question of a role with `batch` goes out in a batch, which can take hours; no time limit is
        put on it.

        Args:
            fallback: ask the role's second model.
            timeout_seconds: the time left; the role's own limit holds beside it.
            begun: this very question is in a batch already: its answer is fetched, not asked for again.

        Raises:
            BudgetExhaustedError: the reserve does not fit; nothing was sent.
            AgentPausedError: the agent may not act; nothing was sent.
            UnpricedModelError: the model has no known price; nothing was sent.
            NoFallbackError: the role has no second model; nothing was sent.
            ModelTableError: there is no usable model table, or the role is gone from it; nothing was sent.
            ModelCallError: the server failed, could not be reached or took too long; recorded.
            ModelKeyError: the server does not take the key; recorded.
            LedgerUnavailableError: the record cannot be written.
        """
        table = await table_in_force(self._table, self._ledger)
        policy = await self._policies.label("models", self._table.text)
        first = _choice(table, question.role)
        choice = first.standing_in() if fallback else first
        fallback_of = first.model if fallback else None
        desk = self._batches
        if desk is not None and begun is not None and begun.request_sha256 == question.sha256:
            choice = choice.model_copy(update={"model": begun.model})
            fetched = Call(call_id, question, where, table, policy, choice, fallback_of, batched=True)
            return await self._fetched(desk, fetched, begun, budgets)
        patient = desk is not None and question.patient and choice.batch
        call = Call(call_id, question, where, table, policy, choice, fallback_of, batched=patient)
        if desk is not None and patient:
            return await self._batched(desk, call, budgets)
        async with self._crowd.place(question.role, choice.limits.calls_at_once):
            return await self._at_once(call, budgets, timeout_seconds)

    async def _at_once(
        self, call: Call, budgets: Sequence[BudgetLimit], timeout_seconds: float | None
    ) -> ModelAnswer:
        intent = await self._permission(call, budgets)
        parts = self._marked(call)
        limit = call.choice.limits.timeout_seconds
        limit = limit if timeout_seconds is None else min(limit, timeout_seconds)
        sending = self._client.send(intent, call.choice, parts.system, parts.messages, parts.tools)
        return await self._settled(call, intent, _within(limit, sending))

    async def _batched(self, desk: BatchDesk, call: Call, budgets: Sequence[BudgetLimit]) -> ModelAnswer:
        intent = await self._permission(call, budgets)
        parts = self._marked(call)
        entry = BatchEntry(intent, call.choice, parts.system, parts.messages, parts.tools)
        return await self._settled(call, intent, desk.answer(entry, call.question.sha256))

    async def _fetched(
        self, desk: BatchDesk, call: Call, begun: BatchedCall, budgets: Sequence[BudgetLimit]
    ) -> ModelAnswer:
        """The answer of a batch a former worker sent; its intent was given up with that worker."""
        intent = await self._permission(call, budgets)
        intent.begin()
        known = ModelCallBatched(
            call_id=call.call_id,
            intent_id=intent.event_id,
            batch_id=begun.batch_id,
            custom_id=begun.custom_id,
            model=begun.model,
            request_sha256=begun.request_sha256,
        )
        await self._ledger.append(known, call.where)
        return await self._settled(call, intent, desk.fetch(begun))

    async def _settled(self, call: Call, intent: Intent, answering: Awaitable[ModelAnswer]) -> ModelAnswer:
        """The answer, recorded with its cost; a failure is recorded too."""
        started_at = self._ledger.clock.now()
        try:
            answer = await answering
        except ModelCallError as error:
            failed = call.failed(error, self._since_ms(started_at))
            await self._ledger.settle(intent, failed, cost_usd=Decimal(0))
            raise
        settled = call.answered(answer, self._since_ms(started_at))
        await self._ledger.settle(intent, settled, cost_usd=call.cost_usd(answer.usage))
        return answer

    async def _permission(self, call: Call, budgets: Sequence[BudgetLimit]) -> Intent:
        """The recorded right to ask; when there is none, that is recorded."""
        reserve: Decimal | None = None
        try:
            reserve = call.most_it_can_cost_usd()
            return await self._ledger.intend(
                call.intended(reserve),
                call.where,
                reserve_usd=reserve,
                budgets=[*budgets, *call.own_limits()],
                expires_seconds=OPEN_SECONDS if call.batched else _AT_ONCE_SECONDS,
            )
        except (AgentPausedError, BudgetExhaustedError, UnpricedModelError) as error:
            await self._ledger.append(call.refused(error, reserve), call.where)
            raise

    def _marked(self, call: Call) -> Marked:
        """The question with its cache marks; a batch is marked only when the role insists.

        Nobody knows when its questions are answered, so none can count on reading what others wrote.
        """
        mode = call.choice.cache
        if call.batched and mode == "auto":
            mode = "off"
        return self._planner.marked(
            call.question, call.choice.model, mode, cache_rates(call.table, call.choice.model)
        )

    def _since_ms(self, started_at: datetime) -> int:
        return max(0, round((self._ledger.clock.now() - started_at).total_seconds() * 1000))


def _choice(table: ModelTable, role: str) -> ModelChoice:
    """The model of a role that was there when the team was deployed.

    Raises:
        ModelTableError: it is not there any more, which the operator has to mend, and not the team's owner.
    """
    try:
        return table.choice(role)
    except UnknownModelRoleError as error:
        raise ModelTableError(
            error.what, where=error.where, do=f"put the role {role} back; agents use it"
        ) from error


async def _within(seconds: float, sending: Awaitable[ModelAnswer]) -> ModelAnswer:
    try:
        async with asyncio.timeout(seconds):
            return await sending
    except TimeoutError:
        raise ModelCallError(
            f"the model did not answer within {seconds:g} s",
            error_type="timeout_error",
            error_class="timeout",
        ) from None
