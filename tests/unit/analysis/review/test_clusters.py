from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from muster.analysis.escalations import escalation_rows
from muster.analysis.human import HumanCost
from muster.analysis.review.clusters import CLUSTERS, clusters, last_calls
from muster.analysis.tasks import task_rows
from tests.unit.analysis.story import NOON, Story


def called(
    story: Story,
    *,
    answer: str | None = None,
    tool: str | None = None,
    refused_by: str | None = None,
    **task: Any,
) -> str:
    """One task that called a person, with the last tool call before and what the person did."""
    task_id = story.task("support", "escalated", agent="desk", **task)
    if tool:
        kind = "tool_call.refused" if refused_by else "tool_call.settled"
        story.event(
            kind, NOON, task_id=task_id, team="support", agent="desk", subject=tool, reason=refused_by
        )
        story.event(
            "escalation.raised",
            NOON + timedelta(minutes=1),
            task_id=task_id,
            team="support",
            agent="desk",
            reason="policy_denied",
        )
    if answer:
        story.event(
            "escalation.answered", NOON + timedelta(hours=1), task_id=task_id, team="support", status=answer
        )
    return task_id


def grouped(story: Story) -> list[dict[str, Any]]:
    events = story.frame().lazy()
    tasks = task_rows(events).collect()
    raised = escalation_rows(events, tasks.lazy()).collect()
    calls = last_calls(events, tasks.lazy().select("task_id")).collect()
    found = clusters(raised, calls, tasks, HumanCost())
    assert found.schema == CLUSTERS.schema
    return list(found.iter_rows(named=True))


def test_escalations_that_are_alike_are_one_group_with_examples() -> None:
    story = Story()
    ids = [called(story, reason="low_confidence", at=NOON + timedelta(minutes=n)) for n in range(5)]
    called(story, reason="customer_asked")

    first, second = grouped(story)

    assert (first["agent"], first["reason"], first["escalations"]) == ("desk", "low_confidence", 5)
    assert first["share"] == pytest.approx(5 / 6)
    assert first["examples"] == ids[:-4:-1]  # the latest three, the latest first
    assert first["human_minutes"] == 60
    assert (second["reason"], second["escalations"]) == ("customer_asked", 1)


def test_the_last_tool_before_the_call_and_the_rule_that_refused_it_are_named() -> None:
    story = Story()
    called(story, reason="low_confidence", tool="shop__issue_refund", refused_by="money_band")

    after, before = sorted(grouped(story), key=lambda row: row["reason"] != "policy_denied")

    assert (after["tool"], after["rule"]) == ("shop__issue_refund", "money_band")
    assert (before["tool"], before["rule"]) == (None, None)


def test_a_call_that_was_carried_out_names_no_rule() -> None:
    story = Story()
    called(story, reason="low_confidence", tool="shop__get_order")

    assert ("shop__get_order", None) in {(row["tool"], row["rule"]) for row in grouped(story)}


def test_what_people_answered_and_the_truth_say_whether_they_were_needed() -> None:
    story = Story()
    for answer in ("dismissed", "dismissed", "returned", "resolved", None):
        called(story, reason="low_confidence", answer=answer)
    called(
        story,
        reason="low_confidence",
        truth="wrong",
        mistake="wrong end state: escalated, expected completed",
    )
    called(story, reason="low_confidence", truth="correct")

    (row,) = grouped(story)

    assert row["escalations"] == 7
    assert row["judged"] == 6
    assert (row["dismissed"], row["returned"], row["misjudged"]) == (2, 1, 1)
    assert row["avoidable"] == 4
    assert 0.25 < row["avoidable_low"] < 4 / 6 < row["avoidable_high"] < 0.91


def test_where_nobody_judged_nothing_and_everything_may_have_been_avoidable() -> None:
    story = Story()
    called(story, reason="low_confidence")

    (row,) = grouped(story)

    assert (row["judged"], row["avoidable_low"], row["avoidable_high"]) == (0, 0.0, 1.0)


def test_another_mistake_than_the_end_does_not_make_the_person_unneeded() -> None:
    story = Story()
    called(story, reason="low_confidence", truth="wrong", mistake="missing effect: no reply")

    (row,) = grouped(story)

    assert (row["judged"], row["avoidable"]) == (1, 0)


def test_a_truth_that_has_the_rule_in_it_does_not_say_whether_the_rule_is_needed() -> None:
    story = Story()
    called(story, reason="policy_denied", truth="correct")
    called(story, reason="policy_denied", truth="wrong", mistake="wrong end state: escalated")
    called(story, reason="policy_denied", answer="resolved")

    (row,) = grouped(story)

    assert (row["escalations"], row["judged"], row["avoidable"]) == (3, 2, 1)


def test_without_escalations_there_are_no_groups() -> None:
    story = Story()
    story.task()

    assert grouped(story) == []
    assert pl.DataFrame(grouped(story)).is_empty()
