"""What goes wrong on purpose: overload, rate limits, refusals, waiting; drawn from the conversation."""

from __future__ import annotations

from collections import OrderedDict

from muster.models.rehearsal.chance import Chance
from muster.models.rehearsal.conversation import Conversation
from muster.models.rehearsal.settings import RehearsalSettings
from muster.models.rehearsal.wire import ApiError

RETRY_AFTER_SECONDS = 1
_REMEMBERED = 10_000


class Trouble:
    """The seeded troubles of the server.

    The same conversation meets the same trouble, but not for ever: each attempt at one answer is drawn anew,
    told apart by the client's retry count or, when it sends none, by how often this answer has failed so far.
    """

    def __init__(self, settings: RehearsalSettings) -> None:
        self._settings = settings
        self._chance = Chance(settings.seed)
        self._failed: OrderedDict[tuple[str, int], int] = OrderedDict()

    def maybe_raise(self, talk: Conversation, retry_count: str) -> None:
        """Be overloaded or over the rate limit, when it is this attempt's turn.

        Raises:
            ApiError: 529 or 429.
        """
        answer = (talk.key, talk.turn)
        told = int(retry_count) if retry_count.isdecimal() else 0
        attempt = max(told, self._failed.get(answer, 0))
        error = self._error(talk, attempt)
        if error is None:
            self._failed.pop(answer, None)
            return
        self._failed[answer] = attempt + 1
        if len(self._failed) > _REMEMBERED:
            self._failed.popitem(last=False)
        raise error

    def refuses(self, talk: Conversation) -> bool:
        """Whether the model declines to answer."""
        return self._chance.happens(self._settings.refusal_rate, "refusal", talk.key, talk.turn)

    def latency_seconds(self, talk: Conversation) -> float:
        """How long the answer takes."""
        return self._chance.latency_ms(self._settings.latency_ms, talk.key, talk.turn) / 1000.0

    def _error(self, talk: Conversation, attempt: int) -> ApiError | None:
        subject = (talk.key, talk.turn, attempt)
        if self._chance.happens(self._settings.overload_rate, "overload", *subject):
            return ApiError(529, "overloaded_error", "Overloaded")
        if self._chance.happens(self._settings.rate_limit_rate, "rate", *subject):
            headers = {"retry-after": str(RETRY_AFTER_SECONDS)}
            message = "This request would exceed the rate limit of your organization"
            return ApiError(429, "rate_limit_error", message, headers)
        return None
