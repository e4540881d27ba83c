"""Whole days of work, charged as the API charges: `auto` is never much worse than the better of the two."""

import json
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from muster.models.caching import CachePlanner, CacheRates
from muster.models.question import Question
from muster.models.rehearsal.cache import PromptCache
from muster.models.rehearsal.request import parse_request
from muster.models.table import CacheMode

RATES = CacheRates(read=0.1, write=1.25)
MODEL = "claude-sonnet-5-5"
TASKS = 150


@dataclass(frozen=True)
class Agent:
    """How an agent works."""

    prompt_tokens: int
    calls_a_task: tuple[int, ...]
    """Drawn from, task by task."""
    seconds_between_tasks: float
    result_tokens: int = 400


AGENTS = {
    "busy, several calls": Agent(3_000, (3, 4, 5), 20),
    "busy, one call": Agent(3_000, (1,), 20),
    "busy, one call or many": Agent(3_000, (1, 1, 1, 6), 20),
    "seldom, several calls": Agent(3_000, (3, 4, 5), 1_800),
    "seldom, one call": Agent(3_000, (1,), 1_800),
    "hardly ever, one call": Agent(3_000, (1,), 20_000),
    "now and then": Agent(3_000, (1, 2), 400),
    "short prompt, long results": Agent(200, (4, 5), 60, result_tokens=3_000),
    "short prompt, short results": Agent(200, (2, 3), 60, result_tokens=50),
}


class Seconds:
    """A clock that is told what time it is."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def conversation(agent: Agent, task: int, calls: int) -> Question:
    """The question after so many calls; a word is a token."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": f"task {task} " + "text" * 300}]
    for call in range(calls):
        use = {"type": "tool_use", "id": f"t{call}", "name": "look", "input": {"call": call}}
        result = {"type": "tool_result", "tool_use_id": f"t{call}", "content": "text" * agent.result_tokens}
        messages += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    tools = [{"name": "look", "input_schema": {"type": "object"}}]
    return Question("clerk", 1, [{"type": "text", "text": "text" * agent.prompt_tokens}], messages, tools)


def cost(agent: Agent, mode: CacheMode) -> float:
    """What the prompts of a day cost, in plain input tokens."""
    clock, chance = Seconds(), Random(7)
    planner, cache = CachePlanner(clock), PromptCache(clock)
    total = 0.0
    for task in range(TASKS):
        clock.now += chance.expovariate(1 / agent.seconds_between_tasks)
        for call in range(chance.choice(agent.calls_a_task)):
            clock.now += 4
            parts = planner.marked(conversation(agent, task, call), MODEL, mode, RATES)
            body = {"model": MODEL, "max_tokens": 9, "system": parts.system, "tools": parts.tools}
            charged = cache.charge(parse_request(json.dumps(body | {"messages": parts.messages}).encode()))
            total += charged.input_tokens
            total += RATES.read * charged.cache_read_tokens + RATES.write * charged.cache_write_tokens
    return total


@pytest.mark.parametrize("agent", AGENTS.values(), ids=AGENTS.keys())
def test_auto_costs_at_most_a_few_percent_more_than_the_better_of_on_and_off(agent: Agent) -> None:
    auto, on, off = cost(agent, "auto"), cost(agent, "on"), cost(agent, "off")
    assert auto <= 1.03 * min(on, off), (round(auto / off, 3), round(on / off, 3))


def test_where_caching_pays_it_pays_a_lot_and_where_it_does_not_little_is_lost() -> None:
    busy, seldom = AGENTS["busy, several calls"], AGENTS["hardly ever, one call"]
    assert cost(busy, "auto") < 0.3 * cost(busy, "off")
    assert cost(seldom, "on") > 1.2 * cost(seldom, "off")
    assert cost(seldom, "auto") < 1.03 * cost(seldom, "off")


def test_auto_beats_both_where_only_one_of_the_two_prefixes_is_worth_it() -> None:
    mixed = AGENTS["busy, one call"]
    assert cost(mixed, "auto") < min(cost(mixed, "on"), cost(mixed, "off"))
