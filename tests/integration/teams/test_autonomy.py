"""Phases in the record: evidence, promotion, demotion, and a person's decision."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from muster.gateway import tokens
from muster.gateway.errors import UnknownAgentError
from muster.ledger.postgres import PostgresLedger
from muster.ledger.rebuild import compare_state
from muster.teams.autonomy_changes import (
    Change,
    NotPromotedError,
    grant_as_written,
    promote,
    review,
    set_phase,
)
from muster.teams.autonomy_rules import Rules
from muster.teams.autonomy_standing import evidence_for, standings
from muster.teams.autonomy_tasks import task_records
from muster.teams.deploy import deploy_team
from muster.teams.standard_rules import Autonomy
from tests.integration.teams import worked_tasks as happened
from tests.integration.teams.desk_folder import desk_folder
from tests.integration.teams.worked_tasks import RIGHT, WRONG, worked

JO = "person:jo@example.com"
CLERK = "support/clerk"
RULES = Rules(
    Autonomy(
        tasks_for_promotion=12,
        correct_at_least=0.8,
        breach_correct_below=0.5,
        error_cases_at_least=2,
        edge_cases_at_least=2,
        breach_window=10,
    ),
    "standard@1",
)


@pytest.fixture
async def team(ledger: PostgresLedger, tmp_path: Path) -> PostgresLedger:
    """A ledger with the support team deployed: a desk (edge) and a clerk (core)."""
    await deploy_team(ledger, desk_folder(tmp_path), JO)
    return ledger


async def shown_enough(ledger: PostgresLedger) -> None:
    await worked(ledger, 8)
    await worked(ledger, 2, happened.MODEL_FAILED)
    await worked(ledger, 2, happened.HELD, happened.UNCERTAIN.model_copy(update={"reason": "needs_approval"}))


async def phase_of(ledger: PostgresLedger, who: str = CLERK) -> str:
    return {one.who: one.effective for one in await standings(ledger, "co-pilot")}[who]


async def changes(ledger: PostgresLedger) -> list[dict[str, Any]]:
    rows = await ledger.fetch(
        "SELECT body::jsonb AS body FROM ledger.events WHERE kind = 'phase.changed' ORDER BY seq"
    )
    return [row["body"] for row in rows]


async def test_nobody_starts_higher_than_the_standard_says(team: PostgresLedger) -> None:
    assert [(one.who, one.effective, one.decided) for one in await standings(team, "co-pilot")] == [
        (CLERK, "co-pilot", False),
        ("support/desk", "co-pilot", False),
    ]
    assert [one.effective for one in await standings(team, "core")] == ["core", "edge"]


async def test_an_agent_is_promoted_on_evidence_one_step_and_the_evidence_stays_with_it(
    team: PostgresLedger,
) -> None:
    await shown_enough(team)
    change = await promote(team, CLERK, RULES, JO)
    assert (change.previous, change.phase, change.cause) == ("co-pilot", "edge", "evidence")
    assert await phase_of(team) == "edge"
    [event] = await changes(team)
    evidence = event["payload"]["evidence"]
    assert event["actor"] == JO
    assert (evidence["tasks"], evidence["correct"]["right"], evidence["standard"]) == (12, 12, "standard@1")
    assert {name: kind["tasks"] for name, kind in evidence["cases"].items()} == {
        "happy": 8,
        "error": 2,
        "edge": 2,
    }
    assert len(evidence["task_ids"]) == 12
    with pytest.raises(NotPromotedError, match="12 more real tasks in this phase"):
        await promote(team, CLERK, RULES, JO)


async def test_rehearsal_never_promotes(team: PostgresLedger) -> None:
    await worked(team, 30, source="rehearsal")
    with pytest.raises(NotPromotedError, match="12 more real tasks"):
        await promote(team, CLERK, RULES, JO)
    _, evidence = await evidence_for(team, CLERK, RULES.autonomy)
    assert (evidence.tasks, evidence.not_real) == (0, 30)


async def test_nobody_gets_further_than_the_manifest_says(team: PostgresLedger) -> None:
    await set_phase(team, "support/desk", "edge", "co-pilot", reason="trusted", actor=JO)
    with pytest.raises(NotPromotedError, match="no further than edge"):
        await promote(team, "support/desk", RULES, JO)
    await set_phase(team, CLERK, "core", "co-pilot", reason="trusted", actor=JO)
    with pytest.raises(NotPromotedError, match="last phase"):
        await promote(team, CLERK, RULES, JO)


async def test_what_the_record_holds_about_a_task_is_told_apart(team: PostgresLedger) -> None:
    await worked(team, 1, happened.REJECTED)
    await worked(team, 1, happened.READ, happened.TOOL_FAILED)
    await worked(team, 1, happened.DENIED)
    await worked(team, 1, happened.PAUSED)
    await worked(team, 1, happened.REFUND, happened.UNCERTAIN)
    await worked(team, 1, status="failed", verdicts=())
    await worked(team, 1, verdicts=(WRONG, RIGHT))
    records = {record.task_id: record for record in await task_records(team, "support")}
    told = list(records.values())[::-1]
    assert [record.case for record in told] == ["error", "error", "edge", "happy", "edge", "error", "happy"]
    assert [record.denials for record in told] == [0, 0, 1, 0, 0, 0, 0]
    assert [record.acts for record in told] == [0, 0, 0, 0, 1, 0, 0]
    assert [record.uncertain for record in told] == [0, 0, 0, 0, 1, 0, 0]
    assert [record.correct for record in told] == [True, True, True, True, True, None, True]
    assert [len(record.breach_events) for record in told] == [0, 0, 1, 0, 1, 0, 0]


@pytest.mark.parametrize(
    ("step", "tasks", "reason"),
    [
        (happened.DENIED, 3, "policy denied 3 calls"),
        (happened.UNCERTAIN, 1, "1 side effects of unknown outcome"),
    ],
)
async def test_a_breach_demotes_one_step_at_once_and_only_once(
    team: PostgresLedger, step: Any, tasks: int, reason: str
) -> None:
    await set_phase(team, CLERK, "core", "co-pilot", reason="trusted", actor=JO)
    await worked(team, tasks, step)
    [change] = await review(team, RULES)
    assert (change.who, change.previous, change.phase, change.cause) == (CLERK, "core", "edge", "breach")
    assert reason in change.reason
    event = (await changes(team))[-1]
    assert event["actor"] == "service:autonomy"
    assert len(event["payload"]["evidence"]["events"]) == tasks
    assert await review(team, RULES) == []
    assert await phase_of(team) == "edge"


async def test_wrong_outcomes_demote_everybody_who_worked_on_them(team: PostgresLedger) -> None:
    await grant_as_written(team, "co-pilot", reason="test", actor=JO)
    await worked(team, 6, verdicts=(WRONG,))
    await worked(team, 6, agent="desk", verdicts=(WRONG,))
    assert {(change.who, change.phase) for change in await review(team, RULES)} == {
        (CLERK, "edge"),
        ("support/desk", "co-pilot"),
    }


async def test_an_obeyed_injection_demotes_the_one_that_acted(team: PostgresLedger) -> None:
    await grant_as_written(team, "co-pilot", reason="test", actor=JO)
    obeyed = WRONG.model_copy(update={"mistakes": ("forbidden effect: shop.issue_refund",)})
    await worked(team, 1, happened.REFUND, verdicts=(obeyed,))
    await worked(team, 1, happened.READ, agent="desk", verdicts=(obeyed,))
    [change] = await review(team, RULES)
    assert (change.who, change.phase) == (CLERK, "edge")
    assert "forbidden" in change.reason


async def test_rehearsal_demotes_nobody(team: PostgresLedger) -> None:
    await grant_as_written(team, "co-pilot", reason="test", actor=JO)
    await worked(team, 12, happened.DENIED, happened.UNCERTAIN, source="rehearsal", verdicts=(WRONG,))
    assert await review(team, RULES) == []


async def test_a_person_may_decide_and_it_is_recorded_as_a_decision(team: PostgresLedger) -> None:
    change = await set_phase(team, CLERK, "core", "co-pilot", reason="audited by hand", actor=JO)
    assert change == Change(CLERK, "co-pilot", "core", "person", "audited by hand")
    assert await set_phase(team, CLERK, "core", "co-pilot", reason="again", actor=JO) is None
    [event] = await changes(team)
    assert (event["payload"]["cause"], event["payload"]["evidence"]) == ("person", {})
    with pytest.raises(UnknownAgentError):
        await set_phase(team, "support/nobody", "core", "co-pilot", reason="?", actor=JO)


async def test_all_agents_are_set_as_their_manifests_say_and_a_second_time_nothing_changes(
    team: PostgresLedger,
) -> None:
    made = await grant_as_written(team, "co-pilot", reason="demo", actor=JO)
    assert {(change.who, change.phase) for change in made} == {(CLERK, "core"), ("support/desk", "edge")}
    assert await grant_as_written(team, "co-pilot", reason="demo", actor=JO) == []


async def test_two_promotions_at_once_are_one(team: PostgresLedger) -> None:
    await shown_enough(team)
    ends = await asyncio.gather(*(promote(team, CLERK, RULES, JO) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(end, Change) for end in ends) == 1
    assert sum(isinstance(end, NotPromotedError) for end in ends) == 3
    assert len(await changes(team)) == 1


async def test_the_present_is_what_the_record_says(team: PostgresLedger) -> None:
    await set_phase(team, CLERK, "edge", "co-pilot", reason="a", actor=JO)
    await set_phase(team, CLERK, "core", "co-pilot", reason="b", actor=JO)
    await grant_as_written(team, "co-pilot", reason="c", actor=JO)
    comparison = await compare_state(team)
    assert [difference.sentence() for difference in comparison.differences] == []


async def test_the_gateway_meets_the_agent_in_its_present_phase(team: PostgresLedger) -> None:
    ttl = timedelta(minutes=5)
    token = await tokens.issue(team, "clerk", "support", "run_1", "tsk_1", ttl)
    before = await tokens.resolve(team, token)
    await set_phase(team, CLERK, "core", "co-pilot", reason="a", actor=JO)
    after = await tokens.resolve(team, token)
    assert before is not None
    assert after is not None
    assert (before.caller.phase, after.caller.phase) == (None, "core")
