"""Asks a model by the standard: what is recorded is used, what fails for a while is asked again."""

import asyncio
import random
from collections.abc import Sequence

from muster.core.ids import IdMaker
from muster.ledger.errors import AgentPausedError, BudgetExhaustedError
from muster.ledger.events import EventContext
from muster.ledger.intents import BudgetLimit
from muster.models.claude import ModelAnswer
from muster.models.door import ModelDoor, Question
from muster.models.errors import ModelCallError, ModelKeyError, UnpricedModelError
from muster.teams.errors import PersonNeededError, WorkInterruptedError
from muster.teams.journal import Journal
from muster.teams.standard import Standard

_OUTAGE = "connection_error"


class Asking:
    """Answers for one run."""

    def __init__(
        self, door: ModelDoor, ids: IdMaker, journal: Journal, standard: Standard, chance: random.Random
    ) -> None:
        self._door = door
        self._ids = ids
        self._journal = journal
        self._standard = standard
        self._chance = chance
        self.calls = 0

    async def ask(
        self, question: Question, where: EventContext, budgets: Sequence[BudgetLimit]
    ) -> ModelAnswer:
        """The answer to `question`.

        Raises:
            PersonNeededError: the budget is out, the agent is paused, or the error persists.
            WorkInterruptedError: the model server is away or refuses the key, or a model has no price.
            LedgerUnavailableError: the record cannot be written.
        """
        self.calls += 1
        recorded = self._journal.answer_to(question.sha256)
        if recorded is not None:
            return recorded
        rule = self._standard.model_retry
        for attempt in range(1, rule.attempts + 1):
            try:
                return await self._door.ask(question, where, call_id=self._ids.new("mcl"), budgets=budgets)
            except BudgetExhaustedError as error:
                raise PersonNeededError("budget_out", str(error)) from error
            except AgentPausedError as error:
                raise PersonNeededError("agent_paused", str(error)) from error
            except (ModelKeyError, UnpricedModelError) as error:
                raise WorkInterruptedError(str(error), do=error.do) from error
            except ModelCallError as error:
                if not error.retryable:
                    raise PersonNeededError("error_persists", str(error)) from error
                if attempt == rule.attempts:
                    if error.error_type == _OUTAGE:
                        raise WorkInterruptedError(str(error), do=error.do) from error
                    raise PersonNeededError("error_persists", f"{attempt} attempts; last: {error}") from error
                await asyncio.sleep(rule.delay_seconds(attempt, error.retry_after_seconds, self._chance))
        raise AssertionError("unreachable: the last attempt returns or raises")
