"""Asks a model by the standard: what is recorded is used, what fails for a while is asked again."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from muster.ledger.errors import AgentPausedError, BudgetExhaustedError
from muster.ledger.events import EventContext
from muster.ledger.intents import BudgetLimit
from muster.ledger.postgres import PostgresLedger
from muster.models.batches import BatchedCall
from muster.models.claude import ModelAnswer
from muster.models.door import ModelDoor, Question
from muster.models.errors import ModelCallError, ModelKeyError, UnpricedModelError
from muster.teams.deadline import Deadline
from muster.teams.errors import PersonNeededError, WorkInterruptedError
from muster.teams.halts import stop_for
from muster.teams.journal import Journal
from muster.teams.standard import RetryRule, Standard


@dataclass
class _Tries:
    """How often each error class came up for one question."""

    failures: int = 0
    error_class: str = ""

    def again(self, error_class: str) -> int:
        """The number of failures of this class in a row, this one included."""
        self.failures = self.failures + 1 if error_class == self.error_class else 1
        self.error_class = error_class
        return self.failures


class Asking:
    """Answers for one run."""

    def __init__(
        self,
        door: ModelDoor,
        ledger: PostgresLedger,
        journal: Journal,
        standard: Standard,
        deadline: Deadline,
        chance: random.Random,
    ) -> None:
        self._door = door
        self._ledger = ledger
        self._journal = journal
        self._standard = standard
        self._deadline = deadline
        self._chance = chance
        self.calls = 0

    async def ask(
        self, question: Question, where: EventContext, budgets: Sequence[BudgetLimit]
    ) -> ModelAnswer:
        """The answer to `question`.

        Raises:
            PersonNeededError: the budget or the time is out, or the error persists.
            ParkedError: the agent, its team or the fleet is halted.
            WorkInterruptedError: the model server is away or refuses the key, or a model has no price.
            LedgerUnavailableError: the record cannot be written.
        """
        self.calls += 1
        recorded = self._journal.answer_to(question.sha256)
        if recorded is not None:
            return recorded
        tries, fallback = _Tries(), False
        while True:
            self._deadline.check()
            try:
                return await self._once(question, where, budgets, fallback=fallback)
            except BudgetExhaustedError as error:
                raise PersonNeededError("budget_out", str(error)) from error
            except AgentPausedError as error:
                await stop_for(error, self._ledger)
            except (ModelKeyError, UnpricedModelError) as error:
                raise WorkInterruptedError(str(error), do=error.do) from error
            except ModelCallError as error:
                if error.error_class is None:
                    raise PersonNeededError("error_persists", str(error)) from error
                rule = self._standard.retry[error.error_class]
                failures = tries.again(error.error_class)
                if failures >= rule.attempts:
                    fallback = self._last_resort(rule, error, question, fallback=fallback)
                    tries = _Tries()
                    continue
                delay = rule.delay_seconds(failures, error.retry_after_seconds, self._chance)
                await asyncio.sleep(min(delay, self._deadline.left_seconds))

    async def _once(
        self, question: Question, where: EventContext, budgets: Sequence[BudgetLimit], *, fallback: bool
    ) -> ModelAnswer:
        batched = self._journal.batched.pop(question.sha256, None)
        with self._deadline.stopped() if question.patient else nullcontext():
            return await self._door.ask(
                question,
                where,
                call_id=self._ledger.ids.new("mcl"),
                budgets=budgets,
                fallback=fallback,
                timeout_seconds=self._deadline.left_seconds,
                begun=None if batched is None else BatchedCall.of(batched),
            )

    def _last_resort(
        self, rule: RetryRule, error: ModelCallError, question: Question, *, fallback: bool
    ) -> bool:
        """True when the role's fallback model is to be asked; otherwise the run is left."""
        if rule.then == "stand_by":
            raise WorkInterruptedError(str(error), do=error.do) from error
        if rule.then == "fallback" and not fallback and self._door.has_fallback(question.role):
            return True
        tried = "and so did the fallback model" if fallback else f"{rule.attempts} attempts"
        raise PersonNeededError("error_persists", f"{tried}; last: {error}") from error
