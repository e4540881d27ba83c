"""Agents and teams are halted at their next intent, and act again when somebody or a new day says so."""

from datetime import timedelta
from decimal import Decimal

import pytest

from muster.ledger.errors import AgentPausedError, NothingPausedError
from muster.ledger.events import EventContext, ToolCallIntended
from muster.ledger.pauses import pause, pauses, resume, resume_those_due
from muster.ledger.postgres import PostgresLedger

WHERE = EventContext(
    actor="agent:support/desk", team="support", agent="desk", run_id="run_1", task_id="tsk_1"
)
ME = "person:jo@example.com"


async def act(ledger: PostgresLedger) -> None:
    intended = ToolCallIntended(call_id="c", tool="t", effect="read", arguments={}, arguments_sha256="")
    await ledger.intend(intended, WHERE, reserve_usd=Decimal(0))


async def test_a_paused_agent_stands_still_until_a_person_resumes_it(ledger: PostgresLedger) -> None:
    await pause(ledger, "support/desk", "odd answers", ME)
    with pytest.raises(AgentPausedError):
        await act(ledger)
    await resume(ledger, "support/desk", "prompt mended", ME)
    await act(ledger)
    rows = await ledger.fetch("SELECT kind, actor, team, agent FROM ledger.events ORDER BY seq")
    assert [row["kind"] for row in rows] == ["agent.paused", "agent.resumed", "tool_call.intended"]
    assert (rows[0]["actor"], rows[0]["team"], rows[0]["agent"]) == (ME, "support", "desk")


async def test_a_paused_team_halts_all_its_agents(ledger: PostgresLedger) -> None:
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            "INSERT INTO state.teams (team, active_version) VALUES ('support', 1)"
        )
    await pause(ledger, "support", "holiday", ME)
    with pytest.raises(AgentPausedError) as refusal:
        await act(ledger)
    assert refusal.value.who == "support"


async def test_a_pause_with_an_end_is_over_then_and_is_cleared_away(ledger: PostgresLedger) -> None:
    await pause(ledger, "support/desk", "budget", ME, until=ledger.clock.now() - timedelta(seconds=1))
    await act(ledger)
    assert [one.who for one in await pauses(ledger)] == ["support/desk"]
    assert await resume_those_due(ledger) == ["support/desk"]
    assert await pauses(ledger) == []


async def test_pausing_nobody_and_resuming_who_acts_say_so(ledger: PostgresLedger) -> None:
    with pytest.raises(NothingPausedError, match="no team"):
        await pause(ledger, "nobody", "?", ME)
    with pytest.raises(NothingPausedError, match="not paused"):
        await resume(ledger, "support/desk", "?", ME)
    assert await ledger.fetch("SELECT 1 FROM ledger.events") == []
