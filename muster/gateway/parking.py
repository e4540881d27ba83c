"""Calls that wait for the caller's answers: the call stays under way, the caller comes back with a ticket."""

import asyncio
import secrets
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from muster.gateway.exchange import Params, Questions
from muster.gateway.front import Front, OpenExchange
from muster.gateway.reply import Reply

_WAIT_SECONDS = 600.0
"""How long a caller may take to come back."""
_MOST_PARKED = 1_000


class Conversation(OpenExchange):
    """A caller of 2026-07-28: it is asked with the result of its request and answers with the next one."""

    def __init__(self, front: Front, server: str) -> None:
        super().__init__(front, server)
        self._open: list[tuple[Questions, asyncio.Future[dict[str, Any]]]] = []
        self._any = asyncio.Event()

    @property
    def questions(self) -> dict[str, Any]:
        """What is to be asked now, by key."""
        return {key: dict(question) for questions, _ in self._open for key, question in questions.items()}

    async def ask(self, questions: Questions) -> dict[str, Any]:
        """The caller's answers, as they come with its next request; some may be missing."""
        self.check(questions)
        answers: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._open.append((questions, answers))
        self._any.set()
        return await answers

    def answered(self, front: Front, answers: Params) -> None:
        """Go on with what the caller answered, on its new request."""
        self._ctx, self.log_level = front.ctx, front.log_level
        waiting, self._open = self._open, []
        self._any.clear()
        for _, future in waiting:
            if not future.done():
                future.set_result(dict(answers))

    async def leg(self, call: "asyncio.Task[Reply]") -> Reply | None:
        """The call's end; null when the caller is to be asked first.

        Raises:
            MusterError: what the call itself raised.
        """
        asked = asyncio.ensure_future(self._any.wait())
        try:
            await asyncio.wait((call, asked), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            call.cancel()
            raise
        finally:
            asked.cancel()
        return await call if call.done() else None


@dataclass(slots=True)
class Parked:
    """A call that waits."""

    conversation: Conversation
    call: "asyncio.Task[Reply]"
    bound_to: Hashable
    expiry: asyncio.TimerHandle


class Parking:
    """Keeps calls until their caller comes back, the ticket expires or the gateway stops."""

    def __init__(self) -> None:
        self._parked: dict[str, Parked] = {}

    def park(self, conversation: Conversation, call: "asyncio.Task[Reply]", bound_to: Hashable) -> str:
        """A ticket for the call, good once, for whoever can show what it is bound to."""
        if len(self._parked) >= _MOST_PARKED:
            self._expire(next(iter(self._parked)))
        ticket = secrets.token_urlsafe(24)
        expiry = asyncio.get_running_loop().call_later(_WAIT_SECONDS, self._expire, ticket)
        self._parked[ticket] = Parked(conversation, call, bound_to, expiry)
        return ticket

    def taken(self, ticket: object, bound_to: Hashable) -> Parked | None:
        """The call of a ticket; null when it is unknown, used, expired or bound to something else."""
        parked = self._parked.get(ticket) if isinstance(ticket, str) else None
        if parked is None or parked.bound_to != bound_to:
            return None
        del self._parked[str(ticket)]
        parked.expiry.cancel()
        return parked

    def close(self) -> None:
        """Call off everything that waits."""
        for ticket in list(self._parked):
            self._expire(ticket)

    def _expire(self, ticket: str) -> None:
        parked = self._parked.pop(ticket, None)
        if parked is not None:
            parked.expiry.cancel()
            parked.call.cancel()


def question_result(ticket: str, questions: Mapping[str, Any]) -> dict[str, Any]:
    """The result that asks the caller."""
    result: dict[str, Any] = {"resultType": "input_required", "requestState": ticket}
    return result | ({"inputRequests": dict(questions)} if questions else {})
