"""What the ledger knows, counted by hand; and what stands in where it knows too little."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from muster.analysis.roi.case import LEDGER, Assumptions, TooFewTasksError, case_of
from muster.analysis.roi.evidence import EVIDENCE, evidence
from muster.analysis.roi.spreads import Beta, Mean, Rate
from muster.analysis.tasks import task_rows
from tests.unit.analysis.roi.believed import case
from tests.unit.analysis.story import NOON, Story, company

ALL = case().quantities
STATED = Assumptions(team="support", horizon_months=36, stated=ALL, where="support.yaml:40")
UNSTATED = replace(STATED, stated={name: one for name, one in ALL.items() if name not in LEDGER})


def support(*, tasks: int = 40, days: int = 1) -> pl.LazyFrame:
    """Of every ten tasks eight are completed, one after a call; one is escalated, one fails; one is wrong."""
    story = Story()
    for number in range(tasks):
        last = number % 10
        story.task(
            status={8: "escalated", 9: "failed"}.get(last, "completed"),
            at=NOON + timedelta(days=days * number / tasks),
            reason="customer_asked" if last == 7 else None,
            truth="wrong" if last == 0 else "correct" if last < 5 else None,
            model_cost="0.020000",
            work_s=36,
        )
    return task_rows(story.frame().lazy())


def row(tasks: pl.LazyFrame, price: float = 0.0) -> dict[str, object]:
    return evidence(tasks, price).row(0, named=True)


def test_the_ledgers_figures_are_the_counted_ones() -> None:
    found = row(support(), price=2.0)

    counts = ("tasks", "completed", "answered_calls", "judged", "wrong")
    assert [found[name] for name in counts] == [40, 32, 4, 20, 4]
    assert found["approvals"] == 0
    # 0.02 for the models, 36 s at 2 dollars an hour
    assert found["machine_usd"] == pytest.approx(0.02 + 36 / 3600 * 2)
    assert found["machine_usd_error"] == pytest.approx(0, abs=1e-12)
    assert found["measured_escalations"] == found["measured_approvals"] == 0


def test_recorded_minutes_are_told_apart_by_the_tasks_with_one_kind_of_call() -> None:
    tasks = support().collect()
    n = tasks.height
    asked = pl.Series([2 if place % 10 == 1 else 0 for place in range(n)])
    seconds = pl.Series(
        [480 if place % 10 in (7, 8) else 60 if place % 10 == 1 else None for place in range(n)]
    )
    told = tasks.with_columns(
        approvals=asked.cast(pl.Int64),
        attention_seconds=seconds.cast(pl.Int64),
        unmeasured_approvals=pl.lit(0, dtype=pl.Int64),
        unmeasured_escalations=pl.lit(0, dtype=pl.Int64),
        completion=pl.lit("assumed"),
    )

    found = row(told.lazy())

    assert found["approvals"] == 8
    assert (found["escalation_minutes"], found["measured_escalations"]) == (8.0, 8)
    assert (found["approval_minutes"], found["measured_approvals"]) == (0.5, 8)
    case = case_of(STATED, found, min_tasks=8)
    assert case.quantities["minutes_per_approval"].spread == Mean(0.5, 0.0)
    assert case.quantities["approvals"].spread == Rate(8, 40)


def test_a_reopened_result_is_a_wrong_one() -> None:
    reopened = pl.Series(["reopened" if place % 10 == 6 else "assumed" for place in range(40)])

    found = row(support().collect().with_columns(completion=reopened).lazy())

    assert (found["judged"], found["wrong"]) == (24, 8)


def test_real_and_rehearsal_work_are_never_in_one_row() -> None:
    apart = pl.concat(
        [task_rows(company(tasks=80).lazy()), task_rows(company(source="claude", tasks=40).lazy())]
    )

    found = evidence(apart, 0.0)

    assert found.schema == EVIDENCE.schema
    assert set(found["model_source"]) == {"claude", "rehearsal"}
    assert found.group_by("model_source").agg(pl.col("tasks").sum()).sort("model_source")[
        "tasks"
    ].to_list() == [40, 80]


def test_an_empty_ledger_has_no_rows() -> None:
    assert evidence(task_rows(Story().frame().lazy()), 1.0).equals(EVIDENCE.empty())


def test_the_ledger_comes_first_where_it_has_seen_enough() -> None:
    found = case_of(STATED, row(support()))

    done = found.quantities["completion_rate"]
    assert (done.spread, done.basis, done.n) == (Beta(32, 8), "ledger", 40)
    assert found.quantities["minutes_by_hand"].basis == "assumption"
    # judged results: 20 of the 30 needed
    assert found.quantities["error_rate"].basis == "assumption"
    assert any("error rate" in note for note in found.notes)
    assert found.notes[0].startswith("Rehearsal")


def test_a_short_record_does_not_say_what_a_month_brings_and_a_long_one_does() -> None:
    short, long = (case_of(STATED, row(support(days=days))) for days in (1, 60))

    assert short.quantities["volume"].basis == "assumption"
    assert any("28 days" in note for note in short.notes)
    volume = long.quantities["volume"]
    assert volume.basis == "ledger"
    assert volume.spread.mean == pytest.approx(40.5 / (58.5 / 30.4375), rel=1e-3)


def test_too_few_tasks_are_said_and_the_assumption_stands_in() -> None:
    found = case_of(STATED, row(support(tasks=10)))

    assert {one.basis for one in found.quantities.values()} == {"assumption"}
    assert "Too few tasks: 10 have ended and 30 are needed" in " ".join(found.notes)


@pytest.mark.parametrize("tasks", [0, 10])
def test_too_few_tasks_and_nothing_assumed_is_refused_in_a_sentence(tasks: int) -> None:
    seen = row(support(tasks=tasks)) if tasks else None

    with pytest.raises(TooFewTasksError) as refused:
        case_of(UNSTATED, seen)

    words = "10 tasks have ended (rehearsal)" if tasks else "no task has ended"
    assert str(refused.value).startswith(f"support: {words}, 30 are needed to know completion rate")
    assert refused.value.where == "support.yaml:40"
    assert "until_measured" in str(refused.value.do)
