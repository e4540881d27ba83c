"""Batches of the rehearsal: taken at once, answered later, each request for itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from muster.models.rehearsal.batches import BatchShelf
from muster.models.rehearsal.request import MessagesRequest
from muster.models.rehearsal.wire import ApiError

URL = "http://model.example"
ASK = {"model": "claude-haiku-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": "?"}]}


class Moment:
    """A clock that stands until it is told otherwise."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def shelf(moment: Moment) -> BatchShelf:
    def answer(request: MessagesRequest) -> dict[str, Any]:
        return {"content": [], "usage": {"input_tokens": 1}, "model": request.model}

    return BatchShelf(answer, takes_seconds=2, now=moment)


def body(*requests: object) -> bytes:
    return json.dumps({"requests": requests}).encode()


def one(custom_id: object = "a", **changes: Any) -> dict[str, Any]:
    return {"custom_id": custom_id, "params": ASK | changes}


def test_a_batch_ends_after_its_time_and_its_counts_add_up(shelf: BatchShelf, moment: Moment) -> None:
    batch = shelf.create(body(one("a"), one("b", messages=[])), URL)
    assert (batch["processing_status"], batch["results_url"]) == ("in_progress", None)
    assert batch["request_counts"]["processing"] == 2
    moment.now += timedelta(seconds=2)
    ended = shelf.state(batch["id"], URL)
    assert ended["processing_status"] == "ended"
    assert ended["results_url"] == f"{URL}/v1/messages/batches/{batch['id']}/results"
    counts = {name: count for name, count in ended["request_counts"].items() if count}
    assert counts == {"succeeded": 1, "errored": 1}


def test_each_request_has_its_result_under_its_own_name(shelf: BatchShelf, moment: Moment) -> None:
    batch = shelf.create(body(one("a"), one("b", messages=[]), one("c")), URL)
    moment.now += timedelta(seconds=3)
    lines = [orjson.loads(line) for line in shelf.results(batch["id"]).splitlines()]
    results = {line["custom_id"]: line["result"] for line in lines}
    assert results["a"]["message"]["usage"]["service_tier"] == "batch"
    assert results["b"]["error"]["error"]["type"] == "invalid_request_error"
    assert [line["custom_id"] for line in lines] != ["a", "b", "c"], "nobody may rely on their order"
    assert shelf.results(batch["id"]) == shelf.results(batch["id"])


def test_results_are_not_there_before_the_end(shelf: BatchShelf) -> None:
    batch = shelf.create(body(one()), URL)
    with pytest.raises(ApiError, match="has not ended"):
        shelf.results(batch["id"])


@pytest.mark.parametrize("look", ["state", "results"])
def test_a_batch_nobody_sent_is_not_found(shelf: BatchShelf, look: str) -> None:
    with pytest.raises(ApiError) as refusal:
        shelf.state("msgbatch_0", URL) if look == "state" else shelf.results("msgbatch_0")
    assert refusal.value.status == 404


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"{", "not valid JSON"),
        (b"[]", "a list of 1 to"),
        (body(), "a list of 1 to"),
        (body("a"), "requests.0.custom_id"),
        (body(one("with space")), "requests.0.custom_id"),
        (body(one("x" * 65)), "requests.0.custom_id"),
        (body(one("a"), one("a")), "must be unique"),
        (body({"custom_id": "a"}), "requests.0.params"),
    ],
)
def test_a_batch_the_api_would_not_take_is_refused(shelf: BatchShelf, sent: bytes, said: str) -> None:
    with pytest.raises(ApiError, match=said) as refusal:
        shelf.create(sent, URL)
    assert refusal.value.status == 400


def test_old_batches_are_forgotten_so_that_the_server_does_not_grow(shelf: BatchShelf) -> None:
    first = shelf.create(body(one()), URL)
    for _ in range(1_000):
        last = shelf.create(body(one()), URL)
    with pytest.raises(ApiError):
        shelf.state(first["id"], URL)
    assert shelf.state(last["id"], URL)["id"] == last["id"]
