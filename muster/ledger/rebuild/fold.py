"""The present as a fold over the record, one event at a time."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from muster.ledger.events import AnyEvent, UnknownEvent, read_event
from muster.ledger.events.closed_set import KINDS
from muster.ledger.rebuild.gateway import fold_gateway
from muster.ledger.rebuild.money import fold_money
from muster.ledger.rebuild.rows import Entry, State
from muster.ledger.rebuild.work import fold_work
from muster.ledger.rebuild.workforce import fold_workforce
from muster.ledger.tables import run_heads


def fold_tool_call(state: State, entry: Entry, event: AnyEvent) -> None:
    """A call draws on budgets, and what it sends may be unvouched for."""
    fold_money(state, entry, event)
    fold_gateway(state, entry, event)


_FOLDS: dict[str, Callable[[State, Entry, AnyEvent], None]] = {
    "task.queued": fold_work,
    "task.leased": fold_work,
    "task.released": fold_work,
    "task.parked": fold_work,
    "task.woken": fold_work,
    "task.ended": fold_work,
    "run.started": fold_work,
    "message.quarantined": fold_work,
    "message.requeued": fold_work,
    "escalation.raised": fold_work,
    "escalation.answered": fold_work,
    "team.deployed": fold_workforce,
    "prompt.added": fold_workforce,
    "prompt.activated": fold_workforce,
    "policy.changed": fold_workforce,
    "phase.changed": fold_workforce,
    "tool.pinned": fold_workforce,
    "agent.paused": fold_workforce,
    "agent.draining": fold_workforce,
    "agent.resumed": fold_workforce,
    "model_call.intended": fold_money,
    "model_call.settled": fold_money,
    "tool_call.intended": fold_tool_call,
    "tool_call.settled": fold_tool_call,
    "intent.abandoned": fold_money,
    "budget.threshold_crossed": fold_money,
    "approval.requested": fold_gateway,
    "approval.decided": fold_gateway,
    "approval.used": fold_gateway,
    "client.granted": fold_gateway,
    "client.revoked": fold_gateway,
}
"""What each kind changes; the kinds that are not here change nothing that is rebuilt."""


def fold(state: State, seq: int, body: str) -> None:
    """Carry one recorded event over into `state`; events must come in the order of recording."""
    state.events += 1
    state.through_seq = seq
    event: dict[str, Any] = orjson.loads(body)
    if event["run_id"] is not None:
        _chain(state, event["run_id"], body)
    kind = event["kind"]
    change = _FOLDS.get(kind)
    if change is None:
        if kind not in KINDS:
            state.unread[kind] = state.unread.get(kind, 0) + 1
        return
    read = read_event(event)
    if isinstance(read, UnknownEvent):
        state.unread[kind] = state.unread.get(kind, 0) + 1
        return
    change(state, _entry(seq, event), read)


def _entry(seq: int, event: dict[str, Any]) -> Entry:
    return Entry(
        seq=seq,
        event_id=event["event_id"],
        task_id=event["task_id"],
        run_id=event["run_id"],
        team=event["team"],
        agent=event["agent"],
        actor=event["actor"],
        happened_at=datetime.fromisoformat(event["happened_at"]),
        cost_usd=Decimal(event["cost_usd"] or 0),
        payload=event["payload"],
    )


def _chain(state: State, run_id: str, body: str) -> None:
    """Lengthen the run's chain: SHA-256(previous chain || SHA-256(body))."""
    link = hashlib.sha256(body.encode()).digest()
    head = state.find(run_heads, run_id)
    place, chain = (head["run_seq"], head["chain_sha256"]) if head else (0, b"")
    row = {
        "run_id": run_id,
        "run_seq": place + 1,
        "chain_sha256": hashlib.sha256(chain + link).digest(),
        "body_sha256": link,
    }
    state.put(run_heads, row)
