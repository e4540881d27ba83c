"""The queue, quarantine and escalations, as the record explains them."""

from typing import get_args

from muster.ledger.events import (
    AnyEvent,
    EscalationAnswered,
    EscalationRaised,
    MessageQuarantined,
    MessageRequeued,
    Priority,
    RunStarted,
    TaskEnded,
    TaskLeased,
    TaskParked,
    TaskQueued,
    TaskReleased,
    TaskWoken,
)
from muster.ledger.rebuild.rows import Entry, State, unless_missing
from muster.ledger.tables import escalations, quarantine, tasks

_RANKS = {priority: rank for rank, priority in enumerate(get_args(Priority))}


def fold_work(state: State, entry: Entry, event: AnyEvent) -> None:
    """Carry the event over into the queue, quarantine and escalations."""
    at = entry.happened_at
    match event:
        case TaskQueued():
            _queued(state, entry, event)
        case TaskLeased():
            state.change(
                tasks,
                entry.task_id,
                status="working",
                lease_owner=event.worker,
                lease_until=at,
                attempts=event.attempt,
                ready_at=None,
                updated_at=at,
            )
        case RunStarted():
            state.change(tasks, entry.task_id, run_id=entry.run_id, updated_at=at)
        case TaskReleased():
            state.change(
                tasks,
                entry.task_id,
                status="queued",
                lease_owner=None,
                lease_until=None,
                ready_at=event.ready_at,
                updated_at=at,
            )
        case TaskParked():
            state.change(
                tasks,
                entry.task_id,
                status="waiting",
                lease_owner=None,
                lease_until=None,
                waiting_for=event.waiting_for,
                updated_at=at,
            )
        case TaskWoken():
            state.change(tasks, entry.task_id, status="queued", waiting_for=None, updated_at=at)
        case TaskEnded():
            state.change(
                tasks,
                entry.task_id,
                status=event.status,
                lease_owner=None,
                lease_until=None,
                updated_at=at,
                ended_at=at,
            )
        case MessageQuarantined():
            _quarantined(state, entry, event)
        case MessageRequeued():
            state.change(quarantine, event.quarantine_id, status="requeued", requeued_at=at)
        case EscalationRaised():
            _escalated(state, entry, event)
        case EscalationAnswered():
            state.change(escalations, event.escalation_id, status="answered")
        case _:
            pass


def _queued(state: State, entry: Entry, event: TaskQueued) -> None:
    row = {
        "task_id": entry.task_id,
        "source": event.source,
        "external_id": event.external_id,
        "team": entry.team,
        "channel": event.channel,
        "priority": _RANKS[event.priority],
        "title": event.title,
        "content": unless_missing(event.content),
        "status": "queued",
        "attempts": 0,
        "lease_owner": None,
        "lease_until": None,
        "run_id": None,
        "created_at": entry.happened_at,
        "updated_at": entry.happened_at,
        "ended_at": None,
        "ready_at": None,
        "waiting_for": None,
        "transaction_type": event.transaction_type,
    }
    state.put(tasks, row)


def _quarantined(state: State, entry: Entry, event: MessageQuarantined) -> None:
    """A message is kept, or was looked at again and stays with a new reason."""
    if state.find(quarantine, event.quarantine_id) is not None:
        state.change(quarantine, event.quarantine_id, reason=event.reason)
        return
    row = {
        "quarantine_id": event.quarantine_id,
        "channel": event.channel,
        "source": event.source,
        "name": unless_missing(event.name),
        "reason": event.reason,
        "raw_sha256": unless_missing(event.raw_sha256),
        "status": "quarantined",
        "created_at": entry.happened_at,
        "requeued_at": None,
    }
    state.put(quarantine, row)


def _escalated(state: State, entry: Entry, event: EscalationRaised) -> None:
    row = {
        "escalation_id": event.escalation_id,
        "task_id": entry.task_id,
        "run_id": entry.run_id,
        "team": entry.team,
        "agent": entry.agent,
        "reason": event.reason,
        "package": {key: value for key, value in entry.payload.items() if key != "escalation_id"},
        "status": "open",
        "raised_at": entry.happened_at,
        "sla_due_at": event.sla_due_at,
    }
    state.put(escalations, row)
