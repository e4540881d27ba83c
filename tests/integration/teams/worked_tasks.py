"""Ended tasks in a real ledger, with as much of their events as evidence about an agent is made from."""

from datetime import UTC, datetime
from itertools import count

from muster.ledger.events import (
    AnswerRejected,
    AnyEvent,
    EscalationRaised,
    EventContext,
    ModelCallIntended,
    ModelCallSettled,
    OutcomeScored,
    ToolCallIntended,
    ToolCallRefused,
    ToolCallSettled,
)
from muster.ledger.postgres import PostgresLedger

_numbers = count(1)
ASKED = ModelCallIntended(
    call_id="m",
    role="specialist",
    model="claude-sonnet-5-5",
    request_sha256="",
    prompt_version=1,
    estimated_cost_usd="0",
)
ANSWERED = ModelCallSettled(call_id="m", model="claude-sonnet-5-5", status="ok", latency_ms=1, response=[])
MODEL_FAILED = ANSWERED.model_copy(update={"status": "error", "response": None})
REJECTED = AnswerRejected(error_class="broken_json", problem="no", attempt=1)
REFUND = ToolCallIntended(
    call_id="t", tool="shop__issue_refund", effect="money", arguments={}, arguments_sha256=""
)
READ = REFUND.model_copy(update={"tool": "shop__get_order", "effect": "read"})
TOOL_FAILED = ToolCallSettled(call_id="t", tool="shop__issue_refund", status="tool_error", latency_ms=1)
DENIED = ToolCallRefused(
    call_id="t", tool="shop__delete", verdict="deny", rule="grant", reason="no", arguments={}
)
PAUSED = DENIED.model_copy(update={"rule": "live_run"})
HELD = DENIED.model_copy(update={"verdict": "needs_approval", "rule": "phase"})
UNCERTAIN = EscalationRaised(
    escalation_id="esc_1",
    reason="uncertain_side_effect",
    detail="",
    summary="",
    sla_due_at=datetime(2030, 1, 1, tzinfo=UTC),
)
RIGHT = OutcomeScored(scorer="test", correct=True, expected="completed", actual="completed")
WRONG = RIGHT.model_copy(update={"correct": False, "actual": "escalated"})


async def worked(
    ledger: PostgresLedger,
    tasks: int,
    *steps: AnyEvent,
    agent: str = "clerk",
    source: str = "claude",
    status: str = "completed",
    verdicts: tuple[OutcomeScored, ...] = (RIGHT,),
) -> list[str]:
    """Let the support team's `agent` have worked on so many tasks; gives their ids."""
    ids = []
    for _ in range(tasks):
        number = next(_numbers)
        task_id, run_id = f"tsk_{number}", f"run_{number}"
        ids.append(task_id)
        at_work = EventContext(
            actor=f"agent:support/{agent}",
            task_id=task_id,
            run_id=run_id,
            team="support",
            agent=agent,
            model_source=source,
        )
        # the gateway knows nothing of models
        at_gate = EventContext(
            actor=at_work.actor, task_id=task_id, run_id=run_id, team="support", agent=agent
        )
        async with ledger.transaction() as transaction:
            for step in (ASKED, ANSWERED, *steps):
                await transaction.append(step, at_work if step.kind.startswith("model") else at_gate)
            for verdict in verdicts:
                scorer = EventContext(actor="service:scorer", task_id=task_id, run_id=run_id, team="support")
                await transaction.append(verdict, scorer)
            await transaction.connection.execute(
                "INSERT INTO state.tasks (task_id, source, external_id, team, channel, priority, title,"
                " content, status, run_id, created_at, updated_at, ended_at)"
                " VALUES (%(id)s, 'test', %(id)s, 'support', 'mail', 1, '', '{}', %(status)s, %(run)s,"
                " %(now)s, %(now)s, clock_timestamp())",
                {"id": task_id, "run": run_id, "status": status, "now": transaction.now},
            )
    return ids
