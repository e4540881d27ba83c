"""What promotes an agent, and what takes a step away."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.gateway import approvals
from muster.gateway.policy import live_run, rate, schema
from muster.gateway.policy.phases import PHASES
from muster.ledger.events import Phase
from muster.teams.autonomy import breaches, effective_phase, missing_for_promotion, step_down, step_up
from muster.teams.autonomy_evidence import Evidence, weigh
from muster.teams.autonomy_tasks import NOT_POLICY, TaskRecord
from muster.teams.standard_rules import Autonomy

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
RULES = Autonomy()
_numbers = count(1)


def done(number: int = 1, **facts: Any) -> list[TaskRecord]:
    """So many tasks of one kind: real, scored as right and happy unless `facts` say otherwise."""
    usual: dict[str, Any] = {"agent": "clerk", "real": True, "correct": True, "ended_at": NOON}
    usual |= {"began_at": NOON - timedelta(minutes=1)}
    return [TaskRecord(task_id=f"tsk_{next(_numbers)}", **(usual | facts)) for _ in range(number)]


def weighed(records: Sequence[TaskRecord], phase: Phase = "edge", since: datetime | None = None) -> Evidence:
    return weigh(records, "clerk", phase, since, RULES.breach_window)


def missing(*parts: list[TaskRecord]) -> tuple[str, ...]:
    return missing_for_promotion(weighed([record for part in parts for record in part]), RULES)


def broken(*parts: list[TaskRecord], rules: Autonomy = RULES) -> tuple[str, ...]:
    return breaches(weighed([record for part in parts for record in part]), rules)


ERRORS, EDGES = done(6, errors=1), done(6, escalations=1)


def test_a_hundred_real_tasks_of_every_kind_promote() -> None:
    assert missing(done(88), ERRORS, EDGES) == ()


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ((done(87), ERRORS, EDGES), "1 more real tasks"),
        ((done(94), EDGES), "5 more error cases"),
        ((done(94), ERRORS), "5 more edge cases"),
        (
            (done(100, correct=None), done(6, errors=1, correct=None), done(6, held=1, correct=None)),
            "none was",
        ),
        ((done(82), done(6, correct=False), ERRORS, EDGES), "94.0% of the scored outcomes"),
        ((done(88, correct=None), ERRORS, EDGES), "more scored outcomes: 12 of 12"),
        ((done(88), done(6, errors=1, correct=False), EDGES), "more error cases"),
        ((done(88), done(6, errors=1, failed=True), EDGES), "more error cases"),
        ((done(3, denials=1), done(88), ERRORS, EDGES), "policy denied 3 calls"),
        ((done(88, real=False), ERRORS, EDGES), "88 more real tasks"),
    ],
)
def test_what_is_missing_is_told(parts: tuple[list[TaskRecord], ...], told: str) -> None:
    assert told in "; ".join(missing(*parts))


def test_a_few_mistakes_in_a_hundred_are_no_obstacle_but_the_share_must_be_sure() -> None:
    assert missing(done(84), done(4, correct=False), ERRORS, EDGES) == ()
    [told] = missing(done(83), done(5, correct=False), ERRORS, EDGES)
    assert "95 of 100 right shows no more than a share of 88.8%" in told
    assert missing(done(178), done(10, correct=False), ERRORS, EDGES) == ()


def test_a_sample_of_scored_outcomes_is_enough_when_it_is_large_enough() -> None:
    assert missing(done(60, correct=None), done(28), ERRORS, EDGES) == ()


def test_work_of_an_earlier_phase_or_of_another_agent_does_not_count() -> None:
    earlier = done(50, began_at=NOON - timedelta(days=1))
    others = done(50, agent="desk")
    evidence = weighed([*earlier, *others, *done(7)], since=NOON - timedelta(hours=1))
    assert (evidence.tasks, evidence.correct.scored) == (7, 7)


def test_rehearsal_is_counted_apart_and_never_as_evidence() -> None:
    evidence = weighed([*done(7), *done(9, real=False, correct=False, denials=3, uncertain=1)])
    assert (evidence.tasks, evidence.not_real, evidence.correct.right) == (7, 9, 7)
    assert breaches(evidence, RULES) == ()


@pytest.mark.parametrize(
    ("facts", "case"),
    [
        ({}, "happy"),
        ({"errors": 1}, "error"),
        ({"errors": 1, "escalations": 1}, "error"),
        ({"failed": True}, "error"),
        ({"denials": 1}, "edge"),
        ({"held": 1}, "edge"),
        ({"escalations": 1}, "edge"),
    ],
)
def test_a_task_is_one_kind_of_case(facts: dict[str, Any], case: str) -> None:
    assert done(**facts)[0].case == case


def test_wrong_outcomes_demote_as_soon_as_the_window_cannot_be_saved() -> None:
    assert broken(done(10, correct=False)) == ()
    assert broken(done(10, correct=False), done(90)) == ()
    [told] = broken(done(11, correct=False))
    assert told == "11 of the last 11 scored outcomes were wrong; 10 of 100 may be"
    assert broken(done(100), done(30, correct=False)) == ()


@pytest.mark.parametrize("bar", [0.0, 0.5, 0.9, 0.95, 1.0])
@pytest.mark.parametrize("window", [1, 10, 50, 97])
def test_a_full_window_demotes_exactly_when_its_share_is_under_the_bar(bar: float, window: int) -> None:
    rules = RULES.model_copy(update={"breach_correct_below": bar, "breach_window": window})
    for wrong in range(window + 1):
        records = [*done(wrong, correct=False), *done(window - wrong)]
        found = breaches(weigh(records, "clerk", "edge", None, window), rules)
        assert bool(found) == ((window - wrong) / window < bar - 1e-9)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"uncertain": 1}, "1 side effects of unknown outcome"),
        ({"denials": 3}, "policy denied 3 calls"),
        (
            {"acts": 1, "correct": False, "mistakes": ("forbidden effect: shop.issue_refund",)},
            "that was forbidden",
        ),
        (
            {"acts": 1, "correct": False, "mistakes": ("unexpected money: erp",)},
            "1 of the last 1 tasks had an effect",
        ),
    ],
)
def test_conduct_demotes(facts: dict[str, Any], told: str) -> None:
    [found] = broken(done(**facts))
    assert told in found
    assert broken(done(RULES.breach_window), done(**facts)) == ()


def test_a_forbidden_effect_is_held_against_those_who_acted_only() -> None:
    assert broken(done(acts=0, correct=False, mistakes=("forbidden effect: x",))) == ()


def test_the_events_that_speak_against_an_agent_are_named() -> None:
    denied = done(denials=3, breach_events=("evt_1", "evt_2", "evt_3"))
    wrong = done(correct=False, scored_event="evt_4")
    assert weighed([*denied, *wrong]).window.events == ("evt_1", "evt_2", "evt_3", "evt_4")


@given(st.sampled_from(PHASES), st.sampled_from([None, *PHASES]), st.sampled_from(PHASES))
def test_neither_manifest_nor_grant_alone_gives_a_phase(
    written: Phase, granted: Phase | None, starts_in: Phase
) -> None:
    held = PHASES.index(effective_phase(written, granted, starts_in))
    assert held == min(PHASES.index(written), PHASES.index(granted or starts_in))


def test_a_phase_changes_one_step_at_a_time() -> None:
    assert [step_up(phase) for phase in PHASES] == ["edge", "core", None]
    assert [step_down(phase) for phase in PHASES] == [None, "co-pilot", "edge"]


def test_the_evidence_of_an_event_says_what_it_was_held_against() -> None:
    evidence = replace(weighed(done(3)), since=NOON)
    payload = evidence.as_payload("standard@2", RULES.model_dump(mode="json"))
    assert payload["standard"] == "standard@2"
    assert payload["rules"]["tasks_for_promotion"] == 100
    assert payload["since"] == "2026-11-21T12:00:00+00:00"
    assert payload["correct"] == {"right": 3, "scored": 3, "share": 1.0, "low": 0.4385, "high": 1.0}
    assert len(payload["task_ids"]) == 3


def test_the_rules_that_say_nothing_about_conduct_are_the_gateways() -> None:
    asked = {approvals.RULE, approvals.EXPIRED_RULE}
    assert {live_run.RULE, schema.RULE, rate.RULE, "budget", *asked} == set(NOT_POLICY)


def test_whoever_only_asks_for_a_phase_does_not_load_the_gateway() -> None:
    code = "import sys, muster.teams.autonomy_changes; print({'mcp', 'polars'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
