"""Changes of level are found where they are, and seldom where there are none."""

from datetime import timedelta
from itertools import pairwise
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.analysis.change_points import ALPHA, CHANGE_POINTS, MIN_SEGMENT, change_points, splits
from muster.analysis.definitions import BY_ID
from muster.analysis.human import HumanCost
from muster.analysis.kpis import KPI_TABLE, kpi_table
from muster.analysis.tasks import task_rows
from tests.unit.analysis.story import NOON, Story


def noise(chance: Random, length: int, level: float = 0.0) -> list[float]:
    return [chance.gauss(level, 1) for _ in range(length)]


def test_a_step_is_found_where_it_is() -> None:
    values = [1.0, 1.1, 0.9, 1.0, 1.05, 0.95, 1.0, 1.0, 3.0, 3.1, 2.9, 3.0, 3.05, 2.95, 3.0, 3.0]

    [split] = splits(values)

    assert split.place == 8
    assert split.p_value <= ALPHA


def test_two_steps_are_both_found() -> None:
    chance = Random(3)

    found = splits(noise(chance, 20) + noise(chance, 20, 4) + noise(chance, 20))

    assert [split.place for split in found] == pytest.approx([20, 40], abs=1)


def test_steady_series_of_any_kind_are_seldom_marked() -> None:
    """At most as often as promised, with room for chance: 3 standard errors over 400 series."""
    chance = Random(11)
    kinds = [
        lambda: noise(chance, 30),
        lambda: [chance.expovariate(1) for _ in range(30)],
        lambda: [sum(chance.random() < 0.9 for _ in range(20)) / 20 for _ in range(30)],
        lambda: noise(chance, 12),
    ]

    alarms = sum(bool(splits(kinds[number % 4]())) for number in range(400))

    assert alarms <= 400 * ALPHA + 3 * (400 * ALPHA * (1 - ALPHA)) ** 0.5


def test_a_change_of_two_deviations_is_nearly_always_seen() -> None:
    chance = Random(5)

    seen = sum(bool(splits(noise(chance, 15) + noise(chance, 15, 2))) for _ in range(20))

    assert seen >= 18


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 40, [0.0, 1.0] * (MIN_SEGMENT - 1)])
def test_nothing_is_found_where_nothing_can_be(values: list[float]) -> None:
    assert splits(values) == []


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(-1e6, 1e6), max_size=24), st.floats(0.01, 100), st.floats(-1e3, 1e3))
def test_the_answer_is_the_same_again_and_every_level_lasts(
    values: list[float], scale: float, shift: float
) -> None:
    found = splits(values)

    assert found == splits(values)
    edges = [0, *(split.place for split in found), len(values)]
    assert not found or min(b - a for a, b in pairwise(edges)) >= MIN_SEGMENT


def test_a_value_that_rests_on_little_does_not_make_a_level() -> None:
    values = [0.9] * 8 + [0.2] * 4
    heavy, light = [50.0] * 12, [50.0] * 8 + [0.01] * 4
    jitter = [value + 0.01 * (-1) ** place for place, value in enumerate(values)]

    assert [split.place for split in splits(jitter, heavy)] == [8]
    assert 8 not in [split.place for split in splits(jitter, light)]


def test_a_kpi_that_got_worse_is_marked_on_the_day() -> None:
    story = Story()
    for day in range(16):
        for number in range(20):
            failed = number < (1 if day < 8 else 9) + day % 2
            story.task(status="failed" if failed else "completed", at=NOON + timedelta(days=day))
    some = [BY_ID[name] for name in ("completion_rate", "failure_rate", "scored_share")]
    daily = kpi_table(task_rows(story.frame().lazy()), HumanCost(), every="1d", only=some).collect()

    marked = change_points(daily)

    assert marked.schema == CHANGE_POINTS.schema
    failure = marked.filter(kpi="failure_rate").row(0, named=True)
    assert failure["starts_at"].date() == (NOON + timedelta(days=8)).date()
    assert (failure["before"], failure["after"]) == pytest.approx((1.5 / 20, 9.5 / 20))
    assert failure["verdict"] == "worse"
    assert marked.filter(kpi="completion_rate")["verdict"].to_list() == ["worse"]
    assert marked.filter(kpi="scored_share").is_empty()


def test_an_empty_table_has_no_changes() -> None:
    assert change_points(KPI_TABLE.empty()).equals(pl.DataFrame(schema=CHANGE_POINTS.schema))
