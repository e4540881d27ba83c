"""What the loop breaker stops, and what it lets through."""

import pytest

from muster.teams.loop_traces import parse_calls
from muster.teams.loop_watch import LoopWatch
from muster.teams.loops import LoopBreaker, Step, failing_circle
from muster.teams.standard_rules import LoopRules

READ_TWICE = "get_order(o1) -> delivered\n" * 2


def stopped(text: str, task: str = "", rules: LoopRules | None = None) -> tuple[int, str] | None:
    """After how many calls it was stopped, and why; None when it was let through."""
    watch = LoopWatch(rules or LoopRules(), task)
    for calls, one in enumerate(parse_calls(text, "test")[1], start=1):
        reason = watch.saw(one.agent, one.tool, one.arguments, one.result, one.status, one.effect)
        if reason is not None:
            return calls, reason
    return None


@pytest.mark.parametrize(
    ("text", "calls", "said"),
    [
        ("9x get_order(o1) -> delivered", 3, "get_order was called again and again"),
        ("a(1) -> x\nb(1) -> y\n" * 4, 6, "b was called again and again"),
        ("\n".join(f"find(word {n}) -> none" for n in range(9)), 6, "answered the same 6 times"),
        ("\n".join(f"book*({n}) ->! error {n}" for n in range(9)), 5, "5 tool calls in a row failed"),
        ("\n".join(f"guess{n}?() ->x no such tool" for n in range(9)), 5, "5 tool calls in a row failed"),
        (
            "\n".join(f"a(word {n}) -> none\nb(word {n}) -> nothing" for n in range(9)),
            10,
            "8 tool calls in a row brought nothing new",
        ),
        (
            "\n".join(f"get(1) -> version {n}\nset*({n}) ->! it is {n + 1}" for n in range(9)),
            6,
            "get, set went round 3 times and failed each time",
        ),
        (
            "\n".join(f"get_job(1) -> running at 10:00:{n:02}" for n in range(20)),
            6,
            "get_job was called again and again",
        ),
    ],
)
def test_a_loop_is_stopped_with_its_reason(text: str, calls: int, said: str) -> None:
    found = stopped(text)
    assert found is not None
    assert found[0] == calls
    assert said in found[1]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"get_job(1) -> {n} %" for n in range(40)),
        "\n".join(f"next_page() -> rows {n}" for n in range(40)),
        "\n".join(f"match*(t{n}) -> ok" for n in range(40)),
        "\n".join(f"get(i{n}) -> open\nclose*(i{n}) -> ok" for n in range(20)),
        "\n".join(f"book*({n}) ->! locked\nbook*({n}) -> booked" for n in range(20)),
        "list() -> "
        + " ".join(f"v{n}v" for n in range(20))
        + "\n"
        + "\n".join(f"check(v{n}v) -> in order" for n in range(20)),
        "\n".join(f"{READ_TWICE}note*({n}) -> ok" for n in range(9)),
        "\n".join(f"{agent}: get_order(o1) -> delivered" for agent in ("a", "b", "c", "d")),
    ],
    ids=[
        "polling",
        "paging",
        "acts",
        "work list",
        "retries",
        "a list of reads",
        "second looks",
        "colleagues",
    ],
)
def test_work_is_let_through(text: str) -> None:
    assert stopped(text) is None


def test_a_list_in_the_task_may_be_worked_through() -> None:
    names = [f"B-77{n}" for n in range(9)]
    asked = "\n".join(f"get_order({name}) -> no such order" for name in names)
    assert stopped(asked, task=f"where are {', '.join(names)}?") is None
    assert stopped(asked) is not None


def test_tighter_rules_stop_sooner() -> None:
    calls = "9x get_order(o1) -> delivered"
    found = [stopped(calls, rules=LoopRules(same_call=n)) for n in (2, 3, 4)]
    assert [one and one[0] for one in found] == [2, 3, 4]


def test_a_colleagues_loop_is_not_held_against_one() -> None:
    assert stopped("2x a: get(1) -> x\n2x b: get(1) -> x\na: look(1) -> y\nb: look(1) -> y") is None


def test_a_call_of_unknown_effect_counts_as_an_act_once() -> None:
    assert stopped("\n".join(f"tag?({n}) -> ok" for n in range(20))) is None
    assert stopped("9x tag?(1) -> ok") is not None


def test_the_same_calls_give_the_same_answer() -> None:
    text = "\n".join(f"a(word {n}) -> none\nb(word {n}) -> nothing" for n in range(9))
    assert {stopped(text) for _ in range(5)} == {stopped(text)}


def test_arguments_no_json_can_hold_are_compared_all_the_same() -> None:
    watch = LoopWatch(LoopRules())
    odd = {"amount": float("nan"), "text": "\ud800", "deep": [{"more": None}, True], "big": 2**80}
    reasons = [watch.saw("desk", "get", odd, "\ud800", "ok", "read") for _ in range(3)]
    assert reasons[:2] == [None, None]
    assert reasons[2] is not None


def test_a_step_without_a_gist_is_compared_by_its_result() -> None:
    breaker = LoopBreaker(LoopRules())
    step = Step("desk", "get", "a" * 64, "b" * 64, "ok", "read")
    assert [breaker.saw(step) is None for _ in range(3)] == [True, True, False]


def test_a_circle_that_changes_something_is_work() -> None:
    def step(tool: str, status: str, effect: str) -> Step:
        return Step("desk", tool, tool, tool, status, effect)  # type: ignore[arg-type]  # short literals

    failing = [step("get", "ok", "read"), step("set", "tool_error", "write")]
    assert failing_circle(failing * 3, 3) == ["get", "set"]
    assert failing_circle([*failing, step("add", "ok", "write")] * 3, 3) == []
    assert failing_circle(failing * 2, 3) == []
