"""The standard's own rules: what it holds when nobody wrote anything, and what it makes of a manifest."""

import random
from typing import Any

import pytest
from pydantic import ValidationError

from muster.core.settings import PROJECT_ROOT
from muster.teams.manifest_model import TeamManifest
from muster.teams.standard import ERROR_CLASSES, RetryRule, Standard
from muster.teams.standard_file import load_standard
from muster.teams.standard_rules import AnswerWithin

SHIPPED = PROJECT_ROOT / "data" / "policies" / "standard.yaml"


def manifest(**agent: Any) -> TeamManifest:
    desk = {
        "name": "desk",
        "title": "Desk",
        "description": "answers",
        "tier": "ingestion",
        "model": "classifier",
        "prompt": "prompts/x.md",
        **agent,
    }
    return TeamManifest.model_validate(
        {
            "team": "support",
            "title": "Support",
            "owner": "owner@example.com",
            "description": "tests",
            "coordinator": "desk",
            "intake": {},
            "budget": {"usd_per_day": "20"},
            "agents": [desk],
        }
    )


def test_the_shipped_file_says_what_the_defaults_are() -> None:
    assert load_standard(SHIPPED) == Standard()


def test_the_shipped_file_names_every_rule() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    sections = Standard().model_dump(exclude={"version", "fleet", "retry"})
    names = [*ERROR_CLASSES, *(name for rules in sections.values() for name in rules)]
    assert [name for name in names if f"  {name}: " not in text] == []


def test_every_error_class_has_a_rule() -> None:
    assert tuple(Standard().retry) == ERROR_CLASSES


def test_what_a_rule_leaves_out_is_as_by_default() -> None:
    standard = Standard.model_validate({"retry": {"overload": {"attempts": 9}}})
    assert standard.retry["overload"].attempts == 9
    assert standard.retry["overload"].then == "fallback"
    assert standard.retry["rate_limit"] == Standard().retry["rate_limit"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"retry": {"refusal": {"then": "stand_by"}}}, "refusal cannot stand by"),
        ({"retry": {"tool_away": {"then": "fallback"}}}, "tool_away has no fallback"),
        ({"retry": {"network": {"first_delay_seconds": 60}}}, "first_delay_seconds 60 is more than"),
        ({"retry": {"network": {"attempts": 0}}}, "greater than or equal to 1"),
        ({"escalation": {"confidence_below": 0.4}}, "less than confidence_floor"),
        ({"loop": {"same_call": 1}}, "greater than or equal to 2"),
        ({"autonomy": {"edge_effects": ["reed"]}}, "'read', 'write', 'money'"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Standard.model_validate(values)


class TestWaiting:
    rule = RetryRule(attempts=9, first_delay_seconds=1, longest_delay_seconds=20, jitter=0.5)

    def test_doubles_up_to_the_longest_with_half_of_it_random(self) -> None:
        chance = random.Random(7)
        for failures, longest in enumerate([1, 2, 4, 8, 16, 20, 20], start=1):
            waits = [self.rule.delay_seconds(failures, None, chance) for _ in range(400)]
            assert longest / 2 <= min(waits) < longest * 0.55
            assert longest * 0.95 < max(waits) <= longest

    def test_many_failures_do_not_overflow(self) -> None:
        assert self.rule.delay_seconds(10_000, None, random.Random(1)) <= 20

    def test_what_the_server_asks_for_is_waited_at_least(self) -> None:
        chance = random.Random(7)
        assert all(7 <= self.rule.delay_seconds(1, 7, chance) <= 7.5 for _ in range(100))

    def test_what_the_server_asks_for_is_capped(self) -> None:
        assert self.rule.delay_seconds(1, 3_600, random.Random(1)) == 20

    def test_a_server_that_asks_for_less_than_nothing_is_not_believed(self) -> None:
        assert 0 <= self.rule.delay_seconds(1, -5, random.Random(1)) <= 0.5

    def test_without_jitter_nothing_is_random(self) -> None:
        exact = self.rule.model_copy(update={"jitter": 0})
        assert [exact.delay_seconds(n, None, random.Random(n)) for n in (1, 2, 3)] == [1, 2, 4]

    def test_the_same_chance_gives_the_same_wait(self) -> None:
        assert self.rule.delay_seconds(3, None, random.Random(5)) == self.rule.delay_seconds(
            3, None, random.Random(5)
        )


def test_an_answer_is_due_by_the_tasks_priority() -> None:
    due = AnswerWithin(high_hours=1, medium_hours=2, low_hours=3)
    assert [due.hours(priority) for priority in ("high", "medium", "low", "other")] == [1, 2, 3, 2]


def test_a_deployed_manifest_is_held_to_a_standard_that_was_tightened() -> None:
    loose = manifest(
        escalate={"confidence_below": 0.5, "tool_calls_over": 20, "customer_asks": False},
        budget={"model_calls_per_task": 30},
    )
    tight = Standard.model_validate(
        {
            "escalation": {"confidence_floor": 0.7, "tool_calls_over": 4},
            "limits": {"model_calls_per_task": 10, "task_time_limit_seconds": 60},
        }
    )
    held = tight.applied_to(loose)
    assert held.agents[0].escalate.model_dump() == {
        "confidence_below": 0.7,
        "tool_calls_over": 4,
        "customer_asks": True,
    }
    assert held.agents[0].budget.model_calls_per_task == 10
    assert held.shift.task_time_limit_seconds == 60


def test_a_manifest_that_is_tighter_stays_as_it_is() -> None:
    own = manifest(escalate={"confidence_below": 0.95, "tool_calls_over": 2})
    assert Standard().applied_to(own) is own
