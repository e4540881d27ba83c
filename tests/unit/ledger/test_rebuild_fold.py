"""What each event changes in the rebuilt present."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from muster.ledger import tables
from muster.ledger.events import (
    AgentPaused,
    AgentResumed,
    AnyEvent,
    ApprovalRequested,
    BudgetDraw,
    BudgetThresholdCrossed,
    ClientGranted,
    Commitment,
    EscalationAnswered,
    EscalationRaised,
    EventContext,
    IntentAbandoned,
    MessageQuarantined,
    ModelCallIntended,
    ModelCallSettled,
    PhaseChanged,
    PolicyChanged,
    PromptActivated,
    PromptAdded,
    TaskEnded,
    TaskLeased,
    TaskQueued,
    TaskReleased,
    TeamDeployed,
    ToolCallIntended,
    ToolPinned,
)
from muster.ledger.rebuild.fold import fold
from muster.ledger.rebuild.rows import (
    NOT_IN_THE_RECORD,
    NOT_REBUILT,
    REBUILT,
    UNKNOWN,
    Row,
    State,
    compared,
    name_of,
)
from muster.ledger.record import row

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
WHERE = EventContext(actor="service:test", task_id="tsk_1", run_id="run_1", team="support", agent="desk")
DRAW = BudgetDraw(scope="team:support", period="2026-11-21", limit_usd="5.000000", limit_calls=9)


class Record:
    """A record in memory, folded as it grows."""

    def __init__(self) -> None:
        self.state = State()
        self._places = count(1)

    def add(self, event: AnyEvent, cost_usd: str | None = None) -> str:
        """Record an event, a second after the one before, and give its id."""
        seq = next(self._places)
        at = START + timedelta(seconds=seq)
        cost = None if cost_usd is None else Decimal(cost_usd)
        columns = row(f"evt_{seq}", event, WHERE, at, cost)
        fold(self.state, seq, columns["body"])
        return f"evt_{seq}"

    def only(self, table: Any) -> Row:
        """The only row of a table."""
        [found] = self.state.rows[name_of(table)].values()
        return found


@pytest.fixture
def record() -> Record:
    return Record()


def queued() -> TaskQueued:
    return TaskQueued(
        source="shop",
        external_id="1",
        channel="webhook",
        priority="high",
        title="t",
        content_sha256="0",
        content={"text": "hi"},
    )


def asked(reserved: str = "0.500000") -> ModelCallIntended:
    return ModelCallIntended(
        call_id="mcl_1",
        role="r",
        model="m",
        prompt_version=1,
        request_sha256="0",
        estimated_cost_usd=reserved,
        reserved_usd=reserved,
        budgets=(DRAW,),
    )


def answered(intent_id: str | None) -> ModelCallSettled:
    return ModelCallSettled(call_id="mcl_1", intent_id=intent_id, model="m", status="ok", latency_ms=1)


def test_a_task_is_queued_taken_given_back_taken_and_ended(record: Record) -> None:
    record.add(queued())
    record.add(TaskLeased(worker="w1", attempt=1))
    record.add(TaskReleased(worker="w1", attempt=1, reason="away"))
    assert record.only(tables.tasks)["status"] == "queued"
    assert record.only(tables.tasks)["lease_owner"] is None
    record.add(TaskLeased(worker="w2", attempt=2))
    record.add(TaskEnded(status="completed", summary="done"))
    task = record.only(tables.tasks)
    assert (task["status"], task["attempts"], task["priority"]) == ("completed", 2, 0)
    assert task["created_at"] == START + timedelta(seconds=1)
    assert task["updated_at"] == task["ended_at"] == START + timedelta(seconds=5)


def test_an_open_intent_holds_back_what_it_reserved_and_its_outcome_books_the_cost(record: Record) -> None:
    intent_id = record.add(asked())
    budget = record.only(tables.budgets)
    assert (budget["reserved_usd"], budget["spent_usd"], budget["calls"]) == (Decimal("0.5"), 0, 1)
    assert (budget["limit_usd"], budget["limit_calls"]) == (Decimal(5), 9)
    record.add(answered(intent_id), cost_usd="0.2")
    assert (budget["reserved_usd"], budget["spent_usd"], budget["calls"]) == (0, Decimal("0.2"), 1)
    assert record.state.rows["ledger.open_intents"] == {}


def test_an_abandoned_intent_holds_back_nothing_and_its_late_outcome_still_counts(record: Record) -> None:
    intent_id = record.add(asked())
    record.add(IntentAbandoned(intent_id=intent_id, call_id="mcl_1", act="model", released_usd="0.500000"))
    budget, intent = record.only(tables.budgets), record.only(tables.open_intents)
    assert (budget["reserved_usd"], budget["calls"]) == (0, 1)
    assert (intent["reserved_usd"], intent["abandoned_at"]) == (0, START + timedelta(seconds=2))
    record.add(answered(intent_id), cost_usd="0.2")
    assert (budget["reserved_usd"], budget["spent_usd"]) == (0, Decimal("0.2"))


def test_an_outcome_that_does_not_name_its_intent_ends_the_latest_of_its_call(record: Record) -> None:
    first = record.add(asked("0.100000"))
    record.add(asked("0.200000"))
    record.add(answered(None), cost_usd="0.05")
    assert record.only(tables.open_intents)["event_id"] == first
    assert record.only(tables.budgets)["reserved_usd"] == Decimal("0.1")


def test_a_budget_remembers_the_highest_threshold_and_the_last_limits(record: Record) -> None:
    record.add(asked())
    for percent in (50, 80):
        record.add(
            BudgetThresholdCrossed(
                scope=DRAW.scope,
                period=DRAW.period,
                percent=percent,
                limit_usd="7.000000",
                spent_usd="5",
                limit_calls=None,
                calls=1,
            )
        )
    budget = record.only(tables.budgets)
    assert (budget["told_percent"], budget["limit_usd"], budget["limit_calls"]) == (80, Decimal(7), None)


def test_nobody_is_told_how_much_of_one_tasks_budget_is_used(record: Record) -> None:
    draw = BudgetDraw(scope="task:tsk_1", period="task", limit_usd="1.000000")
    record.add(asked().model_copy(update={"budgets": (draw,)}))
    assert record.only(tables.budgets)["told_percent"] == 100


def test_an_escalation_is_open_until_it_is_answered(record: Record) -> None:
    record.add(
        EscalationRaised(
            escalation_id="esc_1", reason="customer_asked", detail="d", summary="s", sla_due_at=START
        )
    )
    assert record.only(tables.escalations)["status"] == "open"
    assert "escalation_id" not in record.only(tables.escalations)["package"]
    record.add(EscalationAnswered(escalation_id="esc_1", outcome="resolved", answer="refunded"))
    assert record.only(tables.escalations)["status"] == "answered"


def test_agents_and_teams_are_paused_and_resumed(record: Record) -> None:
    record.add(TeamDeployed(version=1, manifest_sha256="0", agents=["desk"], manifest={}))
    for who in ("support", "support/desk", "nobody"):
        record.add(AgentPaused(who=who, reason="budget_out", paused_until=START))
    assert record.only(tables.teams)["status"] == "paused"
    assert record.only(tables.agents) == {
        "agent": "support/desk",
        "status": "paused",
        "reason": "budget_out",
        "paused_until": START,
    }
    record.add(AgentResumed(who="support/desk", reason="the limit was raised"))
    assert record.only(tables.agents)["status"] == "active"
    assert record.only(tables.agents)["paused_until"] is None


def test_a_changed_tool_remembers_what_was_agreed_to_until_it_is_accepted(record: Record) -> None:
    def pinned(version: int, *, active: bool, accepted: bool = False) -> ToolPinned:
        return ToolPinned(
            server="shop",
            tool="refund",
            definition_sha256=str(version),
            effect="money",
            status="active" if active else "quarantined",
            definition={"version": version},
            accepted=accepted,
        )

    record.add(pinned(1, active=True))
    record.add(pinned(2, active=False))
    record.add(pinned(3, active=False))
    assert record.only(tables.tool_registry)["previous_definition"] == {"version": 1}
    record.add(pinned(3, active=True, accepted=True))
    assert record.only(tables.tool_registry)["previous_definition"] is None
    assert record.only(tables.tool_registry)["definition"] == {"version": 3}


def test_what_an_older_record_does_not_say_stays_unknown(record: Record) -> None:
    record.add(PromptAdded(prompt_of="support/desk", version=1, sha256="0"))
    assert record.only(tables.prompt_versions)["text"] is UNKNOWN


def test_events_without_a_beginning_are_counted(record: Record) -> None:
    record.add(TaskLeased(worker="w", attempt=1))
    record.add(answered("evt_0"))
    assert record.state.beginnings_missing == 2


def test_a_known_kind_in_a_shape_this_version_cannot_read_is_counted() -> None:
    state = State()
    fold(state, 1, '{"kind":"task.leased","run_id":null,"payload":{"crew":["a","b"]}}')
    assert state.unread == {"task.leased": 1}


def test_a_rebuilt_row_has_every_column(record: Record) -> None:
    record.add(TeamDeployed(version=1, manifest_sha256="0", agents=[], manifest={}))
    record.add(PromptAdded(prompt_of="support/desk", version=1, sha256="0", text="t"))
    record.add(PromptActivated(prompt_of="support/desk", version=1, reason="r"))
    record.add(PolicyChanged(name="standard", version=1, sha256="0", text="t"))
    record.add(
        PhaseChanged(
            who="support/desk", phase="edge", previous="co-pilot", cause="person", reason="r", evidence={}
        )
    )
    record.add(AgentPaused(who="support/desk", reason="r"))
    record.add(
        ToolPinned(server="s", tool="t", definition_sha256="0", effect="read", status="active", definition={})
    )
    record.add(queued())
    record.add(
        MessageQuarantined(
            quarantine_id="qua_1", channel="mail", source="s", reason="r", size_bytes=1, name="n"
        )
    )
    record.add(
        EscalationRaised(escalation_id="e", reason="refusal", detail="d", summary="s", sla_due_at=START)
    )
    record.add(
        ApprovalRequested(
            approval_id="apr_1",
            call_id="c",
            tool="s__t",
            arguments={},
            arguments_sha256="0",
            call_sha256="0",
            rules=("sensitive",),
            reasons=("r",),
            summary="s",
        )
    )
    record.add(
        ClientGranted(client="c", owner="person:jo", tier="ingestion", phase="core", tools=(), version=1)
    )
    record.add(
        ToolCallIntended(
            call_id="c",
            tool="s__t",
            effect="write",
            arguments={},
            arguments_sha256="0",
            once=True,
            unvouched_sha256=("0",),
            commits=Commitment(amount="1", currency="EUR", payees=("p",)),
            budgets=(DRAW,),
        )
    )
    for table in REBUILT:
        assert set(record.only(table)) >= set(compared(table)), name_of(table)
        assert set(record.only(table)) <= {column.name for column in table.columns}, name_of(table)


def test_every_table_of_the_present_is_rebuilt_or_left_out_for_a_reason() -> None:
    present = {name_of(table) for table in tables.metadata.sorted_tables if table.schema == "state"}
    assert present - {name_of(table) for table in REBUILT} == set(NOT_REBUILT)
    known = {(name_of(table), column.name) for table in REBUILT for column in table.columns}
    assert set(NOT_IN_THE_RECORD) <= known
