"""Marks stand where reading is expected to save more than writing costs, and nowhere else."""

from typing import Any

import pytest

from muster.models.caching import CachePlanner, CacheRates, Marked, minimum_tokens
from muster.models.question import Question
from muster.models.table import CacheMode

RATES = CacheRates(read=0.1, write=1.25)
LONG, SHORT = "word " * 2_000, "word"
SONNET = "claude-sonnet-5-5"
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
def planner(seconds: Seconds) -> CachePlanner:
    return CachePlanner(seconds)


def question(calls: int = 0, *, system: str = LONG, opening: str = SHORT) -> Question:
    """A conversation after so many tool calls."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": opening}]
    for call in range(calls):
        use = {"type": "tool_use", "id": f"t{call}", "name": "look", "input": {}}
        result = {"type": "tool_result", "tool_use_id": f"t{call}", "content": LONG}
        messages += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    return Question("writer", 1, [{"type": "text", "text": system}], messages, [{"name": "look"}])


def marks(marked: Marked) -> tuple[bool, list[int]]:
    """Whether the prefix is marked, and the places of marked messages."""
    prefix = any("cache_control" in block for block in [*marked.tools, *marked.system])
    content = [message["content"] for message in marked.messages]
    places = [
        place
        for place, blocks in enumerate(content)
        if not isinstance(blocks, str) and any("cache_control" in block for block in blocks)
    ]
    return prefix, places


def ask(planner: CachePlanner, asked: Question, mode: CacheMode = "auto") -> tuple[bool, list[int]]:
    return marks(planner.marked(asked, SONNET, mode, RATES))


def test_a_long_prefix_and_the_conversation_so_far_are_marked_when_nothing_is_known(
    planner: CachePlanner,
) -> None:
    assert ask(planner, question()) == (True, [0])


def test_the_place_the_last_call_wrote_to_is_marked_again_so_that_it_is_found(planner: CachePlanner) -> None:
    ask(planner, question())
    assert ask(planner, question(calls=1)) == (True, [0, 2])
    assert ask(planner, question(calls=2)) == (True, [2, 4])


def test_what_is_shorter_than_the_model_keeps_is_not_marked(planner: CachePlanner) -> None:
    assert ask(planner, question(system=SHORT)) == (False, [])
    assert ask(planner, question(system=SHORT, calls=1)) == (False, [0, 2])


def test_an_agent_that_ends_with_its_first_call_stops_writing_its_conversations(
    planner: CachePlanner,
) -> None:
    for number in range(40):
        prefix, places = ask(planner, question(opening=f"task {number}"))
    assert (prefix, places) == (True, [])


def test_the_last_call_of_a_usual_conversation_reads_and_does_not_write(planner: CachePlanner) -> None:
    for _ in range(40):
        for calls in (0, 1, 2):
            ask(planner, question(calls))
    assert ask(planner, question(0)) == (True, [0])
    assert ask(planner, question(1)) == (True, [0, 2])
    assert ask(planner, question(2)) == (True, [2])


def test_a_prefix_that_is_asked_again_too_late_is_not_marked_any_more(
    planner: CachePlanner, seconds: Seconds
) -> None:
    for _ in range(20):
        prefix, _ = ask(planner, question())
        seconds.now += 301
    assert not prefix
    for _ in range(20):
        prefix, _ = ask(planner, question())
        seconds.now += 60
    assert prefix


def test_agents_learn_apart(planner: CachePlanner) -> None:
    for _ in range(40):
        ask(planner, question())
    assert ask(planner, question(system=LONG + "another agent")) == (True, [0])


def test_on_marks_always_and_off_never(planner: CachePlanner) -> None:
    for _ in range(40):
        ask(planner, question())
    assert ask(planner, question(), "on") == (True, [0])
    assert ask(planner, question(), "off") == (False, [])


def test_marks_that_came_with_the_question_are_gone_and_the_question_is_left_as_it_was(
    planner: CachePlanner,
) -> None:
    asked = Question(
        "writer",
        1,
        [{"type": "text", "text": SHORT, "cache_control": MARK}],
        [{"role": "user", "content": LONG}],
        [],
    )
    assert ask(planner, asked) == (False, [0])
    assert asked.system[0]["cache_control"] == MARK
    assert asked.messages == [{"role": "user", "content": LONG}]


def test_an_empty_text_is_never_marked_because_the_api_refuses_that(planner: CachePlanner) -> None:
    assert ask(planner, question(opening=""), "on")[1] == []


def test_there_are_never_more_marks_than_the_api_takes(planner: CachePlanner) -> None:
    for calls in range(10):
        prefix, places = ask(planner, question(calls), "on")
        assert prefix + len(places) <= 4


def test_a_model_whose_cache_saves_nothing_is_not_marked(planner: CachePlanner) -> None:
    free = CacheRates(read=1, write=1.25)
    assert marks(planner.marked(question(), SONNET, "auto", free)) == (False, [])


@pytest.mark.parametrize(
    ("share", "pays"),
    [(0.0, False), (0.2, False), (0.25, True), (1.0, True)],
    ids=["never", "seldom", "often", "always"],
)
def test_the_share_that_pays_is_where_cost_with_the_cache_falls_below_cost_without(
    share: float, pays: bool
) -> None:
    with_cache = share * RATES.read + (1 - share) * RATES.write
    assert (with_cache < 1) is pays is (share > RATES.share_that_pays)


@pytest.mark.parametrize(("reads", "pays"), [(0.0, False), (0.25, False), (0.3, True), (2.0, True)])
def test_the_reads_that_pay_are_where_writing_once_is_earned_back(reads: float, pays: bool) -> None:
    with_cache = RATES.write + reads * RATES.read
    assert (with_cache < 1 + reads) is pays is (reads > RATES.reads_that_pay)


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("claude-sonnet-5-5", 1024),
        ("claude-haiku-5-5", 2048),
        ("claude-haiku-4-5-20251001", 4096),
        ("claude-opus-5-5", 512),
        ("claude-opus-4-6", 4096),
        ("my-local-model", 1024),
    ],
)
def test_each_model_has_its_shortest_prefix(model: str, tokens: int) -> None:
    assert minimum_tokens(model) == tokens
