"""Message batches: taken at once, answered a little later, kept until the server stops."""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from muster.models.rehearsal.request import MessagesRequest, parse_request
from muster.models.rehearsal.wire import ApiError, invalid, new_request_id

_CUSTOM_ID = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")
_MOST_REQUESTS = 100_000
_KEPT = 1_000
_EXPIRE_AFTER = timedelta(hours=24)
_STAMP = "%Y-%m-%dT%H:%M:%S.%fZ"

Answer = Callable[[MessagesRequest], dict[str, Any]]
"""The message a request is answered with."""


@dataclass(frozen=True, slots=True)
class _Batch:
    batch_id: str
    created_at: datetime
    ends_at: datetime
    requests: Sequence[tuple[str, dict[str, Any]]]
    """(custom id, parameters), in the order they were sent."""


class BatchShelf:
    """The batches of this server."""

    def __init__(
        self, answer: Answer, takes_seconds: float, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._answer = answer
        self._takes = timedelta(seconds=takes_seconds)
        self._now = now
        self._batches: OrderedDict[str, _Batch] = OrderedDict()
        self._results: dict[str, list[dict[str, Any]]] = {}

    def create(self, body: bytes, base_url: str) -> dict[str, Any]:
        """The body of the answer to POST /v1/messages/batches.

        Raises:
            ApiError: 400, saying which request of the batch cannot be taken.
        """
        now = self._now()
        batch = _Batch(
            f"msgbatch_{secrets.token_hex(12)}", now, now + self._takes, tuple(_requests(body).items())
        )
        self._batches[batch.batch_id] = batch
        if len(self._batches) > _KEPT:
            old, _ = self._batches.popitem(last=False)
            self._results.pop(old, None)
        return self.state(batch.batch_id, base_url)

    def state(self, batch_id: str, base_url: str) -> dict[str, Any]:
        """The body of GET /v1/messages/batches/{batch_id}.

        Raises:
            ApiError: 404, when there is no such batch.
        """
        batch = self._batch(batch_id)
        ended = self._now() >= batch.ends_at
        counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
        if ended:
            for result in self._answered(batch):
                counts[result["result"]["type"]] += 1
        else:
            counts["processing"] = len(batch.requests)
        return {
            "id": batch_id,
            "type": "message_batch",
            "processing_status": "ended" if ended else "in_progress",
            "request_counts": counts,
            "created_at": batch.created_at.strftime(_STAMP),
            "ended_at": batch.ends_at.strftime(_STAMP) if ended else None,
            "expires_at": (batch.created_at + _EXPIRE_AFTER).strftime(_STAMP),
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": f"{base_url}/v1/messages/batches/{batch_id}/results" if ended else None,
        }

    def results(self, batch_id: str) -> bytes:
        """The body of GET /v1/messages/batches/{batch_id}/results: a line of JSON for each request.

        Raises:
            ApiError: 404 when there is no such batch, 400 when it has not ended.
        """
        batch = self._batch(batch_id)
        if self._now() < batch.ends_at:
            raise invalid("results are not available: the batch has not ended")
        return b"".join(orjson.dumps(result) + b"\n" for result in self._answered(batch))

    def _batch(self, batch_id: str) -> _Batch:
        batch = self._batches.get(batch_id)
        if batch is None:
            raise ApiError(404, "not_found_error", f"batch: {batch_id}")
        return batch

    def _answered(self, batch: _Batch) -> list[dict[str, Any]]:
        """The results, the last request's first: they come in no order one could rely on."""
        if batch.batch_id not in self._results:
            answered = [{"custom_id": name, "result": self._result(asked)} for name, asked in batch.requests]
            self._results[batch.batch_id] = answered[::-1]
        return self._results[batch.batch_id]

    def _result(self, parameters: dict[str, Any]) -> dict[str, Any]:
        try:
            message = self._answer(parse_request(orjson.dumps(parameters)))
        except ApiError as error:
            said = {"type": error.kind, "message": error.message}
            body = {"type": "error", "error": said, "request_id": new_request_id()}
            return {"type": "errored", "error": body}
        message["usage"]["service_tier"] = "batch"
        return {"type": "succeeded", "message": message}


def _requests(body: bytes) -> dict[str, dict[str, Any]]:
    """The parameters of each request by its custom id; whether they are any good is told in the results."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise invalid(f"The request body is not valid JSON: {error}") from None
    asked = data.get("requests") if isinstance(data, dict) else None
    if not isinstance(asked, list) or not 1 <= len(asked) <= _MOST_REQUESTS:
        raise invalid(f"requests: a list of 1 to {_MOST_REQUESTS} requests is required")
    requests: dict[str, dict[str, Any]] = {}
    for index, one in enumerate(asked):
        name, parameters = (
            (one.get("custom_id"), one.get("params")) if isinstance(one, dict) else (None, None)
        )
        if not isinstance(name, str) or not _CUSTOM_ID.match(name):
            raise invalid(f"requests.{index}.custom_id: String should match pattern '{_CUSTOM_ID.pattern}'")
        if name in requests:
            raise invalid(f"requests.{index}.custom_id: custom_ids must be unique within a batch")
        if not isinstance(parameters, dict):
            raise invalid(f"requests.{index}.params: Field required")
        requests[name] = parameters
    return requests
