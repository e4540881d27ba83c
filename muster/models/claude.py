"""Claude through the Anthropic SDK; the same code speaks to any server with the Messages API."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from json import JSONDecodeError
from typing import Any, cast

import anthropic
import orjson

from muster.core.settings import Settings
from muster.ledger.intents import Intent
from muster.models.client import BatchClient, BatchEntry, BatchState, Block, ModelAnswer, ModelClient
from muster.models.errors import ModelCallError, ModelErrorClass, ModelKeyError
from muster.models.reading import broken, read_answer
from muster.models.retry_after import retry_after_seconds
from muster.models.table import ModelChoice

__all__ = ["BatchClient", "ClaudeClient", "ModelAnswer", "ModelClient"]

_CLASS_OF_STATUS: Mapping[int, ModelErrorClass] = {
    408: "timeout",
    409: "server_error",
    429: "rate_limit",
    503: "overload",
    504: "timeout",
    529: "overload",
}
_CLASS_OF_TYPE: Mapping[str, ModelErrorClass] = {
    "overloaded_error": "overload",
    "rate_limit_error": "rate_limit",
    "timeout_error": "timeout",
    "api_error": "server_error",
}
_LONGEST_SECONDS = 600.0
"""The door's own limit comes first; this one keeps a connection from being held for ever."""


class ClaudeClient:
    """One connection pool to one Messages API."""

    def __init__(
        self, *, api_key: str, base_url: str | None, source: str, timeout_seconds: float = _LONGEST_SECONDS
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

    async def knows(self, model: str) -> bool:
        """Whether the server counts tokens for the model.

        Raises:
            ModelCallError: it cannot be reached or fails.
            ModelKeyError: it does not take the key.
        """
        try:
            await self._sdk.messages.count_tokens(model=model, messages=[{"role": "user", "content": "?"}])
        except anthropic.NotFoundError:
            return False
        except anthropic.APIError as error:
            raise _typed(error) from error
        return True

    async def send(
        self,
        intent: Intent,
        choice: ModelChoice,
        system: list[Block],
        messages: list[Block],
        tools: list[Block],
    ) -> ModelAnswer:
        """The model's answer to one request; the permission for it is used up.

        Raises:
            IntentUsedError: the permission was used before; nothing was sent.
            ModelCallError: the server failed, refused the request, could not be reached, or sent back what is
                no message.
            ModelKeyError: it does not take the key.
        """
        intent.begin()
        try:
            # the body as it came: the SDK's types check nothing, and making them costs a fifth of the call
            raw = await self._sdk.messages.with_raw_response.create(
                **_request(choice, system, messages, tools)
            )
            return read_answer(orjson.loads(raw.http_response.content), raw.request_id)
        except anthropic.APIError as error:
            raise _typed(error) from error
        except JSONDecodeError as error:
            raise broken(f"what is no JSON: {error}") from error

    async def send_batch(self, entries: Sequence[BatchEntry]) -> str:
        """The server's name for the batch these questions went out in; their permissions are used up.

        Raises:
            IntentUsedError: a permission was used before; nothing was sent.
            ModelCallError: as `send`; no question was taken.
        """
        for entry in entries:
            entry.intent.begin()
        requests = [
            {
                "custom_id": entry.custom_id,
                "params": _request(entry.choice, entry.system, entry.messages, entry.tools),
            }
            for entry in entries
        ]
        try:
            batch = await self._sdk.messages.batches.create(requests=cast(Any, requests))
        except anthropic.APIError as error:
            raise _typed(error) from error
        except (JSONDecodeError, UnicodeDecodeError) as error:
            raise broken(f"what is no JSON: {error}") from error
        return batch.id

    async def batch_state(self, batch_id: str) -> BatchState:
        """Whether the batch has ended.

        Raises:
            ModelCallError: the server failed or could not be reached; `not_found_error` when it does not know
                the batch.
        """
        try:
            batch = await self._sdk.messages.batches.retrieve(batch_id)
        except anthropic.APIError as error:
            raise _typed(error) from error
        except (JSONDecodeError, UnicodeDecodeError) as error:
            raise broken(f"what is no JSON: {error}") from error
        return "ended" if batch.processing_status == "ended" else "working"

    async def batch_answers(self, batch_id: str) -> Mapping[str, ModelAnswer | ModelCallError]:
        """What became of each question of an ended batch, by its name in the batch.

        Raises:
            ModelCallError: as `batch_state`.
        """
        answers: dict[str, ModelAnswer | ModelCallError] = {}
        try:
            async for line in await self._sdk.messages.batches.results(batch_id):
                answers[line.custom_id] = _batched(line.result)
        except anthropic.APIError as error:
            raise _typed(error) from error
        except (JSONDecodeError, UnicodeDecodeError) as error:
            raise broken(f"what is no JSON: {error}") from error
        return answers


def _request(
    choice: ModelChoice, system: list[Block], messages: list[Block], tools: list[Block]
) -> dict[str, Any]:
    request: dict[str, Any] = {
        "model": choice.model,
        "max_tokens": choice.max_tokens,
        "system": system,
        "messages": messages,
        "tools": tools,
    }
    if choice.effort is not None:
        request["output_config"] = {"effort": choice.effort}
    return request


def _batched(result: Any) -> ModelAnswer | ModelCallError:
    """What became of one question of a batch."""
    if result.type == "succeeded":
        try:
            return read_answer(result.message.to_dict(mode="json", warnings=False), None)
        except ModelCallError as error:
            return error
    if result.type == "errored":
        kind = str(result.error.error.type)
        words = f"the model server answered in the batch: {kind}: {result.error.error.message}"
        if kind in ("authentication_error", "permission_error"):
            return ModelKeyError(words, error_type=kind)
        return ModelCallError(words, error_type=kind, error_class=_CLASS_OF_TYPE.get(kind))
    return ModelCallError(
        f"the batch ended without an answer: {result.type}",
        error_type=f"batch_{result.type}",
        error_class="server_error",
    )


def _typed(error: anthropic.APIError) -> ModelCallError:
    if isinstance(error, anthropic.APIStatusError):
        return _refused(error)
    if isinstance(error, anthropic.APIResponseValidationError):
        return broken("what is no message")
    if isinstance(error, anthropic.APITimeoutError):
        return ModelCallError(
            "the model server did not answer in time", error_type="timeout_error", error_class="timeout"
        )
    return ModelCallError(
        f"the model server cannot be reached: {error}", error_type="connection_error", error_class="network"
    )


def _refused(error: anthropic.APIStatusError) -> ModelCallError:
    status = error.status_code
    kind = str(error.type or f"http_{status}")
    if status in (401, 403):
        return ModelKeyError(f"the model server refuses the key: {_said(error)}", error_type=kind)
    named = _CLASS_OF_TYPE.get(kind) if kind in ("overloaded_error", "rate_limit_error") else None
    error_class = named or _CLASS_OF_STATUS.get(status) or ("server_error" if status >= 500 else None)
    headers = error.response.headers
    match headers.get("x-should-retry"):
        case "false":
            error_class = None
        case "true":
            error_class = error_class or "server_error"
    return ModelCallError(
        f"the model server answered {status} {kind}: {_said(error)}",
        error_type=kind,
        error_class=error_class,
        retry_after_seconds=retry_after_seconds(headers, datetime.now(UTC)),
    )


def _said(error: anthropic.APIStatusError) -> str:
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        return str(body["error"].get("message", ""))
    return str(error.message)[:500]
