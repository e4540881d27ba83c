from datetime import timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from muster.analysis.human import HumanCost
from muster.analysis.review.actions import ACTIONS, DECISIONS, MIN_ALIKE, Evidence, actions
from muster.analysis.review.budgets import BUDGETS
from muster.analysis.review.clusters import CLUSTERS
from muster.analysis.review.waits import AGEING
from muster.analysis.tasks import TASKS, task_rows
from tests.unit.analysis.story import NOON, Story

NOTHING: dict[str, Any] = {
    "clusters": CLUSTERS.empty(),
    "decisions": DECISIONS.empty(),
    "ended": TASKS.empty(),
    "ageing": AGEING.empty(),
    "budgets": BUDGETS.empty(),
    "human": HumanCost(),
    "span": "week",
}


def proposed(**frames: Any) -> list[dict[str, Any]]:
    found = actions(Evidence(**(NOTHING | frames)))
    assert found.schema == ACTIONS.schema
    return list(found.iter_rows(named=True))


def cluster(**fields: Any) -> pl.DataFrame:
    row: dict[str, Any] = dict.fromkeys(CLUSTERS.schema, 0)
    row |= {"team": "support", "agent": "desk", "reason": "low_confidence", "tool": None, "rule": None}
    row |= {"escalations": 20, "human_minutes": 240.0, "human_cost_usd": Decimal(168), "examples": ["tsk_1"]}
    return pl.DataFrame([row | fields], schema=CLUSTERS.schema, orient="row")


def decisions(yes: int, no: int, rules: str = "money_band") -> pl.DataFrame:
    rows = [
        (f"apr_{n}", f"tsk_{n}", "finance", "clerk", "erp__pay", rules, n < yes, NOON + timedelta(minutes=n))
        for n in range(yes + no)
    ]
    return pl.DataFrame(rows, schema=DECISIONS.schema, orient="row")


def test_avoidable_escalations_are_worth_their_share_of_peoples_time() -> None:
    (one,) = proposed(clusters=cluster(judged=10, avoidable=8, dismissed=8))

    # 20 escalations x 8 of 10 (Wilson 49.0 to 94.3 %) x 12 min at 42 USD/h
    assert one["what"].startswith("Rework the prompt of support/desk with the examples")
    assert one["tasks"] == 16
    assert one["usd"] == pytest.approx(134.4)
    assert one["usd_low"] == pytest.approx(20 * 0.4902 * 8.4, abs=0.1)
    assert one["usd_high"] == pytest.approx(20 * 0.9433 * 8.4, abs=0.1)
    assert "20 escalations × 80.0\u00a0% (49.0 – 94.3\u00a0%) × 12.0 min = 3 h 12 min" in one["arithmetic"]
    assert one["effect"].startswith("$134.40 saved ($82.35 – 158.48)")
    assert one["examples"] == ["tsk_1"]


def test_where_nobody_judged_the_effect_has_ends_and_no_middle() -> None:
    (one,) = proposed(clusters=cluster())

    assert one["usd"] is None
    assert (one["usd_low"], one["usd_high"]) == (0, pytest.approx(168))
    assert "nobody has answered or scored one yet" in one["why"]
    assert one["effect"] == "$0.00 – 168.00 saved; where in between, nobody knows yet"


def test_escalations_that_needed_a_person_each_time_propose_nothing() -> None:
    assert proposed(clusters=cluster(judged=10, avoidable=0)) == []


def test_what_happened_seldom_proposes_nothing() -> None:
    assert proposed(clusters=cluster(escalations=MIN_ALIKE - 1)) == []


def test_small_groups_of_one_reason_are_proposed_together() -> None:
    small = [
        cluster(team=team, agent=agent, escalations=2, human_minutes=24.0, human_cost_usd=Decimal("16.8"))
        for team, agent in (("support", "desk"), ("support", "clerk"), ("support", "lead"), ("leads", "desk"))
    ]

    (one,) = proposed(clusters=pl.concat(small))

    assert one["team"] == "support"  # two more of another team are too few
    assert one["why"].startswith("6 escalations in the week: low confidence")
    assert one["usd_high"] == pytest.approx(6 * 8.4)

    spread = [
        cluster(team=f"team_{n}", escalations=1, human_minutes=12.0, human_cost_usd=Decimal("8.4"))
        for n in range(5)
    ]
    (whole,) = proposed(clusters=pl.concat(spread))
    assert whole["team"] is None
    assert whole["what"].startswith("Rework the prompt of several teams")


def test_what_is_nearly_always_approved_is_proposed_to_go_alone() -> None:
    (one,) = proposed(decisions=decisions(60, 0))

    assert one["what"] == "Raise the band under which finance/clerk may call erp__pay alone (money.yaml)."
    assert one["usd"] == pytest.approx(60 * 1.4)
    assert one["usd_low"] == pytest.approx(60 * 0.9398 * 1.4, abs=0.05)


@pytest.mark.parametrize(("yes", "no"), [(20, 0), (57, 6), (0, 60)])
def test_a_rule_is_kept_unless_nine_in_ten_said_yes_beyond_chance(yes: int, no: int) -> None:
    assert proposed(decisions=decisions(yes, no)) == []


def test_failed_tasks_are_worth_what_a_person_takes_for_them_at_most() -> None:
    story = Story()
    for _ in range(6):
        story.task(status="failed")

    (one,) = proposed(ended=task_rows(story.frame().lazy()).collect())

    assert one["what"].startswith("Find out why tasks of support/desk fail")
    assert (one["usd"], one["usd_low"], one["usd_high"]) == (None, 0, pytest.approx(6 * 8.4))
    assert len(one["examples"]) == 3


def aged(**fields: Any) -> pl.DataFrame:
    row: dict[str, Any] = dict.fromkeys(AGEING.schema, 0)
    row |= {"team": None, "kind": "approval", "waiting": 4, "overdue": 3, "oldest_seconds": 90_000.0}
    return pl.DataFrame([row | fields], schema=AGEING.schema, orient="row")


def test_what_is_overdue_costs_people_time_and_is_said_so() -> None:
    both = pl.concat([aged(), aged(kind="escalation", overdue=1, waiting=1)])

    (one,) = proposed(ageing=both)

    assert one["what"] == "Answer the 3 overdue approvals and 1 overdue escalation (muster inbox list)."
    assert one["arithmetic"] == "3 × 2.0 min + 1 × 12.0 min of people's time = 18 min 00 s, $12.60"
    assert one["usd"] == pytest.approx(-12.6)


def budget(**fields: Any) -> pl.DataFrame:
    row: dict[str, Any] = dict.fromkeys(BUDGETS.schema, None)
    row |= {"scope": "team:support", "team": "support", "spent_usd": Decimal(9), "limit_usd": Decimal(20)}
    row |= {"highest_usd": Decimal("1.5"), "highest_day": NOON.date(), "highest_share": 0.075, "near_days": 0}
    return pl.DataFrame([row | fields], schema=BUDGETS.schema, orient="row")


def test_a_limit_that_protects_little_is_proposed_lower_with_its_sum() -> None:
    (one,) = proposed(budgets=budget())

    assert one["what"] == "Lower the limit of team support from $20.00 to $8.00 a day."
    assert one["arithmetic"] == "5 × $1.50, in whole dollars = $8.00; $20.00 − $8.00 = $12.00"
    assert one["usd"] is None


def test_a_limit_that_days_come_near_to_is_pointed_at() -> None:
    (one,) = proposed(budgets=budget(highest_usd=Decimal(18), highest_share=0.9, near_days=2))

    assert one["kind"] == "near_limit"
    assert "On 2 days 80\u00a0% of the limit or more went" in one["why"]


def test_the_certain_comes_before_the_owed_the_possible_and_the_careful() -> None:
    found = proposed(
        clusters=pl.concat([cluster(), cluster(agent="clerk", judged=10, avoidable=8)]),
        ageing=aged(),
        budgets=budget(),
    )

    assert [one["kind"] for one in found] == ["escalations", "overdue", "escalations", "loose_limit"]
    assert found[0]["usd_low"] > 0


def test_a_record_without_events_proposes_nothing() -> None:
    assert proposed() == []
