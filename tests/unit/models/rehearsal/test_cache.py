"""How a prompt is charged when part of it was seen before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from muster.models.rehearsal.cache import PromptCache, PromptUsage, prompt_tokens
from muster.models.rehearsal.request import MessagesRequest, parse_request

SYSTEM_TOKENS = 1500
MARK = {"type": "ephemeral"}


class Seconds:
    """A clock that stands until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def cache(seconds: Seconds) -> PromptCache:
    return PromptCache(seconds)


def prompt(
    *messages: str, mark: dict[str, Any] | None = MARK, model: str = "claude-sonnet-5-5", system: str = "s"
) -> MessagesRequest:
    block: dict[str, Any] = {"type": "text", "text": system * 4 * SYSTEM_TOKENS}
    if mark:
        block["cache_control"] = mark
    roles = ("user", "assistant")
    turns = [{"role": roles[index % 2], "content": text} for index, text in enumerate(messages)]
    body = {"model": model, "max_tokens": 9, "system": [block], "messages": turns}
    return parse_request(json.dumps(body).encode())


def test_tokens_are_a_quarter_of_the_characters_and_three_a_message() -> None:
    assert prompt_tokens(prompt("12345", mark=None)) == SYSTEM_TOKENS + 2 + 3


def test_the_marked_prefix_is_written_once_and_then_read(cache: PromptCache) -> None:
    assert cache.charge(prompt("1234")) == PromptUsage(4, 0, SYSTEM_TOKENS)
    assert cache.charge(prompt("12345678")) == PromptUsage(5, SYSTEM_TOKENS, 0)


def test_a_kept_prefix_lasts_five_minutes_from_its_last_use(cache: PromptCache, seconds: Seconds) -> None:
    cache.charge(prompt("1234"))
    seconds.now += 299
    assert cache.charge(prompt("1234")).cache_read_tokens == SYSTEM_TOKENS
    seconds.now += 299
    assert cache.charge(prompt("1234")).cache_read_tokens == SYSTEM_TOKENS
    seconds.now += 301
    assert cache.charge(prompt("1234")) == PromptUsage(4, 0, SYSTEM_TOKENS)


def test_a_prefix_can_be_kept_for_an_hour(cache: PromptCache, seconds: Seconds) -> None:
    hour = {"type": "ephemeral", "ttl": "1h"}
    assert cache.charge(prompt("1234", mark=hour)).write_lasts_hour
    seconds.now += 3599
    assert cache.charge(prompt("1234", mark=hour)).cache_read_tokens == SYSTEM_TOKENS


@pytest.mark.parametrize(
    "other",
    [
        prompt("1234", system="t"),
        prompt("1234", model="claude-opus-5-5"),
        prompt("1234", mark=None),
    ],
    ids=["another prompt", "another model", "no mark"],
)
def test_nothing_is_read_that_was_not_kept(cache: PromptCache, other: MessagesRequest) -> None:
    cache.charge(prompt("1234"))
    assert cache.charge(other).cache_read_tokens == 0


def test_a_short_prefix_is_not_kept(cache: PromptCache) -> None:
    haiku = prompt("1234", model="claude-haiku-5-5")
    assert cache.charge(haiku) == PromptUsage(SYSTEM_TOKENS + 4, 0, 0)
    assert cache.charge(haiku).cache_read_tokens == 0


def test_a_growing_conversation_reads_what_it_wrote_the_turn_before(cache: PromptCache) -> None:
    def marked_at_end(*messages: str) -> MessagesRequest:
        request = prompt(*messages, mark=None)
        request.turns[-1].blocks[-1]["cache_control"] = MARK
        return request

    first = cache.charge(marked_at_end("12345678"))
    assert first == PromptUsage(0, 0, SYSTEM_TOKENS + 5)
    second = cache.charge(marked_at_end("12345678", "1234", "1234"))
    assert second == PromptUsage(0, SYSTEM_TOKENS + 5, 8)
