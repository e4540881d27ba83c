from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest

from muster.analysis.agents import AGENTS, agent_rows, agent_work
from muster.analysis.costs import COSTS, cost_table
from muster.analysis.escalations import ESCALATIONS, REASONS, escalation_rows, reasons
from muster.analysis.human import HumanCost
from muster.analysis.tasks import task_rows
from muster.analysis.worth import team_worth
from tests.unit.analysis.story import NOON, Story

HUMAN = HumanCost(usd_per_compute_hour=Decimal(0))


def test_money_adds_up_to_the_micro_dollar_and_people_stand_apart() -> None:
    story = Story()
    story.task("support", model_cost="0.010001")
    story.task("support", "escalated", model_cost="0.020002")
    story.task("finance", None, model_cost="0.000003", calls=1)
    tasks = task_rows(story.frame().lazy())

    company = cost_table(tasks, HUMAN).collect().row(0, named=True)
    by_team = cost_table(tasks, HUMAN, by_team=True).collect()

    assert company["model_cost_usd"] == Decimal("0.030005") == by_team["model_cost_usd"].sum()
    assert (company["human_minutes"], company["human_cost_usd"]) == (12.0, Decimal("8.400000"))
    assert company["total_cost_usd"] == Decimal("8.430005")
    assert by_team["team"].to_list() == ["finance", "support"]
    assert by_team.schema == COSTS.schema


def test_reasons_are_counted_by_team_with_an_interval() -> None:
    story = Story()
    for reason in ("customer_asked", "low_confidence", "customer_asked"):
        story.task("support", "escalated", reason=reason)
    story.task("finance", "escalated", reason="needs_approval")
    events = story.frame().lazy()
    raised = escalation_rows(events, task_rows(events))

    counted = reasons(raised, HUMAN, by_team=True).collect()

    assert counted.select("team", "reason", "escalations", "n").rows() == [
        ("finance", "needs_approval", 1, 1),
        ("support", "customer_asked", 2, 3),
        ("support", "low_confidence", 1, 3),
    ]
    assert counted.schema == REASONS.schema
    assert counted["high"][1] == pytest.approx(0.9385, abs=1e-3)
    assert reasons(raised, HUMAN).collect()["n"].unique().to_list() == [4]


def test_escalations_are_listed_newest_first_with_their_task() -> None:
    story = Story()
    story.task(status="escalated", at=NOON)
    story.task(status="escalated", at=NOON + timedelta(hours=1), reason="time_limit")
    events = story.frame().lazy()

    raised = escalation_rows(events, task_rows(events)).collect()

    assert raised["reason"].to_list() == ["time_limit", "low_confidence"]
    assert raised.schema == ESCALATIONS.schema
    assert raised.row(0, named=True)["title"] == "Task 2"


def test_an_agent_with_a_small_sample_is_not_ranked() -> None:
    story = Story()
    for _ in range(30):
        story.task(agent="steady")
    for number in range(12):
        story.task(agent="anxious", status="escalated" if number < 6 else "completed")
    story.task(agent="new")
    events = story.frame().lazy()

    ranked = agent_rows(agent_work(events), task_rows(events)).collect()

    assert ranked["agent"].to_list() == ["steady", "anxious", "new"]
    assert ranked["called_share"].to_list() == [0.0, 0.5, None]
    assert ranked.row(0, named=True)["model_cost_usd"] == Decimal("0.300000")
    assert ranked.schema == AGENTS.schema


def test_a_team_is_worth_it_only_when_its_whole_interval_is_below_a_persons_cost() -> None:
    story = Story()
    for _ in range(60):
        story.task("cheap")
    for number in range(24):
        story.task("dear", "escalated" if number % 2 else "completed")
        story.task("never", "escalated" if number % 3 else "completed", model_cost="9.000000")
    story.task("new")

    worth = team_worth(task_rows(story.frame().lazy()), HUMAN).collect()

    assert dict(worth.select("team", "verdict").iter_rows()) == {
        "cheap": "worth it",
        "dear": "cannot tell",
        "never": "too few",
        "new": "too few",
    }
    cheap = worth.filter(pl.col("team") == "cheap").row(0, named=True)
    assert cheap["break_even_minutes"] == pytest.approx(0.01 / 42 * 60)
    assert cheap["saved_usd"] == pytest.approx(8.39)
