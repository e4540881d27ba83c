"""The rehearsal server as the anthropic SDK meets it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anthropic
import httpx
import pytest

KEY = "sk-rehearsal"
HAIKU = "claude-haiku-5-5"
TOOLS: list[Any] = [
    {
        "name": "shop__list_parcels",
        "description": "Parcels of a customer.",
        "input_schema": {
            "type": "object",
            "properties": {"email": {"type": "string"}},
            "required": ["email"],
        },
    },
    {
        "name": "finish",
        "description": "End the task.",
        "input_schema": {
            "type": "object",
            "properties": {"summary": {"type": "string"}, "confidence": {"type": "number"}},
            "required": ["summary", "confidence"],
        },
    },
]
HELLO: list[Any] = [{"role": "user", "content": "How many parcels are there?"}]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def rehearsal(*options: str, **environment: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server process and its address; quiet and without trouble unless the options say otherwise."""
    port = free_port()
    calm = ("--latency-ms", "5", "--mistake-rate", "0", "--refusal-rate", "0")
    command = [sys.executable, "-m", "muster.models.rehearsal", "--port", str(port), *calm, *options]
    process = subprocess.Popen(command, env={**os.environ, **environment})
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(url, process)
        yield url, process
    finally:
        process.kill()
        process.wait()


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        try:
            httpx.get(f"{url}/healthz", trust_env=False).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not become healthy")


@pytest.fixture(scope="module")
def calm() -> Iterator[str]:
    with rehearsal("--overload-rate", "0", "--rate-limit-rate", "0") as (url, _):
        yield url


@pytest.fixture(scope="module")
def strict() -> Iterator[str]:
    """A server that wants a key, takes small requests only, and is otherwise always overloaded."""
    with rehearsal("--overload-rate", "1", "--max-body-bytes", "20000", MUSTER_REHEARSAL_API_KEY=KEY) as (
        url,
        _,
    ):
        yield url


@pytest.fixture
def client(calm: str) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=calm, api_key="any", max_retries=0) as client:
        yield client


def test_a_task_is_carried_through_tool_use_to_its_end(client: anthropic.Anthropic) -> None:
    first = client.messages.create(model=HAIKU, max_tokens=500, messages=HELLO, tools=TOOLS)
    (use,) = [block for block in first.content if block.type == "tool_use"]
    assert (first.stop_reason, first.model, use.name) == ("tool_use", HAIKU, "shop__list_parcels")
    result = {"type": "tool_result", "tool_use_id": use.id, "content": '{"parcels": 3}'}
    messages = [*HELLO, first.to_param(), {"role": "user", "content": [result]}]
    second = client.messages.create(model=HAIKU, max_tokens=500, messages=messages, tools=TOOLS)
    (end,) = [block for block in second.content if block.type == "tool_use"]
    assert end.name == "finish"
    assert '"parcels": 3' in str(end.input["summary"])


def test_every_answer_says_that_it_is_a_rehearsal_and_carries_a_request_id(
    client: anthropic.Anthropic,
) -> None:
    raw = client.messages.with_raw_response.create(model=HAIKU, max_tokens=50, messages=HELLO)
    assert raw.headers["x-muster-model-source"] == "rehearsal"
    assert raw.headers["request-id"].startswith("req_")
    with pytest.raises(anthropic.BadRequestError) as raised:
        client.messages.create(model=HAIKU, max_tokens=50, messages=[])
    assert raised.value.response.headers["x-muster-model-source"] == "rehearsal"
    assert (raised.value.request_id or "").startswith("req_")


def test_a_stream_holds_the_same_message_in_the_order_of_the_api(client: anthropic.Anthropic) -> None:
    whole = client.messages.create(model=HAIKU, max_tokens=500, messages=HELLO, tools=TOOLS)
    with client.messages.create(model=HAIKU, max_tokens=500, messages=HELLO, tools=TOOLS, stream=True) as raw:
        kinds = [event.type for event in raw]
    one_each = [kind for index, kind in enumerate(kinds) if index == 0 or kinds[index - 1] != kind]
    block = ["content_block_start", "content_block_delta", "content_block_stop"]
    assert one_each == ["message_start", *block, *block, "message_delta", "message_stop"]
    with client.messages.stream(model=HAIKU, max_tokens=500, messages=HELLO, tools=TOOLS) as stream:
        final = stream.get_final_message()
    assert [block.model_dump() for block in final.content] == [block.model_dump() for block in whole.content]
    assert (final.stop_reason, final.usage.output_tokens) == (whole.stop_reason, whole.usage.output_tokens)


async def test_the_async_client_gets_the_same_answer(calm: str, client: anthropic.Anthropic) -> None:
    async with anthropic.AsyncAnthropic(base_url=calm, api_key="any", max_retries=0) as asking:
        theirs = await asking.messages.create(model=HAIKU, max_tokens=500, messages=HELLO, tools=TOOLS)
    ours = client.messages.create(model=HAIKU, max_tokens=500, messages=HELLO, tools=TOOLS)
    assert theirs.content == ours.content


def test_tool_choice_is_obeyed(client: anthropic.Anthropic) -> None:
    def names(choice: Any) -> list[str]:
        answer = client.messages.create(
            model=HAIKU, max_tokens=500, messages=HELLO, tools=TOOLS, tool_choice=choice
        )
        return [block.name for block in answer.content if block.type == "tool_use"]

    assert names({"type": "tool", "name": "finish"}) == ["finish"]
    assert names({"type": "none"}) == []
    assert len(names({"type": "any", "disable_parallel_tool_use": True})) == 1


def test_counted_tokens_are_the_tokens_charged_and_a_marked_prompt_is_read_from_the_cache(
    client: anthropic.Anthropic,
) -> None:
    system: list[Any] = [{"type": "text", "text": "word " * 2500, "cache_control": {"type": "ephemeral"}}]
    counted = client.messages.count_tokens(model=HAIKU, messages=HELLO, tools=TOOLS, system=system)
    first, second = (
        client.messages.create(model=HAIKU, max_tokens=50, messages=HELLO, tools=TOOLS, system=system).usage
        for _ in range(2)
    )
    written = first.cache_creation_input_tokens or 0
    assert counted.input_tokens == first.input_tokens + written
    assert written > 3000
    assert (second.cache_read_input_tokens, second.cache_creation_input_tokens) == (written, 0)


def test_an_answer_longer_than_allowed_is_cut(client: anthropic.Anthropic) -> None:
    answer = client.messages.create(model=HAIKU, max_tokens=3, messages=HELLO)
    assert (answer.stop_reason, answer.usage.output_tokens) == ("max_tokens", 3)


def test_models_are_listed_and_paths_that_are_none_are_not_found(client: anthropic.Anthropic) -> None:
    assert HAIKU in [model.id for model in client.models.list()]
    with pytest.raises(anthropic.NotFoundError):
        client.models.retrieve("claude-unheard-of")


@pytest.mark.parametrize("key", ["sk-wrong", ""])
def test_a_wrong_or_missing_key_is_refused(strict: str, key: str) -> None:
    headers = {"anthropic-version": "2023-06-01"} | ({"x-api-key": key} if key else {})
    answer = httpx.post(f"{strict}/v1/messages", headers=headers, json={}, trust_env=False)
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")
    with (
        anthropic.Anthropic(base_url=strict, api_key="sk-wrong") as client,
        pytest.raises(anthropic.AuthenticationError),
    ):
        client.messages.create(model=HAIKU, max_tokens=50, messages=HELLO)


def test_too_large_a_request_and_an_overload_are_told_apart(strict: str) -> None:
    with anthropic.Anthropic(base_url=strict, api_key=KEY, max_retries=0) as client:
        with pytest.raises(anthropic.APIStatusError) as large:
            client.messages.create(
                model=HAIKU, max_tokens=50, messages=[{"role": "user", "content": "x" * 30_000}]
            )
        with pytest.raises(anthropic.OverloadedError) as overloaded:
            client.messages.create(model=HAIKU, max_tokens=50, messages=HELLO)
    assert (large.value.status_code, large.value.type) == (413, "request_too_large")
    assert (overloaded.value.status_code, overloaded.value.type) == (529, "overloaded_error")


def test_a_rate_limit_says_when_to_come_back_and_the_server_stops_when_told() -> None:
    with rehearsal("--overload-rate", "0", "--rate-limit-rate", "1") as (url, process):
        with (
            anthropic.Anthropic(base_url=url, api_key="any", max_retries=0) as client,
            pytest.raises(anthropic.RateLimitError) as raised,
        ):
            client.messages.create(model=HAIKU, max_tokens=50, messages=HELLO)
        assert raised.value.response.headers["retry-after"] == "1"
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "muster.models.rehearsal", "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 3
    assert f"error: port {port} on 127.0.0.1 is taken\n  do: " in ended.stderr
    assert "Traceback" not in ended.stderr
