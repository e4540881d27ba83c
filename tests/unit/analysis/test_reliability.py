"""Availability, burn rates and times to restore, of runs counted by hand."""

from datetime import datetime, timedelta
from random import Random
from statistics import fmean

import polars as pl
import pytest

from muster.analysis.bootstrap import mean_interval
from muster.analysis.human import AssumptionError
from muster.analysis.reliability import AVAILABILITY, BURN, availability, burn_rates
from muster.analysis.restoring import OUTAGES, TIME_TO_RESTORE, outages, time_to_restore
from muster.analysis.slo import RUNS, Slo, judged_runs
from muster.analysis.tasks import task_rows
from tests.unit.analysis.story import NOON, Story

SLO = Slo(start_within_s=60, work_within_s=100, objective=0.9)
LATER = NOON + timedelta(days=1)


def runs(story: Story, now: datetime = LATER, **more: Slo) -> pl.LazyFrame:
    return judged_runs(task_rows(story.frame().lazy()), now, SLO, more)


def verdicts(story: Story, now: datetime = LATER, **more: Slo) -> list[str]:
    frame = runs(story, now, **more).collect()
    assert frame.schema == RUNS.schema
    return frame["verdict"].to_list()


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        ({}, "good"),
        ({"queue_s": 60, "work_s": 100}, "good"),
        ({"queue_s": 61}, "late"),
        ({"work_s": 101}, "slow"),
        ({"status": "failed", "queue_s": 61}, "failed"),
        ({"status": "escalated", "reason": "time_limit"}, "failed"),
        ({"status": "escalated", "reason": "uncertain_side_effect"}, "failed"),
        ({"status": "escalated", "reason": "low_confidence"}, "good"),
        ({"status": "escalated", "reason": "customer_asked"}, "good"),
        ({"status": "completed", "reason": "time_limit"}, "good"),
    ],
)
def test_a_run_is_good_when_it_begins_and_works_in_time_and_does_not_fail(
    told: dict[str, object], verdict: str
) -> None:
    story = Story()
    story.task(**told)  # type: ignore[arg-type]

    assert verdicts(story) == [verdict]


def test_waiting_for_a_person_is_no_downtime() -> None:
    """75 s from start to end in a promise of 20, 60 of them parked for a word: 12 s of work."""
    story = Story()
    story.held_task()

    assert verdicts(story, support=Slo(start_within_s=2, work_within_s=20)) == ["good"]
    assert verdicts(story, support=Slo(start_within_s=2, work_within_s=11)) == ["slow"]


def test_what_should_have_begun_and_has_not_is_bad_already() -> None:
    story = Story()
    story.event("task.queued", NOON, task_id="tsk_1", team="support", subject="mail")

    assert verdicts(story, NOON + timedelta(seconds=60)) == []
    assert verdicts(story, NOON + timedelta(seconds=61)) == ["not started"]
    assert runs(story).collect()["judged_at"].to_list() == [NOON + timedelta(seconds=60)]


def test_what_is_under_way_or_cancelled_is_not_judged() -> None:
    story = Story()
    story.task(status=None)
    story.task(status="cancelled")

    assert verdicts(story) == []


def forty() -> Story:
    """36 good, 1 failed, 2 late, 1 slow."""
    story = Story()
    for number in range(40):
        at = NOON + timedelta(minutes=number)
        if number == 3:
            story.task(at=at, status="failed")
        else:
            story.task(at=at, queue_s=90 if number in (10, 11) else 1, work_s=200 if number == 20 else 9)
    return story


def test_availability_is_what_a_hand_computes() -> None:
    frame = availability(runs(forty()), SLO, by_team=True).collect()
    row = frame.row(0, named=True)

    assert frame.schema == AVAILABILITY.schema
    assert row["team"] == "support"
    assert [row[name] for name in ("n", "bad", "failed", "late", "slow")] == [40, 4, 1, 2, 1]
    assert row["value"] == pytest.approx(36 / 40)
    # Wilson for 36 of 40; the budget of 40 runs at 90 % is 4 bad ones, all of which are spent
    assert (row["low"], row["high"]) == pytest.approx((0.7695, 0.9604), abs=1e-4)
    assert row["budget_left"] == pytest.approx(0.0)
    assert row["verdict"] == "cannot tell"


@pytest.mark.parametrize(
    ("objective", "verdict", "left"),
    [(0.5, "met", 0.8), (0.97, "missed", 1 - 4 / 1.2), (0.999, "missed", -99)],
)
def test_the_verdict_asks_the_interval_and_the_budget_may_be_overspent(
    objective: float, verdict: str, left: float
) -> None:
    row = availability(runs(forty()), Slo(objective=objective)).collect().row(0, named=True)

    assert (row["team"], row["verdict"]) == (None, verdict)
    assert row["budget_left"] == pytest.approx(left)


def test_few_runs_have_no_availability() -> None:
    story = Story()
    for _ in range(29):
        story.task()

    row = availability(runs(story), SLO).collect().row(0, named=True)

    assert (row["n"], row["value"], row["budget_left"], row["verdict"]) == (29, None, None, "too few")


def test_burn_rates_are_what_a_hand_computes() -> None:
    """Of 20 runs of the last hour 4 bad, the last one included; before that, within 6 hours, 60 good ones."""
    story = Story()
    for number in range(60):
        story.task(at=LATER - timedelta(hours=2, minutes=number), queue_s=0, work_s=0)
    for number in range(20):
        at = LATER - timedelta(minutes=2 * number)
        story.task(at=at, status="failed" if number < 4 else "completed", queue_s=0, work_s=0)

    frame = burn_rates(runs(story), LATER, SLO).collect()
    rows = {row["window"]: row for row in frame.iter_rows(named=True)}

    assert frame.schema == BURN.schema
    assert [(rows[name]["n"], rows[name]["bad"]) for name in ("1h", "6h", "3d")] == [
        (20, 4),
        (80, 4),
        (80, 4),
    ]
    assert [rows[name]["burn"] for name in ("1h", "6h", "3d")] == pytest.approx([2.0, 0.5, 0.5])
    # the last 5 minutes: runs of 0, 2 and 4 minutes ago, all bad; the last 30: 15 runs, 4 bad
    assert rows["1h"]["recent_burn"] == pytest.approx(10.0)
    assert rows["6h"]["recent_burn"] == pytest.approx(4 / 15 / 0.1)
    assert frame["alert"].to_list() == [None] * 3


def test_a_fast_burn_pages_until_it_is_over() -> None:
    story = Story()
    for number in range(30):
        story.task(at=LATER - timedelta(minutes=2 * number), status="failed", queue_s=0, work_s=0)
    strict = Slo(objective=0.99)

    burning = burn_rates(runs(story), LATER, strict, by_team=True).collect()
    healed = burn_rates(runs(story), LATER + timedelta(minutes=6), strict, by_team=True).collect()

    assert burning["alert"].to_list() == ["page", "page", "ticket"]
    assert healed.filter(window="1h").select("burn", "recent_burn", "alert").rows() == [
        (pytest.approx(100.0), None, None)
    ]


def test_one_bad_run_in_a_quiet_hour_is_no_alarm() -> None:
    story = Story()
    story.task(at=LATER - timedelta(minutes=1), status="failed", queue_s=0, work_s=0)

    assert burn_rates(runs(story), LATER, SLO).collect()["burn"].to_list() == [None] * 3


def sequence(pattern: str, team: str = "support", story: Story | None = None) -> Story:
    """One run a minute: `g` good, `b` bad."""
    told = story or Story()
    for number, letter in enumerate(pattern):
        status = "completed" if letter == "g" else "failed"
        told.task(team, status, at=NOON + timedelta(minutes=number), queue_s=0, work_s=0)
    return told


def test_an_outage_is_from_the_first_bad_run_to_the_next_good_one() -> None:
    story = sequence("ggbbgbggbb")
    sequence("bg", "finance", story)

    found = outages(runs(story)).collect()

    assert found.schema == OUTAGES.schema
    minutes = found.with_columns(began=(pl.col("began_at") - NOON).dt.total_minutes())
    assert minutes.select("team", "began", "bad", "seconds").rows() == [
        ("finance", 0, 1, 60.0),
        ("support", 2, 2, 120.0),
        ("support", 5, 1, 60.0),
        ("support", 8, 2, None),
    ]


def test_times_to_restore_are_what_a_hand_computes() -> None:
    story = sequence("gbg" + "bbg" + "bg" + "bg" + "bbbbbbg" + "bg" + "b")
    sequence("bg", "finance", story)

    frame = time_to_restore(outages(runs(story)))
    company, finance, support = frame.iter_rows(named=True)

    assert frame.schema == TIME_TO_RESTORE.schema
    assert (support["team"], support["n"], support["lasting"]) == ("support", 6, 1)
    # 1, 2, 1, 1, 6 and 1 minutes
    assert support["mean_s"] == pytest.approx(120.0)
    assert support["median_s"] == 60.0
    assert (support["median_low_s"], support["median_high_s"]) == (60.0, 360.0)
    assert (support["mean_low_s"], support["mean_high_s"]) == (None, None)
    assert (company["team"], company["n"], company["mean_s"]) == (None, 7, pytest.approx(780 / 7))
    assert (finance["n"], finance["mean_s"], finance["median_s"]) == (1, None, None)


def test_the_mean_of_fifteen_outages_has_an_interval() -> None:
    story = sequence("bg" * 10 + "bbbbg" * 5)

    row = time_to_restore(outages(runs(story))).row(0, named=True)

    # ten of 1 minute and five of 4
    assert (row["n"], row["mean_s"]) == (15, pytest.approx(120.0))
    assert 60 < row["mean_low_s"] < 120 < row["mean_high_s"] < 240


def test_a_company_without_runs_has_no_rows_and_breaks_nothing() -> None:
    none = runs(Story())

    assert availability(none).collect().is_empty()
    assert burn_rates(none, LATER).collect().is_empty()
    assert time_to_restore(outages(none)).schema == TIME_TO_RESTORE.schema


def test_the_bootstrap_is_the_same_every_time_and_holds_the_truth_as_often_as_it_says() -> None:
    chance = Random(2)
    samples = [[chance.lognormvariate(0, 1) for _ in range(15)] for _ in range(300)]
    truth = 2.718281828**0.5

    held = [low <= truth <= high for low, high in (mean_interval(one, draws=400) for one in samples)]

    assert mean_interval(samples[0]) == mean_interval(samples[0])
    assert fmean(held) == pytest.approx(0.87, abs=0.05)


@pytest.mark.parametrize(
    "told", [{"start_within_s": 0}, {"work_within_s": -1}, {"objective": 1.0}, {"objective": 0.0}]
)
def test_a_promise_that_cannot_be_is_refused(told: dict[str, float]) -> None:
    with pytest.raises(AssumptionError, match="is not"):
        Slo(**told)  # type: ignore[arg-type]
