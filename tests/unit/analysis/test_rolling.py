"""Fourteen days of an agent: right, fast, busy; too few is null, and a drop is seen."""

from datetime import datetime, timedelta

import polars as pl
import pytest

from muster.analysis.rolling import DAYS, MIN_EVALUATIONS, ROLLING, rolling_accuracy
from muster.analysis.tasks import task_rows
from tests.unit.analysis.story import NOON, Story

MIDNIGHT = NOON.replace(hour=0)


def scored(story: Story, day: int, right: int, wrong: int, **more: object) -> None:
    for number in range(right + wrong):
        verdict = "correct" if number < right else "wrong"
        story.task(at=NOON + timedelta(days=day), truth=verdict, **more)  # type: ignore[arg-type]


def rows(story: Story) -> pl.DataFrame:
    return rolling_accuracy(task_rows(story.frame().lazy())).collect()


def on(frame: pl.DataFrame, day: int) -> dict[str, object]:
    return frame.filter(day=day_at(day)).row(0, named=True)


def day_at(day: int) -> datetime:
    return MIDNIGHT + timedelta(days=day)


def test_a_window_takes_fourteen_days_and_forgets_the_fifteenth() -> None:
    story = Story()
    scored(story, 0, right=20, wrong=20, work_s=100)
    scored(story, 13, right=30, wrong=0)
    scored(story, 14, right=30, wrong=0)

    frame = rows(story)

    assert frame.schema == ROLLING.schema
    assert frame["day"].to_list() == [day_at(day) for day in range(15)]
    # day 0 to 12: 40 of 50 wanted; day 13: days 0 to 13; day 14: days 1 to 14
    assert on(frame, 12) | {"n": 40, "accuracy": None, "low": None, "drift": "too few"} == on(frame, 12)
    assert on(frame, 13) | {"volume": 70, "n": 70, "correct": 50} == on(frame, 13)
    assert on(frame, 13)["accuracy"] == pytest.approx(50 / 70)
    assert on(frame, 14) | {"volume": 60, "n": 60, "accuracy": 1.0} == on(frame, 14)
    assert (on(frame, 13)["agent_s_p50"], on(frame, 13)["agent_s_p95"]) == (100.0, 100.0)
    assert (on(frame, 14)["agent_s_p50"], on(frame, 14)["agent_s_p95"]) == (9.0, 9.0)


def test_what_was_not_scored_is_volume_and_no_evaluation() -> None:
    story = Story()
    scored(story, 0, right=MIN_EVALUATIONS - 1, wrong=0)
    for _ in range(30):
        story.task(at=NOON)

    frame = rows(story)

    assert frame.select("volume", "n", "accuracy").rows() == [(79, 49, None)]


def test_a_drop_is_seen_and_noise_is_not() -> None:
    story = Story()
    for day in range(2 * DAYS):
        scored(story, day, right=19 if day < DAYS else 13, wrong=1 if day < DAYS else 7, agent="fell")
        scored(story, day, right=18 + day % 2, wrong=2 - day % 2, agent="steady")

    frame = rows(story)
    last = frame.filter(day=day_at(2 * DAYS - 1))

    assert last.select("agent", "drift").rows() == [("fell", "worse"), ("steady", "steady")]
    assert last["change"][0] == pytest.approx(13 / 20 - 19 / 20)
    assert set(frame.filter(agent="steady")["drift"]) == {"steady", "too few"}


def test_agents_and_model_sources_are_apart_and_a_path_is_no_other_agent() -> None:
    story = Story()
    scored(story, 0, right=50, wrong=0, agent="support/desk")
    scored(story, 0, right=10, wrong=0, agent="desk")
    scored(story, 0, right=0, wrong=50, agent="desk", source="claude")

    found = rows(story).select("model_source", "agent", "n", "accuracy").rows()

    assert found == [("claude", "desk", 50, 0.0), ("rehearsal", "desk", 60, 1.0)]


def test_an_empty_ledger_gives_an_empty_frame_of_the_same_shape() -> None:
    frame = rows(Story())

    assert frame.is_empty()
    assert frame.schema == ROLLING.schema


def test_time_at_work_is_the_nearest_rank_as_in_the_kpi() -> None:
    story = Story()
    for seconds in range(1, 21):
        story.task(at=NOON, work_s=seconds)

    row = on(rows(story), 0)

    assert (row["agent_s_p50"], row["agent_s_p95"]) == (10.0, 19.0)
