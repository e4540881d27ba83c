"""A manifest may tighten the standard and never loosen it."""

from pathlib import Path

import pytest

from muster.teams.manifest import load_manifest
from muster.teams.standard import Standard
from tests.unit.teams.team_folder import after, problems, written

TIGHT = Standard.model_validate(
    {
        "escalation": {"confidence_below": 0.9, "confidence_floor": 0.7, "tool_calls_over": 4},
        "limits": {"model_calls_per_task": 8, "task_time_limit_seconds": 120},
    }
)


@pytest.mark.parametrize(
    ("change", "line", "what", "do"),
    [
        (after("desk", "escalate: {confidence_below: 0.4}"), 17, "confidence_below is 0.4", "0.5 or more"),
        (after("desk", "escalate: {tool_calls_over: 21}"), 17, "tool_calls_over is 21", "20 or less"),
        (after("desk", "escalate:\n  customer_asks: false"), 18, "customer_asks is false", "remove it"),
        (after("desk", "budget: {model_calls_per_task: 31}"), 17, "per_task is 31", "30 or less"),
        (
            ("  concurrency: 4\n", "  task_time_limit_seconds: 3601\n"),
            9,
            "shift.task_time_limit_seconds is 3601, above the limit of the standard",
            "3600 or less",
        ),
    ],
)
def test_a_looser_limit_is_refused_with_its_line(
    tmp_path: Path, change: tuple[str, str], line: int, what: str, do: str
) -> None:
    found = problems(tmp_path, change)
    assert len(found) == 1, found
    assert found[0][0] == line
    assert what in found[0][1]
    assert do in found[0][2]


def test_the_companys_own_standard_counts_and_not_the_defaults(tmp_path: Path) -> None:
    change = after("desk", "escalate: {confidence_below: 0.6, tool_calls_over: 5}")
    load_manifest(written(tmp_path, change))
    found = problems(tmp_path, change, standard=TIGHT)
    assert sorted((line, do) for line, _, do in found) == [
        (17, "set it to 0.7 or more"),
        (17, "set it to 4 or less"),
    ]


def test_a_looser_standard_lets_a_manifest_be_looser(tmp_path: Path) -> None:
    loose = Standard.model_validate(
        {"escalation": {"customer_asks": False, "tool_calls_over": 50, "confidence_floor": 0.1}}
    )
    change = after("desk", "escalate: {confidence_below: 0.2, tool_calls_over: 40, customer_asks: false}")
    desk = load_manifest(written(tmp_path, change), standard=loose).agent("desk")
    assert desk.escalate.model_dump() == {
        "confidence_below": 0.2,
        "tool_calls_over": 40,
        "customer_asks": False,
    }


def test_what_the_owner_leaves_out_is_as_the_standard_says(tmp_path: Path) -> None:
    team = load_manifest(written(tmp_path), standard=TIGHT)
    assert team.agent("desk").escalate.confidence_below == 0.9
    assert team.agent("desk").escalate.tool_calls_over == 4
    assert team.agent("desk").budget.model_calls_per_task == 8
    assert team.shift.task_time_limit_seconds == 120


def test_what_the_owner_wrote_stays_when_it_is_tight_enough(tmp_path: Path) -> None:
    change = after("desk", "escalate: {confidence_below: 0.75, tool_calls_over: 3}")
    desk = load_manifest(written(tmp_path, change), standard=TIGHT).agent("desk")
    assert (desk.escalate.confidence_below, desk.escalate.tool_calls_over) == (0.75, 3)


def test_a_wrong_kind_of_value_is_told_once(tmp_path: Path) -> None:
    found = problems(tmp_path, after("desk", "escalate: {confidence_below: very, tool_calls_over: true}"))
    assert [line for line, _, _ in found] == [17]
    assert "confidence_below" in found[0][1]
