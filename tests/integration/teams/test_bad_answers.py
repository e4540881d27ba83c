"""Every way a model's answer can be wrong ends as the standard says, over real HTTP with the real SDK."""

import pytest

from muster.gateway.client import ToolOutcome
from muster.ledger.postgres import PostgresLedger
from muster.models.claude import ClaudeClient
from muster.models.door import ModelDoor
from muster.models.governance import ModelTableFile
from muster.teams.ending import RunReport
from muster.teams.run import work_on
from tests.integration.teams.messages_server import (
    MessagesServer,
    Reply,
    cut_off_tool,
    huge,
    nothing,
    refuses,
    says,
    uses,
    uses_with,
)
from tests.integration.teams.scripted import (
    POLICIES,
    ScriptedClient,
    ScriptedTools,
    agent,
    bench,
    task,
    team,
)

DONE = uses("finish", summary="answered", confidence=0.95)
FOUND = ToolOutcome("ok", '{"status": "shipped"}')
TOO_FAR = {"summary": "done", "confidence": 7}


async def work(ledger: PostgresLedger, *replies: Reply) -> tuple[RunReport, MessagesServer]:
    """The end of a run whose model gives these replies."""
    with MessagesServer(*replies) as server:
        client = ClaudeClient(api_key="any", base_url=server.url, source="scripted")
        try:
            at_work = bench(ledger, ScriptedClient(), ScriptedTools(ledger, shop__get_order=FOUND))
            door = ModelDoor(ledger, ModelTableFile(POLICIES / "models.yaml"), client)
            at_work = type(at_work)(
                ledger,
                door,
                at_work.tools,
                at_work.standard,
                at_work.policies,
                at_work.prompts,
                at_work.chance,
            )
            desk = agent("desk", hand_off_to=["clerk"])
            return await work_on(at_work, team(desk, agent("clerk")), task(), "run_1"), server
        finally:
            await client.close()


@pytest.mark.parametrize(
    ("error_class", "bad", "times"),
    [
        ("unknown_tool", uses("teleport", parcel=1), 3),
        ("broken_json", uses_with("shop__get_order", '{"order": '), 3),
        ("broken_json", uses_with("shop__get_order", ["BL-1"]), 3),
        ("empty_answer", nothing(), 3),
        ("empty_answer", says("I think it is done."), 3),
        ("oversized_answer", huge(200_000), 2),
        ("truncated", cut_off_tool("shop__get_order", order_number="BL"), 2),
        ("refusal", refuses(), 1),
        ("invalid_arguments", uses("hand_off", to="nobody", ask="do it"), 3),
        ("invalid_arguments", uses_with("finish", TOO_FAR), 3),
    ],
)
async def test_an_answer_that_cannot_be_used(
    ledger: PostgresLedger, error_class: str, bad: Reply, times: int
) -> None:
    """The model is told and asked again; at the standard's last attempt a person gets the task."""
    report, server = await work(ledger, *[bad] * times)
    assert report.outcome == "escalated"
    assert report.person_needed is not None
    assert report.person_needed.reason == ("refusal" if error_class == "refusal" else "broken_answer")
    assert error_class in report.person_needed.detail
    assert len(server.asked) == times
    rejected = await ledger.fetch(
        "SELECT body::jsonb -> 'payload' AS told FROM ledger.events"
        " WHERE kind = 'answer.rejected' ORDER BY seq"
    )
    assert [(row["told"]["error_class"], row["told"]["attempt"]) for row in rejected] == [
        (error_class, attempt) for attempt in range(1, times + 1)
    ]


@pytest.mark.parametrize(
    "bad",
    [
        uses("teleport"),
        uses_with("shop__get_order", "not json"),
        nothing(),
        says("Done!"),
        huge(200_000),
        cut_off_tool("shop__get_order"),
        uses("hand_off", to="nobody", ask="x"),
    ],
)
async def test_a_model_that_mends_its_answer_goes_on(ledger: PostgresLedger, bad: Reply) -> None:
    report, server = await work(ledger, bad, DONE)
    assert report.outcome == "completed"
    second = server.asked[1]["messages"]
    assert len(second) == 3
    assert len(str(second)) < 20_000
    inputs = [block["input"] for block in second[1]["content"] if block["type"] == "tool_use"]
    assert all(isinstance(given, dict) for given in inputs)


async def test_an_endless_loop_is_broken(ledger: PostgresLedger) -> None:
    loop = [uses("shop__get_order", f"toolu_{number}", order_number="BL-1") for number in range(9)]
    report, server = await work(ledger, *loop)
    assert report.person_needed is not None
    assert report.person_needed.reason == "no_progress"
    assert len(server.asked) == 3
