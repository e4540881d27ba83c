"""Runs watched again: what stops them, and where."""

from typing import Any

import pytest

from muster.ledger.events import (
    DelegationAnswered,
    RunEnded,
    ToolCallIntended,
    ToolCallRefused,
    ToolCallSettled,
)
from muster.teams.manifest_model import TeamManifest
from muster.teams.standard import EscalationFloor, LoopRules, Standard
from muster.whatif.run_replay import CallMade, Rewatched, Story, rewatched


def manifest(**rules: Any) -> TeamManifest:
    agent = {
        "name": "desk",
        "title": "Desk",
        "description": "Answers.",
        "tier": "reconciliation",
        "model": "writer",
        "prompt": "prompts/desk.md",
        "escalate": rules,
    }
    return TeamManifest.model_validate(
        {
            "team": "support",
            "title": "Support",
            "owner": "head@shop.example",
            "description": "Answers customers.",
            "coordinator": "desk",
            "intake": {},
            "budget": {"usd_per_day": "20"},
            "agents": [agent],
        }
    )


def story(*ends: Any, confidence: float | None = 0.95, reason: Any = None) -> Story:
    told = Story("run_1", "tsk_1", "support", 1)
    for number, end in enumerate(ends):
        intended = ToolCallIntended(
            call_id=f"c{number}",
            tool="shop__look",
            effect="read",
            arguments={"n": number},
            arguments_sha256="",
        )
        told.calls[f"c{number}"] = CallMade("desk", "shop__look", intended.arguments, intended, end)
    told.ended = RunEnded(
        outcome="escalated" if reason else "completed",
        summary="done",
        confidence=confidence,
        model_calls=1,
        tool_calls=len(ends),
        duration_ms=1,
    )
    told.ended_by, told.reason, told.raised_by = "desk", reason, "desk"
    return told


def settled(text: str, status: str = "ok") -> ToolCallSettled:
    return ToolCallSettled.model_validate(
        {"call_id": "c", "tool": "shop__look", "status": status, "result": text, "latency_ms": 1}
    )


def denied(rule: str = "grant") -> ToolCallRefused:
    return ToolCallRefused(
        call_id="c", tool="shop__look", verdict="deny", rule=rule, reason="no", arguments={}
    )


def under(told: Story, standard: Standard | None = None, **rules: Any) -> Rewatched:
    standard = standard or Standard()
    return rewatched(told, standard.applied_to(manifest(**rules)), standard, "")


def test_denials_count_but_not_those_of_form_or_of_the_moment() -> None:
    assert under(story(denied(), denied())).reason == "policy_denied"
    assert under(story(denied("schema"), denied("rate"), denied("approval_expired"))).reason is None
    strict = Standard(escalation=EscalationFloor(denials=1))
    stopped = under(story(denied(), settled("a")), strict)
    assert (stopped.reason, stopped.at_call) == ("policy_denied", 1)


def test_tool_errors_in_a_row_call_a_person_and_a_success_between_them_does_not() -> None:
    bad = settled("no", "tool_error")
    assert under(story(bad, bad, bad)).reason == "error_persists"
    assert under(story(bad, bad, settled("yes"), bad)).reason is None


def test_a_tighter_loop_rule_stops_sooner() -> None:
    same = [settled("the same") for _ in range(5)]
    assert under(story(*same)).reason is None
    strict = Standard(loop=LoopRules(same_result=2))
    assert under(story(*same), strict).reason == "no_progress"


@pytest.mark.parametrize(("confidence", "reason"), [(0.79, "low_confidence"), (0.80, None), (None, None)])
def test_an_answer_under_the_threshold_calls_a_person(confidence: float | None, reason: str | None) -> None:
    assert under(story(confidence=confidence)).reason == reason


def test_the_end_of_a_run_that_asked_by_itself_is_no_answer() -> None:
    asked = story(confidence=0.3, reason="agent_asked")
    again = under(asked)
    assert (again.reason, again.same) == ("agent_asked", True)


def test_the_call_that_was_one_too_many_is_missing_in_the_record_and_counted_all_the_same() -> None:
    told = story(settled("a"), settled("b"), reason="too_many_tool_calls", confidence=None)
    assert under(told, tool_calls_over=2).same
    assert not under(told, tool_calls_over=3).same


def test_a_colleagues_answer_that_counts_otherwise_is_noticed() -> None:
    told = story()
    answer = DelegationAnswered(
        delegation_id="1", from_agent="desk", to_agent="desk", outcome="answered", summary="", confidence=0.85
    )
    told.answers.append(answer)
    assert under(told, confidence_below=0.8).unsure_colleagues == ()
    assert under(told, confidence_below=0.9).unsure_colleagues == (answer,)
