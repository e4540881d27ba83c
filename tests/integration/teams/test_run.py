"""A run from its first question to its end, and what happens when something goes wrong on the way."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from muster.gateway.client import ToolOutcome
from muster.ledger.events import Effect, EventContext, LeaseExpired
from muster.ledger.pauses import drain, pause, resume
from muster.ledger.postgres import PostgresLedger
from muster.models.claude import ModelAnswer
from muster.models.errors import ModelCallError, ModelKeyError
from muster.teams import ending
from muster.teams.ending import RunReport
from muster.teams.errors import ParkedError, WorkInterruptedError
from muster.teams.roster import DeployedTeam
from muster.teams.run import work_on
from tests.integration.teams.scripted import ScriptedClient, ScriptedTools, agent, bench, say, task, team, use

DONE = use("finish", summary="answered", confidence=0.95)
FOUND = ToolOutcome("ok", '{"status": "shipped"}')
OVERLOADED = ModelCallError("overloaded", error_type="overloaded_error", retryable=True)
GONE = ModelCallError("connection refused", error_type="connection_error", retryable=True)


async def work(
    ledger: PostgresLedger, client: ScriptedClient, tools: ScriptedTools, at_work: DeployedTeam | None = None
) -> RunReport:
    """One worker's go at the task."""
    at_work = at_work or team(agent("desk"))
    return await work_on(bench(ledger, client, tools), at_work, task(), "run_1")


async def kinds(ledger: PostgresLedger) -> list[str]:
    return [row["kind"] for row in await ledger.fetch("SELECT kind FROM ledger.events ORDER BY seq")]


async def test_an_agent_looks_something_up_and_finishes(ledger: PostgresLedger) -> None:
    client = ScriptedClient(use("shop__get_order", 1, order_number="BL-1"), DONE)
    tools = ScriptedTools(ledger, shop__get_order=FOUND)
    report = await work(ledger, client, tools)
    assert (report.outcome, report.model_calls, report.tool_calls) == ("completed", 2, 1)
    assert tools.calls == [("shop__get_order", {"order_number": "BL-1"})]
    assert client.asked[1][-1]["content"][0]["content"] == FOUND.text


async def test_a_hand_off_carries_decisions_and_facts_and_not_the_transcript(ledger: PostgresLedger) -> None:
    hand_off = use(
        "hand_off",
        to="clerk",
        ask="refund it",
        decisions=["is due"],
        facts=[{"key": "order", "value": "BL-1"}],
    )
    client = ScriptedClient(hand_off, DONE)
    at_work = team(agent("desk", hand_off_to=["clerk"]), agent("clerk"))
    report = await work(ledger, client, ScriptedTools(ledger), at_work)
    assert report.outcome == "completed"
    [opening] = client.asked[1]
    assert '"key":"order","value":"BL-1","source":"desk"' in opening["content"]
    assert '"decisions":["is due"]' in opening["content"]
    assert "handoff.made" in await kinds(ledger)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([use("finish", summary="perhaps", confidence=0.5)], "low_confidence"),
        ([use("escalate", reason="customer_asked", summary="wants a person")], "customer_asked"),
        ([say("I will not.", "refusal")], "refusal"),
        ([say("and then", "max_tokens")] * 2, "broken_answer"),
        ([say("Hello!"), say("Hello?"), say("Hello.")], "broken_answer"),
        ([use("finish", confidence=2)] * 3, "broken_answer"),
        ([use("hand_off", to="nobody", ask="x")] * 3, "broken_answer"),
        ([use("shop__get_order", n, order_number="BL-1") for n in range(3)], "no_progress"),
        ([use("shop__get_order", n, order_number=f"BL-{n}") for n in range(8)], "too_many_tool_calls"),
        ([OVERLOADED] * 6, "error_persists"),
    ],
)
async def test_what_goes_wrong_ends_with_a_person_and_a_reason(
    ledger: PostgresLedger, answers: list[ModelAnswer | BaseException], reason: str
) -> None:
    class EveryOrder(ScriptedTools):
        """Each order has another status."""

        async def call(self, where: Any, name: str, arguments: dict[str, Any], call_id: str) -> ToolOutcome:
            self._answers = {name: ToolOutcome("ok", f"{arguments} shipped")}
            return await super().call(where, name, arguments, call_id)

    tools = EveryOrder(ledger, shop__get_order=FOUND)
    report = await work(ledger, ScriptedClient(*answers), tools)
    assert report.outcome == "escalated"
    assert report.person_needed is not None
    assert report.person_needed.reason == reason


async def test_a_passing_overload_is_asked_again_and_each_attempt_is_recorded(ledger: PostgresLedger) -> None:
    report = await work(ledger, ScriptedClient(OVERLOADED, OVERLOADED, DONE), ScriptedTools(ledger))
    assert report.outcome == "completed"
    assert (await kinds(ledger)).count("model_call.intended") == 3
    assert (await kinds(ledger)).count("model_call.settled") == 3


@pytest.mark.parametrize(
    "away", [[GONE] * 3, [ModelKeyError("no such key", error_type="authentication_error", retryable=False)]]
)
async def test_a_missing_model_server_interrupts_and_escalates_nothing(
    ledger: PostgresLedger, away: list[Any]
) -> None:
    with pytest.raises(WorkInterruptedError):
        await work(ledger, ScriptedClient(*away), ScriptedTools(ledger))
    assert "escalation.raised" not in await kinds(ledger)


async def test_an_approval_gate_hands_the_person_the_call_that_waits(ledger: PostgresLedger) -> None:
    refused = ToolOutcome("refused", "refused (money_band): too much", "money_band", "needs_approval")
    client = ScriptedClient(use("shop__issue_refund", 1, amount=5_000))
    report = await work(ledger, client, ScriptedTools(ledger, shop__issue_refund=refused))
    assert report.person_needed is not None
    assert report.person_needed.reason == "needs_approval"
    assert report.person_needed.proposed_action == "shop__issue_refund with amount=5000"


async def test_a_killed_run_goes_on_from_what_is_recorded(ledger: PostgresLedger) -> None:
    """Killed while the second question was out: the first answer and the tool call are not paid for again."""
    tools = ScriptedTools(ledger, shop__get_order=FOUND)
    look_up = use("shop__get_order", 1, order_number="BL-1")
    with pytest.raises(asyncio.CancelledError):
        await work(ledger, ScriptedClient(look_up, asyncio.CancelledError()), tools)
    second = ScriptedClient(DONE)
    report = await work(ledger, second, tools)
    assert report.outcome == "completed"
    assert len(second.asked) == 1
    assert len(tools.calls) == 1


@pytest.mark.parametrize(
    ("effect", "calls", "reason"), [("read", 2, None), ("money", 1, "uncertain_side_effect")]
)
async def test_a_tool_call_without_an_outcome_is_repeated_only_when_it_reads(
    ledger: PostgresLedger, effect: Effect, calls: int, reason: str | None
) -> None:
    tools = ScriptedTools(ledger, shop__get_order=asyncio.CancelledError())
    tools.effect = effect
    look_up = use("shop__get_order", 1, order_number="BL-1")
    with pytest.raises(asyncio.CancelledError):
        await work(ledger, ScriptedClient(look_up), tools)
    again = ScriptedTools(ledger, shop__get_order=FOUND)
    again.effect = effect
    report = await work(ledger, ScriptedClient(DONE), again)
    assert len(tools.calls) + len(again.calls) == calls
    assert (report.person_needed.reason if report.person_needed else None) == reason


async def test_a_paused_agent_stops_in_the_middle_of_its_run(ledger: PostgresLedger) -> None:
    class PausingTools(ScriptedTools):
        """Somebody presses the brake while a tool is at work."""

        async def call(self, *what: Any) -> ToolOutcome:
            outcome = await super().call(*what)
            await pause(ledger, "support/desk", "odd answers", "person:test")
            return outcome

    client = ScriptedClient(use("shop__get_order", 1, order_number="BL-1"), DONE)
    tools = PausingTools(ledger, shop__get_order=FOUND)
    with pytest.raises(ParkedError) as parked:
        await work(ledger, client, tools)
    assert (parked.value.waiting_for, parked.value.reason) == ("support/desk", "odd answers")
    assert len(client.asked) == 1
    assert (await kinds(ledger))[-1] == "model_call.refused"
    await resume(ledger, "support/desk", "looked into", "person:test")
    report = await work(ledger, client, tools)
    assert report.outcome == "completed"
    assert (len(client.asked), len(tools.calls)) == (2, 1)


async def test_a_model_without_a_price_is_not_asked_and_the_task_waits_for_the_price(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    models = tmp_path / "models.yaml"
    models.write_text(
        "version: 1\nroles:\n  specialist: {model: nobody-knows-1, max_tokens: 64, why: a test}\n"
    )
    client = ScriptedClient(DONE)
    at_work = bench(ledger, client, ScriptedTools(ledger), models)
    with pytest.raises(WorkInterruptedError, match="no price is known"):
        await work_on(at_work, team(agent("desk")), task(), "run_1")
    assert client.asked == []
    [event] = await ledger.fetch(
        "SELECT kind, body::jsonb #>> '{payload,rule}' AS rule FROM ledger.events"
        " WHERE kind <> 'policy.changed'"
    )
    assert (event["kind"], event["rule"]) == ("model_call.refused", "price")


async def test_a_budget_that_is_out_stops_the_run_before_the_question(ledger: PostgresLedger) -> None:
    client = ScriptedClient(DONE)
    poor = team(agent("desk", budget={"usd_per_task": "0.000001"}))
    report = await work(ledger, client, ScriptedTools(ledger), poor)
    assert report.person_needed is not None
    assert report.person_needed.reason == "budget_out"
    assert client.asked == []


async def test_a_person_is_given_what_was_tried_the_evidence_and_a_question(ledger: PostgresLedger) -> None:
    refused = ToolOutcome("refused", "refused (money_band): too much", "money_band", "needs_approval")
    client = ScriptedClient(
        use("record_fact", 1, key="order", value="BL-1", source="the mail"),
        use("shop__get_order", 2, order_number="BL-1"),
        use("shop__issue_refund", 3, amount=5_000),
    )
    tools = ScriptedTools(ledger, shop__get_order=FOUND, shop__issue_refund=refused)
    report = await work(ledger, client, tools, team(agent("desk"), agent("clerk")))
    async with ledger.transaction() as transaction:
        await ending.record(ledger, transaction, report)
    [row] = await ledger.fetch("SELECT package, raised_at, sla_due_at FROM state.escalations")
    package = row["package"]
    assert package["tried"] == [
        "shop__get_order(order_number=BL-1): ok",
        "shop__issue_refund(amount=5000): refused",
    ]
    assert package["decide"] == "Should this be done? Proposed: shop__issue_refund with amount=5000"
    assert "do it with changes" in package["options"]
    assert [(fact["key"], fact["source"]) for fact in package["facts"]] == [("order", "the mail")]
    assert row["sla_due_at"] - row["raised_at"] == timedelta(hours=8)
    known = await ledger.fetch("SELECT event_id, kind FROM ledger.events")
    kind_of = {event["event_id"]: event["kind"] for event in known}
    assert [kind_of[event_id] for event_id in package["evidence"]] == [
        "tool_call.settled",
        "tool_call.refused",
    ]
    assert package["standard"] == "standard@1"


async def test_after_the_last_overload_the_fallback_model_answers(ledger: PostgresLedger) -> None:
    report = await work(ledger, ScriptedClient(*[OVERLOADED] * 3, DONE), ScriptedTools(ledger))
    assert report.outcome == "completed"
    rows = await ledger.fetch(
        "SELECT body::jsonb -> 'payload' AS p FROM ledger.events"
        " WHERE kind = 'model_call.intended' ORDER BY seq"
    )
    first, last = rows[0]["p"], rows[-1]["p"]
    assert first["fallback_of"] is None
    assert last["fallback_of"] == first["model"] != last["model"]
    assert first["policy"] == "models@1"


AWAY = ToolOutcome("transport_error", "connection refused", delivered=False)


async def test_a_call_that_never_left_is_made_again_whatever_it_does(ledger: PostgresLedger) -> None:
    class Flaky(ScriptedTools):
        """Away the first two times."""

        async def call(self, where: Any, name: str, arguments: dict[str, Any], call_id: str) -> ToolOutcome:
            self._answers = {name: AWAY if len(self.calls) < 2 else FOUND}
            return await super().call(where, name, arguments, call_id)

    tools = Flaky(ledger, shop__issue_refund=AWAY)
    tools.effect = "money"
    report = await work(ledger, ScriptedClient(use("shop__issue_refund", 1, amount=5), DONE), tools)
    assert report.outcome == "completed"
    assert len(tools.calls) == 3


async def test_a_call_that_may_have_arrived_is_not_made_again(ledger: PostgresLedger) -> None:
    unknown = ToolOutcome("transport_error", "cut off", delivered=None)
    tools = ScriptedTools(ledger, shop__issue_refund=unknown)
    tools.effect = "money"
    report = await work(ledger, ScriptedClient(use("shop__issue_refund", 1, amount=5)), tools)
    assert report.person_needed is not None
    assert report.person_needed.reason == "uncertain_side_effect"
    assert len(tools.calls) == 1


async def test_work_for_a_draining_agent_waits_until_it_takes_some_again(ledger: PostgresLedger) -> None:
    at_work = team(agent("desk", hand_off_to=["clerk"]), agent("clerk"))
    await drain(ledger, "support/clerk", "going home", "person:test")
    client = ScriptedClient(use("hand_off", 1, to="clerk", ask="close it"), DONE)
    with pytest.raises(ParkedError) as parked:
        await work(ledger, client, ScriptedTools(ledger), at_work)
    assert parked.value.waiting_for == "support/clerk"
    await resume(ledger, "support/clerk", "back", "person:test")
    report = await work(ledger, client, ScriptedTools(ledger), at_work)
    assert (report.outcome, len(client.asked)) == ("completed", 2)


async def test_a_keyed_call_nobody_hears_of_is_a_persons_matter_after_the_last_attempt(
    ledger: PostgresLedger,
) -> None:
    unknown = ToolOutcome("transport_error", "cut off", delivered=None)
    tools = ScriptedTools(ledger, shop__issue_refund=unknown)
    tools.effect, tools.keyed = "money", True
    report = await work(ledger, ScriptedClient(use("shop__issue_refund", 1, amount=5)), tools)
    assert report.person_needed is not None
    assert report.person_needed.reason == "uncertain_side_effect"
    assert len(tools.calls) == 3


async def test_an_act_nobody_heard_of_is_said_whatever_ends_the_run(ledger: PostgresLedger) -> None:
    """Too many workers died over it: that money may have moved is what the person must be told."""
    tools = ScriptedTools(ledger, shop__issue_refund=asyncio.CancelledError())
    tools.effect, tools.keyed = "money", True
    with pytest.raises(asyncio.CancelledError):
        await work(ledger, ScriptedClient(use("shop__issue_refund", 1, amount=5)), tools)
    where = EventContext(actor="worker:w2", task_id="tsk_1", run_id="run_1", team="support")
    for attempt in range(5):
        await ledger.append(LeaseExpired(worker="w1", attempt=attempt), where)
    report = await work(ledger, ScriptedClient(), tools)
    assert report.person_needed is not None
    assert report.person_needed.reason == "uncertain_side_effect"
    assert "5 workers went silent over it" in report.person_needed.detail
    assert (
        report.person_needed.proposed_action == "check whether shop__issue_refund took effect with amount=5"
    )
