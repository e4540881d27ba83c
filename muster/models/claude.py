"""Claude through the Anthropic SDK; the same code speaks to any server with the Messages API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import anthropic

from muster.core.settings import Settings
from muster.ledger.intents import Intent
from muster.models.errors import ModelCallError, ModelKeyError
from muster.models.governance import ModelChoice
from muster.models.usage import TokenUsage

_RETRYABLE_STATUS = frozenset({408, 409, 429, 500, 502, 503, 504, 529})


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a model said."""

    content: list[dict[str, Any]]
    """Content blocks as the Messages API gives them."""
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
        system: list[dict[str, Any]],
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]],
    ) -> ModelAnswer:
        """As `ClaudeClient.send`."""
        ...


class ClaudeClient:
    """One connection pool to one Messages API."""

    def __init__(
        self, *, api_key: str, base_url: str | None, source: str, timeout_seconds: float = 120
    ) -> None:
        self.source = source
        self._sdk = anthropic.AsyncAnthropic(
            api_key=api_key,
            base_url=base_url,
            max_retries=0,  # the standard retries, so that every attempt has its intent and outcome
            timeout=timeout_seconds,
        )

    @classmethod
    def from_settings(cls, settings: Settings) -> "ClaudeClient":
        """Claude when there is a key, else the rehearsal server."""
        if settings.anthropic_api_key is None:
            return cls(api_key="rehearsal", base_url=settings.rehearsal_url, source="rehearsal")
        return cls(
            api_key=settings.anthropic_api_key.get_secret_value(),
            base_url=settings.anthropic_base_url,
            source="claude",
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._sdk.close()

    async def reachable(self, roles: Mapping[str, ModelChoice]) -> None:
        """Returns when the server counts tokens for the first model of the table.

        Raises:
            ModelCallError: it cannot be reached or fails.
            ModelKeyError: it does not take the key.
        """
        model = next(iter(roles.values())).model
        try:
            await self._sdk.messages.count_tokens(model=model, messages=[{"role": "user", "content": "?"}])
        except anthropic.APIError as error:
            typed = _typed(error)
            if isinstance(typed, ModelKeyError) or typed.retryable:
                raise typed from error

    async def send(
        self,
        intent: Intent,
        choice: ModelChoice,
        system: list[dict[str, Any]],
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]],
    ) -> ModelAnswer:
        """The model's answer to one request; the permission for it is used up.

        Raises:
            IntentUsedError: the permission was used before; nothing was sent.
            ModelCallError: the server failed, refused the request or could not be reached.
            ModelKeyError: it does not take the key.
        """
        intent.begin()
        try:
            message = await self._sdk.messages.create(
                model=choice.model,
                max_tokens=choice.max_tokens,
                system=cast(Any, system),
                messages=cast(Any, messages),
                tools=cast(Any, tools),
            )
        except anthropic.APIError as error:
            raise _typed(error) from error
        usage = message.usage
        return ModelAnswer(
            content=[block.model_dump(mode="json", exclude_none=True) for block in message.content],
            stop_reason=message.stop_reason or "end_turn",
            usage=TokenUsage(
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                cache_read_input_tokens=usage.cache_read_input_tokens or 0,
                cache_creation_input_tokens=usage.cache_creation_input_tokens or 0,
            ),
            request_id=message._request_id,
        )


def _typed(error: anthropic.APIError) -> ModelCallError:
    if isinstance(error, anthropic.APIStatusError):
        kind = str(error.type or f"http_{error.status_code}")
        if error.status_code in (401, 403):
            return ModelKeyError(
                f"the model server refuses the key: {_said(error)}", error_type=kind, retryable=False
            )
        answer = ModelCallError(
            f"the model server answered {error.status_code} {kind}: {_said(error)}",
            error_type=kind,
            retryable=error.status_code in _RETRYABLE_STATUS,
        )
        answer.retry_after_seconds = _retry_after(error.response.headers.get("retry-after"))
        return answer
    return ModelCallError(
        f"the model server cannot be reached: {error}", error_type="connection_error", retryable=True
    )


def _said(error: anthropic.APIStatusError) -> str:
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        return str(body["error"].get("message", ""))
    return str(error.message)


def _retry_after(header: str | None) -> float | None:
    try:
        return None if header is None else max(0.0, float(header))
    except ValueError:
        return None
