"""The labelled traces, and the figures of the loop breaker on them."""

from collections import Counter
from pathlib import Path

import pytest

from muster.teams.loop_scores import Judged, judge, score, sets
from muster.teams.loop_traces import TRACES_FOLDER, TraceError, load_traces, parse_calls
from muster.teams.standard_rules import LoopRules
from tests.unit.teams.loop_generator import files

FLOOR = 0.90
"""Precision and recall stay at least this on the held-out traces, and on all."""


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return [judge(trace, LoopRules()) for trace in load_traces()]


def test_there_are_enough_traces_of_each_kind(judged: list[Judged]) -> None:
    kinds = Counter((one.trace.source, one.trace.loop_begins is not None) for one in judged)
    assert len(judged) >= 200
    assert kinds["written", True] + kinds["written", False] >= 60
    assert min(kinds.values()) >= 30
    assert sum(one.trace.held_out for one in judged) >= 100


def test_no_two_traces_have_the_same_name(judged: list[Judged]) -> None:
    names = Counter((one.trace.source, one.trace.held_out, one.trace.name) for one in judged)
    assert [name for name, times in names.items() if times > 1] == []


def test_precision_and_recall_stay_above_the_floor(judged: list[Judged]) -> None:
    for some in (judged, sets(judged)["held out, all"]):
        figures = score(some)
        assert figures.precision.share is not None
        assert figures.recall.share is not None
        assert figures.precision.share >= FLOOR
        assert figures.recall.share >= FLOOR


def test_every_trace_is_in_one_set(judged: list[Judged]) -> None:
    by_set = sets(judged)
    held_out = by_set.pop("held out, all")
    assert sum(map(len, by_set.values())) == len(judged)
    assert {one.trace.held_out for one in held_out} == {True}


@pytest.mark.parametrize("name", ["generated_tuning.yaml", "generated_held_out.yaml"])
def test_the_generated_traces_are_what_the_seed_gives(name: str) -> None:
    assert (TRACES_FOLDER / name).read_text(encoding="utf-8") == files()[name]


def test_a_call_is_read_as_it_is_written() -> None:
    begins, calls = parse_calls(
        "clerk: pay*(AT1, 5.00) ->x a person decides\n~~~\n2x get() ->? away\nlook?(1) ->! no such tool", "x"
    )
    assert begins == 1
    assert [(one.agent, one.tool, one.status, one.effect) for one in calls] == [
        ("clerk", "pay", "refused", "write"),
        ("desk", "get", "transport_error", "read"),
        ("desk", "get", "transport_error", "read"),
        ("desk", "look", "tool_error", None),
    ]
    assert calls[0].arguments == {"0": "AT1", "1": "5.00"}
    assert calls[1].arguments == {}


def test_a_line_that_is_no_call_is_told_with_its_trace(tmp_path: Path) -> None:
    (tmp_path / "written_tuning.yaml").write_text("- name: odd\n  calls: |\n    get order o1\n")
    with pytest.raises(TraceError, match="not a call: get order o1") as raised:
        load_traces(tmp_path)
    assert raised.value.where == f"{tmp_path / 'written_tuning.yaml'}: odd"


def test_the_figures_are_counted_as_they_are_named(tmp_path: Path) -> None:
    again = "\n    get(o1) -> same" * 4
    (tmp_path / "written_tuning.yaml").write_text(
        f"- name: caught\n  calls: |\n    get(o1) -> same\n    ~~~{again}\n"
        f"- name: too early\n  calls: |{again}\n    ~~~\n    get(o1) -> same\n"
        f"- name: false alarm\n  calls: |{again}\n"
        "- name: missed\n  calls: |\n    ~~~\n    get(o1) -> same\n    get(o1) -> same\n"
        "- name: let through\n  calls: |\n    get(o1) -> same\n"
    )
    judged = [judge(trace, LoopRules()) for trace in load_traces(tmp_path)]
    assert [one.verdict for one in judged] == [
        "caught",
        "too_early",
        "false_alarm",
        "missed",
        "let_through",
    ]
    figures = score(judged)
    assert (figures.traces, figures.loops) == (5, 3)
    assert (figures.precision.hits, figures.precision.of) == (1, 3)
    assert (figures.recall.hits, figures.recall.of) == (1, 3)
    assert (figures.false_alarms.hits, figures.false_alarms.of) == (1, 2)
    assert figures.wasted_calls_median == 2
    assert figures.precision.low == pytest.approx(0.0615, abs=0.001)
    assert figures.precision.high == pytest.approx(0.7923, abs=0.001)


def test_nothing_to_count_is_null_and_not_a_perfect_score() -> None:
    assert score([]).precision.share is None
    assert score([]).wasted_calls_median is None
