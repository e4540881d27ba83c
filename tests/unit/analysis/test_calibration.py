from random import Random

import polars as pl
import pytest

from muster.analysis.calibration import (
    ASSESSED,
    CALIBRATION,
    CALIBRATION_ERROR,
    MIN_BIN,
    MIN_METHOD,
    assessed_tasks,
    calibration,
    calibration_error,
)
from muster.analysis.charts_calibration import calibration_chart
from muster.analysis.frames import FrameError
from tests.unit.analysis.story import NOON, Story

SEED = 11


def answers(
    n: int, stated: float, right: int, method: str = "self_report", source: str = "rehearsal"
) -> pl.DataFrame:
    """`n` answers of one confidence, the first `right` of them right."""
    rows = [
        {
            "task_id": f"tsk_{method}_{source}_{stated}_{number}",
            "model_source": source,
            "team": "support",
            "agent": "desk",
            "method": method,
            "confidence": stated,
            "correct": number < right,
        }
        for number in range(n)
    ]
    return pl.DataFrame(rows, schema=ASSESSED.schema)


def only(frame: pl.DataFrame) -> dict[str, object]:
    [row] = frame.iter_rows(named=True)
    return row


def test_a_bin_says_how_often_its_answers_were_right() -> None:
    row = only(calibration(answers(40, 0.85, 30)))

    assert (row["bin"], row["n"], row["correct"], row["correct_share"]) == (8, 40, 30, 0.75)
    assert row["stated"] == pytest.approx(0.85)
    assert (row["low"], row["high"]) == (pytest.approx(0.598, abs=1e-3), pytest.approx(0.858, abs=1e-3))


def test_a_bin_with_too_few_answers_tells_no_share() -> None:
    row = only(calibration(answers(MIN_BIN - 1, 0.85, 10)))

    assert (row["n"], row["correct"]) == (MIN_BIN - 1, 10)
    assert (row["correct_share"], row["low"], row["high"]) == (None, None, None)


@pytest.mark.parametrize(
    ("stated", "place"), [(0.0, 0), (0.0999, 0), (0.1, 1), (0.8, 8), (0.9999, 9), (1.0, 9)]
)
def test_every_confidence_has_its_bin(stated: float, place: int) -> None:
    assert only(calibration(answers(1, stated, 1)))["bin"] == place


def test_real_and_rehearsal_answers_and_methods_are_never_put_together() -> None:
    both = pl.concat(
        [
            answers(30, 0.9, 30),
            answers(30, 0.9, 15, source="claude"),
            answers(30, 0.9, 20, method="samples", source="claude"),
        ]
    )

    shares = {
        (row["model_source"], row["method"]): row["correct_share"]
        for row in calibration(both).iter_rows(named=True)
    }

    assert shares == {
        ("rehearsal", "self_report"): 1.0,
        ("claude", "self_report"): 0.5,
        ("claude", "samples"): pytest.approx(2 / 3),
    }


def test_the_expected_error_weighs_each_bin_by_its_answers() -> None:
    bins = calibration(pl.concat([answers(75, 0.95, 60), answers(25, 0.55, 20)]))

    row = only(calibration_error(bins))

    assert row["expected_error"] == pytest.approx(0.75 * 0.15 + 0.25 * 0.25)
    assert (row["n"], row["correct_share"]) == (100, 0.8)


@pytest.mark.parametrize(
    ("stated", "right", "verdict"),
    [(0.95, 70, "overconfident"), (0.6, 90, "underconfident"), (0.9, 88, "fits")],
)
def test_the_verdict_says_which_way_a_method_errs(stated: float, right: int, verdict: str) -> None:
    assert only(calibration_error(calibration(answers(100, stated, right))))["verdict"] == verdict


def test_a_method_with_too_few_answers_has_no_error() -> None:
    row = only(calibration_error(calibration(answers(MIN_METHOD - 1, 0.9, 10))))

    assert (row["expected_error"], row["verdict"]) == (None, "too few")


def test_answers_that_come_true_as_stated_are_found_calibrated() -> None:
    chance = Random(SEED)
    drawn = [chance.uniform(0.5, 1) for _ in range(4_000)]
    frame = pl.concat([answers(1, stated, int(chance.random() < stated)) for stated in drawn])

    row = only(calibration_error(calibration(frame)))

    assert row["verdict"] == "fits"
    assert float(str(row["expected_error"])) < 0.03


def test_the_last_run_of_a_scored_completed_task_counts() -> None:
    story = Story()
    judged = story.task(truth="wrong")
    story.event("run.ended", NOON, task_id=judged, status="completed", subject="verifier", confidence=0.7)
    of_before = story.task(truth="correct")
    story.task(status="escalated", truth="correct")
    story.task()

    rows = assessed_tasks(story.frame().lazy()).collect()

    assert rows.select("task_id", "method", "confidence", "correct").rows() == [
        (judged, "verifier", 0.7, False),
        (of_before, "self_report", 0.9, True),
    ]


def test_a_task_of_two_model_sources_or_none_counts_nowhere() -> None:
    story = Story()
    mixed = story.task(truth="correct", source="claude")
    story.event("model_call.settled", NOON, task_id=mixed, model_source="rehearsal", status="ok")
    story.task(truth="correct", source=None)

    assert assessed_tasks(story.frame().lazy()).collect().is_empty()


def test_the_frames_hold_what_they_promise_even_when_empty() -> None:
    assessed = assessed_tasks(Story().frame().lazy()).collect()
    bins = calibration(assessed)
    errors = calibration_error(bins)

    assert assessed.schema == ASSESSED.schema
    assert bins.schema == CALIBRATION.schema
    assert errors.schema == CALIBRATION_ERROR.schema
    assert bins.is_empty()
    assert errors.is_empty()


def test_another_frame_is_refused() -> None:
    with pytest.raises(FrameError, match="confidence is missing"):
        calibration(pl.DataFrame({"task_id": ["tsk_1"]}))


def test_the_chart_shows_bins_with_enough_answers_and_one_series_a_method() -> None:
    bins = calibration(
        pl.concat([answers(40, 0.95, 30), answers(3, 0.65, 1), answers(40, 0.75, 20, method="samples")])
    )

    drawn = calibration_chart(bins)

    line, *series = drawn.data
    assert line.x == (0, 100)
    assert {one.name: (one.x, one.y) for one in series} == {
        "self report": (pytest.approx((95.0,)), (75.0,)),
        "samples": (pytest.approx((75.0,)), (50.0,)),
    }


def test_the_chart_draws_an_empty_frame() -> None:
    assert len(calibration_chart(CALIBRATION.empty()).data) == 1
