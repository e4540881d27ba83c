from datetime import timedelta

import pytest

from muster.analysis.human import HumanCost
from muster.analysis.movement import USUAL, movement
from muster.analysis.tasks import task_rows
from tests.unit.analysis.story import NOON, Story


def weeks(*completed_of: tuple[int, int], team: str = "support") -> Story:
    """A ledger of weeks, each with so many of so many tasks completed, the last one ending at NOON."""
    story = Story()
    for back, (completed, of) in enumerate(reversed(completed_of)):
        for number in range(of):
            at = NOON - timedelta(days=7 * back, hours=number + 1)
            story.task(team, "completed" if number < completed else "failed", at=at)
    return story


def test_what_moved_is_the_last_week_against_the_one_before() -> None:
    tasks = task_rows(weeks((5, 50), (56, 70), (70, 80)).frame().lazy()).collect()

    moved = movement(tasks, HumanCost(), since=None, until=NOON)

    row = moved.of("completion_rate")
    assert row is not None
    assert (moved.length, moved.ended_before) == (USUAL, 70)
    assert (row["before"], row["now"], row["verdict"]) == (0.8, 0.875, "unclear")
    assert moved.moved.is_empty()


def test_a_clear_fall_is_named_for_the_company_and_the_team() -> None:
    tasks = task_rows(weeks((78, 80), (40, 80)).frame().lazy()).collect()

    moved = movement(tasks, HumanCost(), since=NOON - timedelta(days=7), until=NOON)

    fallen = moved.moved.filter(kpi="completion_rate")
    assert fallen.select("team", "verdict").rows() == [(None, "worse"), ("support", "worse")]
    assert moved.compared == 12
    assert moved.by_chance == pytest.approx(0.6)


def test_nothing_before_is_nothing_to_compare_with() -> None:
    tasks = task_rows(weeks((9, 10)).frame().lazy()).collect()

    moved = movement(tasks, HumanCost(), since=NOON - timedelta(days=7), until=NOON)
    silent = movement(tasks, HumanCost(), since=NOON, until=NOON + timedelta(days=30))

    assert (moved.ended_before, moved.compared, moved.of("completion_rate")) == (0, 0, None)
    assert (silent.ended_before, silent.changes.height, silent.moved.height) == (10, 0, 0)
