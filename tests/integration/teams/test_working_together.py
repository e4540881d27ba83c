"""Agents of one run share facts within their knowledge, ask each other, and say how sure they are."""

import asyncio
from typing import Any

import pytest

from muster.gateway.client import ToolOutcome
from muster.ledger.postgres import PostgresLedger
from muster.teams.ending import RunReport
from muster.teams.roster import DeployedTeam
from muster.teams.run import work_on
from tests.integration.teams.scripted import ScriptedClient, ScriptedTools, agent, bench, task, team, use

DONE = use("finish", summary="answered", confidence=0.95, decision="Refund it.")


async def work(
    ledger: PostgresLedger,
    client: ScriptedClient,
    at_work: DeployedTeam,
    tools: ScriptedTools | None = None,
) -> RunReport:
    return await work_on(bench(ledger, client, tools or ScriptedTools(ledger)), at_work, task(), "run_1")


async def payloads(ledger: PostgresLedger, kind: str) -> list[dict[str, Any]]:
    rows = await ledger.fetch(
        "SELECT body::jsonb -> 'payload' AS p FROM ledger.events WHERE kind = %(kind)s ORDER BY seq",
        {"kind": kind},
    )
    return [row["p"] for row in rows]


async def test_a_marked_fact_is_shown_to_who_has_the_knowledge_and_nobody_else(
    ledger: PostgresLedger,
) -> None:
    client = ScriptedClient(
        use("record_fact", 1, key="iban", value="DE00 1234", knowledge="finance"),
        use("hand_off", 2, to="support", ask="answer", facts=[{"key": "order", "value": "BL-1"}]),
        use("read_facts", 3),
        use("record_fact", 4, key="iban", value="mine"),
        use("hand_off", 5, to="books", ask="pay"),
        use("read_facts", 6, keys=["iban"]),
        DONE,
    )
    at_work = team(
        agent("desk", hand_off_to=["support"], knowledge=["finance"]),
        agent("support", hand_off_to=["books"]),
        agent("books", knowledge=["finance"]),
    )
    report = await work(ledger, client, at_work)
    assert report.outcome == "completed"
    assert "DE00" not in str(client.asked[2:5])
    assert client.asked[3][-1]["content"][0]["content"] == "order = BL-1 (from desk)"
    assert client.asked[4][-1]["content"][0]["content"] == "the key iban is taken; choose another"
    assert "DE00 1234" in str(client.asked[5])
    assert client.asked[6][-1]["content"][0]["content"] == "iban = DE00 1234 (from desk)"
    assert [(fact["key"], fact["knowledge"]) for fact in await payloads(ledger, "fact.recorded")] == [
        ("iban", "finance"),
        ("order", None),
    ]


async def test_a_coordinator_splits_the_work_and_takes_the_answers_back(ledger: PostgresLedger) -> None:
    two = use("delegate", 1, to="counter", ask="how many?")
    second = use("delegate", 2, to="pricer", ask="what price?")
    two.content.extend(second.content)

    class TwoColleagues(ScriptedClient):
        """Colleagues work at the same time, so each is answered by what it was asked."""

        async def send(self, *asked: Any) -> Any:
            opening = str(asked[3][0]["content"])
            if "how many?" in opening:
                self.asked.append(asked[3])
                return use("finish", summary="counted", answer="three", confidence=0.9)
            if "what price?" in opening:
                self.asked.append(asked[3])
                return use("escalate", summary="no price list", reason="agent_asked")
            return await super().send(*asked)

    client = TwoColleagues(two, DONE)
    at_work = team(agent("desk", delegate_to=["counter", "pricer"]), agent("counter"), agent("pricer"))
    report = await work(ledger, client, at_work)
    assert report.outcome == "completed"
    answers = client.asked[-1][-1]["content"]
    assert answers[0]["content"] == "answered (confidence 0.90): counted\nthree"
    assert answers[1]["content"] == "declined: no price list"
    assert [answers[0]["is_error"], answers[1]["is_error"]] == [False, True]
    made = await payloads(ledger, "delegation.made")
    assert [(one["to_agent"], one["depth"]) for one in made] == [("counter", 1), ("pricer", 1)]
    assert {one["outcome"] for one in await payloads(ledger, "delegation.answered")} == {
        "answered",
        "declined",
    }


async def test_nobody_delegates_deeper_than_the_standard_says(ledger: PostgresLedger) -> None:
    client = ScriptedClient(
        use("delegate", 1, to="counter", ask="count"),
        use("delegate", 2, to="pricer", ask="price"),
        use("finish", 3, summary="counted alone", confidence=0.9),
        DONE,
    )
    at_work = team(
        agent("desk", delegate_to=["counter"]), agent("counter", delegate_to=["pricer"]), agent("pricer")
    )
    assert (await work(ledger, client, at_work)).outcome == "completed"
    assert client.asked[2][-1]["content"][0]["content"] == (
        "there is no tool delegate; you have escalate, finish, read_facts, record_fact, shop__get_order"
    )


async def test_a_circle_of_hand_offs_ends_with_a_person(ledger: PostgresLedger) -> None:
    back = [use("hand_off", n, to=("clerk", "desk")[n % 2], ask="you do it") for n in range(8)]
    at_work = team(agent("desk", hand_off_to=["clerk"]), agent("clerk", hand_off_to=["desk"]))
    report = await work(ledger, ScriptedClient(*back), at_work)
    assert report.person_needed is not None
    assert report.person_needed.reason == "no_progress"


async def test_agreement_of_samples_is_the_confidence_that_counts(ledger: PostgresLedger) -> None:
    at_work = team(agent("desk", confidence={"method": "samples", "samples": 4}))
    other = use("finish", summary="no", confidence=0.99, decision="refuse it")
    same = use("finish", summary="other words", confidence=0.7, decision="refund  it")
    client = ScriptedClient(DONE, same, other, use("escalate", summary="?"))
    report = await work(ledger, client, at_work)
    assert report.person_needed is not None
    assert report.person_needed.reason == "low_confidence"
    [assessed] = await payloads(ledger, "confidence.assessed")
    assert (assessed["value"], assessed["stated"], assessed["agreeing"]) == (0.5, 0.95, 2)
    assert assessed["detail"] == "others decided: escalate; finish refuse it"


@pytest.mark.parametrize(
    ("verdict", "outcome", "value"),
    [
        (use("verdict", correct=0.9, why="all established"), "completed", 0.9),
        (use("verdict", correct=0.3, why="no such order"), "escalated", 0.3),
        (use("finish", summary="?", confidence=1), "escalated", 0.0),
    ],
)
async def test_another_model_may_judge_the_work(
    ledger: PostgresLedger, verdict: Any, outcome: str, value: float
) -> None:
    at_work = team(agent("desk", confidence={"method": "verifier", "verifier": "coordinator"}))
    report = await work(ledger, ScriptedClient(DONE, verdict), at_work)
    assert (report.outcome, report.confidence, report.confidence_method) == (outcome, value, "verifier")
    [_, intended] = await payloads(ledger, "model_call.intended")
    assert intended["role"] == "coordinator"


async def test_a_killed_run_goes_on_from_facts_delegations_and_samples(ledger: PostgresLedger) -> None:
    """At whatever answer the worker dies, the next one repeats nothing that is recorded."""
    script = [
        use("record_fact", 1, key="order", value="BL-1"),
        use("delegate", 2, to="counter", ask="how many?"),
        use("shop__get_order", 3, order_number="BL-1"),
        use("finish", 4, summary="counted", answer="three", confidence=0.9),
        use("hand_off", 5, to="clerk", ask="close it"),
        DONE,
        DONE,
        DONE,
    ]
    at_work = team(
        agent("desk", delegate_to=["counter"], hand_off_to=["clerk"]),
        agent("counter"),
        agent("clerk", confidence={"method": "samples", "samples": 3}),
    )
    tools = ScriptedTools(ledger, shop__get_order=ToolOutcome("ok", "three"))
    for answers in range(1, len(script)):
        dying = ScriptedClient(script[answers - 1], asyncio.CancelledError())
        with pytest.raises(asyncio.CancelledError):
            await work(ledger, dying, at_work, tools)
    report = await work(ledger, ScriptedClient(script[-1]), at_work, tools)
    assert report.outcome == "completed"
    assert report.confidence == 1.0
    assert len(tools.calls) == 1
    assert len([p for p in await payloads(ledger, "model_call.settled") if p["status"] == "ok"]) == len(
        script
    )
    for kind, times in (
        ("fact.recorded", 1),
        ("delegation.made", 1),
        ("delegation.answered", 1),
        ("handoff.made", 1),
        ("confidence.assessed", 1),
    ):
        assert len(await payloads(ledger, kind)) == times
