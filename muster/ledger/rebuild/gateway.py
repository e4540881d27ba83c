"""Approvals, outside clients and what nobody vouches for, as the record explains them."""

from decimal import Decimal

from muster.ledger.events import (
    AnyEvent,
    ApprovalDecided,
    ApprovalRequested,
    ApprovalUsed,
    ClientGranted,
    ClientRevoked,
    ToolCallIntended,
    ToolCallSettled,
)
from muster.ledger.rebuild.rows import Entry, State
from muster.ledger.tables import approvals, calls_made_once, clients, commitments, written_values

_DECIDED = {"approve": "approved", "edit": "approved", "reject": "rejected", "expire": "expired"}


def fold_gateway(state: State, entry: Entry, event: AnyEvent) -> None:
    """Carry the event over into approvals, clients and written values."""
    at = entry.happened_at
    match event:
        case ApprovalRequested():
            _requested(state, entry, event)
        case ApprovalDecided():
            state.change(
                approvals,
                event.approval_id,
                status=_DECIDED[event.decision],
                decided_at=at,
                decided_by=entry.actor,
                note=event.note,
            )
        case ApprovalUsed():
            state.change(approvals, event.approval_id, status="used", used_at=at, call_id=event.call_id)
        case ClientGranted():
            row = {
                "client": event.client,
                "owner": event.owner,
                "tier": event.tier,
                "phase": event.phase,
                "tools": list(event.tools),
                "version": event.version,
                "status": "active",
                "granted_at": at,
            }
            state.put(clients, row)
        case ClientRevoked():
            state.change(clients, event.client, status="revoked")
        case ToolCallIntended():
            _written(state, event)
            _committed(state, entry, event)
            if event.once and entry.run_id is not None:
                state.put(calls_made_once, {"run_id": entry.run_id, "call_id": event.call_id})
        case ToolCallSettled(status="tool_error"):
            for payee in state.payees.pop(event.intent_id or "", ()):
                state.change(commitments, event.intent_id, payee, declined=True)
        case _:
            pass


def _requested(state: State, entry: Entry, event: ApprovalRequested) -> None:
    row = {
        "approval_id": event.approval_id,
        "call_id": event.call_id,
        "call_sha256": event.call_sha256,
        "task_id": entry.task_id,
        "run_id": entry.run_id,
        "team": entry.team,
        "agent": entry.agent,
        "tool": event.tool,
        "arguments": event.arguments,
        "rules": list(event.rules),
        "reasons": list(event.reasons),
        "origins": event.origins,
        "summary": event.summary,
        "amount": None if event.amount is None else Decimal(event.amount),
        "currency": event.currency,
        "status": "open",
        "requested_at": entry.happened_at,
        "expires_at": event.expires_at,
        "decided_at": None,
        "decided_by": None,
        "note": None,
        "used_at": None,
    }
    state.put(approvals, row)


def _written(state: State, event: ToolCallIntended) -> None:
    server = event.tool.partition("__")[0]
    for value_sha256 in event.unvouched_sha256:
        state.put(written_values, {"server": server, "value_sha256": value_sha256})


def _committed(state: State, entry: Entry, event: ToolCallIntended) -> None:
    money = event.commits
    if money is None:
        return
    state.payees[entry.event_id] = money.payees or ("",)
    for payee in state.payees[entry.event_id]:
        row = {
            "intent_id": entry.event_id,
            "payee": payee,
            "agent": f"{entry.team}/{entry.agent}",
            "payment": money.payment or entry.event_id,
            "amount": Decimal(money.amount),
            "currency": money.currency,
            "approved": event.approval_id is not None,
            "declined": False,
            "committed_at": entry.happened_at,
        }
        state.put(commitments, row)
