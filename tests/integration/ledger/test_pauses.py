"""Agents and teams are halted at their next intent, and act again when somebody or a new day says so."""

from datetime import timedelta
from decimal import Decimal

import pytest
from psycopg.types.json import Jsonb

from muster.ledger.errors import AgentPausedError, NothingPausedError
from muster.ledger.events import EventContext, ToolCallIntended
from muster.ledger.pauses import (
    drain,
    must_know,
    pause,
    pauses,
    resume,
    resume_those_due,
    standings,
    until_drained,
)
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


async def a_team(ledger: PostgresLedger) -> None:
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            "INSERT INTO state.teams (team, active_version) VALUES ('support', 1)"
        )
        await transaction.connection.execute(
            "INSERT INTO state.team_versions VALUES ('support', 1, %s, '', now())",
            (Jsonb({"coordinator": "desk", "agents": [{"name": "desk"}, {"name": "clerk"}]}),),
        )


async def tasks(ledger: PostgresLedger, *rows: tuple[str, str, str | None]) -> None:
    """Tasks of support: their ids, states, and what they wait for."""
    async with ledger.transaction() as transaction:
        for task_id, status, waiting_for in rows:
            await transaction.connection.execute(
                """INSERT INTO state.tasks (task_id, source, external_id, team, channel, priority, title,
                content, status, waiting_for, run_id, lease_owner, lease_until, created_at, updated_at)
                VALUES (%(id)s, 's', %(id)s, 'support', 'mail', 1, 't', '{}', %(status)s, %(waits)s,
                'run_' || %(id)s, 'w1', now() + interval '1 minute', now(), now())""",
                {"id": task_id, "status": status, "waits": waiting_for},
            )


async def test_a_paused_fleet_halts_everybody(ledger: PostgresLedger) -> None:
    await pause(ledger, "fleet", "audit", ME)
    with pytest.raises(AgentPausedError) as refusal:
        await act(ledger)
    assert refusal.value.who == "fleet"
    await resume(ledger, "fleet", "audit is over", ME)
    await act(ledger)


@pytest.mark.parametrize("who", ["support/desk", "support", "fleet"])
async def test_who_drains_may_still_finish_what_is_in_hand(ledger: PostgresLedger, who: str) -> None:
    await a_team(ledger)
    await drain(ledger, who, "maintenance", ME)
    await act(ledger)
    assert await pauses(ledger) == []
    [standing] = [one for one in await standings(ledger) if one.who == who]
    assert (standing.status, standing.reason) == ("drained", "maintenance")
    await resume(ledger, who, "done", ME)
    kinds = [row["kind"] for row in await ledger.fetch("SELECT kind FROM ledger.events ORDER BY seq")]
    assert kinds == ["agent.draining", "tool_call.intended", "agent.resumed"]


async def test_resuming_queues_what_waited_for_it_and_nothing_else(ledger: PostgresLedger) -> None:
    await a_team(ledger)
    await tasks(
        ledger,
        ("tsk_1", "waiting", "support"),
        ("tsk_2", "waiting", "support/clerk"),
        ("tsk_3", "working", None),
    )
    await pause(ledger, "support", "holiday", ME)
    await pause(ledger, "support/clerk", "odd", ME)
    assert await resume(ledger, "support", "back", ME) == 1
    rows = await ledger.fetch("SELECT task_id, status, waiting_for FROM state.tasks ORDER BY task_id")
    assert [(row["task_id"], row["status"], row["waiting_for"]) for row in rows] == [
        ("tsk_1", "queued", None),
        ("tsk_2", "waiting", "support/clerk"),
        ("tsk_3", "working", None),
    ]
    [woken] = await ledger.fetch(
        "SELECT task_id, run_id, actor, body::jsonb -> 'payload' AS p FROM ledger.events"
        " WHERE kind = 'task.woken'"
    )
    assert (woken["task_id"], woken["run_id"], woken["actor"]) == ("tsk_1", "run_tsk_1", ME)
    assert woken["p"]["waited_for"] == "support"


async def test_the_standings_say_who_has_what_in_hand(ledger: PostgresLedger) -> None:
    await a_team(ledger)
    await tasks(
        ledger,
        ("tsk_1", "working", None),
        ("tsk_2", "working", None),
        ("tsk_3", "waiting", "support/clerk"),
    )
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            """INSERT INTO state.gateway_tokens (token_sha256, agent, team, run_id, policy_revision,
            issued_at, expires_at)
            VALUES ('x', 'clerk', 'support', 'run_tsk_1', '', now(), now() + interval '1 hour')"""
        )
    await drain(ledger, "support/clerk", "new prompt", ME)
    await drain(ledger, "support/desk", "new prompt", ME)
    found = {one.who: (one.status, one.in_hand, one.waiting) for one in await standings(ledger)}
    assert found == {
        "support": ("active", 2, 0),
        "support/clerk": ("draining", 1, 1),
        "support/desk": ("draining", 2, 0),
    }


async def test_a_dead_workers_task_is_in_nobodys_hand(ledger: PostgresLedger) -> None:
    await a_team(ledger)
    await tasks(ledger, ("tsk_1", "working", None))
    async with ledger.transaction() as transaction:
        await transaction.connection.execute("UPDATE state.tasks SET lease_until = now() - interval '1 s'")
    await drain(ledger, "support", "maintenance", ME)
    assert (await until_drained(ledger, "support")).status == "drained"


async def test_only_those_who_exist_are_known(ledger: PostgresLedger) -> None:
    await a_team(ledger)
    for who in ("fleet", "support", "support/clerk"):
        await must_know(ledger, who)
    for who in ("finance", "support/nobody", "fleet/desk"):
        with pytest.raises(NothingPausedError, match="there is no"):
            await must_know(ledger, who)
