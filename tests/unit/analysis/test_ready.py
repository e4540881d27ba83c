"""Frames brought up with new events are those made of all events at once."""

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from muster.analysis.frames import EVENTS
from muster.analysis.human import HumanCost
from muster.analysis.period import Period
from muster.analysis.picture import pictures
from muster.analysis.ready import PARTS, ReadyFrames, brought_up, frames_of, spans_of
from tests.unit.analysis.story import NOON, Story, company

UNORDERED = {"work", "methods"}
WORK = (
    "task.queued", "task.leased", "run.started", "model_call.intended", "model_call.settled",
    "tool_call.settled", "tool_call.refused", "handoff.made", "task.parked", "task.woken",
    "approval.requested", "approval.decided", "escalation.raised", "escalation.answered", "run.ended",
    "task.ended", "task.confirmed", "task.reopened", "outcome.scored",
)  # fmt: skip
ELSEWHERE = ("message.quarantined", "agent.paused", "budget.threshold_crossed", "report.published")


def wild(chance: Random, events: int, tasks: int) -> pl.DataFrame:
    """Events of tasks in no sensible order: lost runs, late scores, ends that are undone."""
    story = Story()
    for place in range(events):
        at = NOON + timedelta(seconds=place * chance.choice((0, 1, 3600)))
        if chance.random() < 0.15:
            team = chance.choice((None, "support"))
            story.event(chance.choice(ELSEWHERE), at, team=team)
            continue
        number = min(int(chance.expovariate(0.3)), tasks - 1)
        story.event(chance.choice(WORK), at, **_facts(chance, number))
    return story.frame()


def _facts(chance: Random, number: int) -> dict[str, Any]:
    run = chance.choice((None, f"run_{number}", f"run_{number}b"))
    facts: dict[str, Any] = {
        "task_id": f"tsk_{number}",
        "run_id": run,
        "team": ("support", "finance")[number % 2],
        "agent": None if run is None else chance.choice(("desk", "support/desk", "clerk")),
        "model_source": None if run is None else chance.choice(("rehearsal", "rehearsal", "claude")),
        "status": chance.choice(("completed", "escalated", "failed", "correct", "wrong", "ok")),
        "reason": chance.choice((None, "low_confidence", "customer_asked")),
        "subject": chance.choice(("mail", "apr_1", "halt", "m-1", "m-2", "samples")),
        "title": f"Task {number}",
        "confidence": chance.choice((None, 0.25, 0.75)),
        "cost_usd": chance.choice((None, Decimal("0.010001"))),
    }
    counted = [name for name, dtype in EVENTS.schema.items() if dtype == pl.Int64 and name != "seq"]
    facts |= {name: chance.choice((None, 1, 4)) for name in counted}
    if "role" in EVENTS.schema:
        facts["role"] = chance.choice((None, "worker", "judge"))
    return facts


def in_steps(events: pl.DataFrame, cuts: list[int]) -> ReadyFrames:
    """The frames after bringing them up piece by piece, reading old events from the spans alone."""
    kept = ReadyFrames.empty()
    for begin, end in zip([0, *cuts], [*cuts, events.height], strict=True):
        before, new = events[:begin], events[begin:end]
        touched = new["task_id"].drop_nulls().unique()
        spans = spans_of(kept.tasks.filter(pl.col("task_id").is_in(touched.implode())))
        inside = [pl.col("seq").is_between(first, last) for first, last in spans]
        theirs = before.filter(
            pl.any_horizontal(*inside, pl.lit(False)), pl.col("task_id").is_in(touched.implode())
        )
        kept = brought_up(kept, theirs.lazy(), new.lazy())
    return kept


def assert_same(one: ReadyFrames, other: ReadyFrames) -> None:
    for name in PARTS:
        rows, expected = getattr(one, name), getattr(other, name)
        assert_frame_equal(rows, expected, check_row_order=name not in UNORDERED, check_exact=True)
    assert (one.events, one.last_seq) == (other.events, other.last_seq)


@settings(max_examples=30)
@given(seed=st.integers(0, 10**6), size=st.integers(0, 120), cuts=st.lists(st.integers(0, 120), max_size=6))
def test_frames_brought_up_in_any_pieces_are_those_of_one_pass(seed: int, size: int, cuts: list[int]) -> None:
    events = wild(Random(seed), size, tasks=9)

    assert_same(in_steps(events, sorted(min(cut, size) for cut in cuts)), frames_of(events))


def test_a_score_that_comes_a_month_late_reaches_its_task() -> None:
    story = Story()
    story.task(status="completed")
    kept = frames_of(story.frame())
    for _ in range(5):
        story.task()
    story.event(
        "outcome.scored", NOON + timedelta(days=30), task_id="tsk_00001", team="support", status="wrong"
    )
    events = story.frame()

    again = in_steps(events, [kept.events])

    assert kept.tasks["truth"].to_list() == [None]
    assert again.tasks.filter(task_id="tsk_00001")["truth"].to_list() == ["wrong"]
    assert_same(again, frames_of(events))


def test_nothing_new_leaves_the_frames_as_they_are() -> None:
    kept = frames_of(company())

    assert brought_up(kept, EVENTS.empty().lazy(), EVENTS.empty().lazy()) is kept


def test_every_frame_keeps_its_contract() -> None:
    for frames in (frames_of(company()), frames_of(EVENTS.empty()), ReadyFrames.empty()):
        for name, contract in PARTS.items():
            assert getattr(frames, name).schema == contract.schema, name


def test_spans_are_few_and_hold_every_task() -> None:
    chance = Random(3)
    firsts = [chance.randrange(10**8) for _ in range(500)]
    tasks = pl.DataFrame({"first_seq": firsts, "last_seq": [first + 30 for first in firsts]})

    spans = spans_of(tasks)

    assert len(spans) <= 64
    assert all(spans[place][1] < spans[place + 1][0] for place in range(len(spans) - 1))
    assert all(any(begin <= first and first + 30 <= end for begin, end in spans) for first in firsts)


def test_pictures_of_ready_frames_are_those_of_events() -> None:
    events, now = company(), NOON + timedelta(days=2)
    for period in (None, Period(since=NOON), Period(until=NOON + timedelta(hours=1))):
        for team in (None, "support", "nobody"):
            ready = pictures(frames_of(events), human=HumanCost(), now=now, period=period, team=team)
            made = pictures(events, human=HumanCost(), now=now, period=period, team=team)
            assert [_frames(one) for one in ready] == [_frames(one) for one in made]


def _frames(drawn: Any) -> dict[str, Any]:
    names = ("ended", "open", "table", "costs", "escalations", "reasons", "agents", "attention")
    return {name: getattr(drawn, name).rows() for name in names}
