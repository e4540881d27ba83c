"""What a moment of a task says about itself on a span: closed words and numbers, never free text."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from muster.exports.span_content import short

SAFE: Final[dict[str, tuple[str, ...]]] = {
    "answer.rejected": ("error_class", "attempt"),
    "approval.decided": ("approval_id", "decision", "attention_seconds"),
    "approval.requested": ("approval_id", "call_id", "tool", "rules"),
    "approval.used": ("approval_id", "call_id"),
    "budget.threshold_crossed": ("scope", "period", "percent"),
    "confidence.assessed": ("method", "value", "samples", "agreeing"),
    "delegation.answered": ("delegation_id", "from_agent", "to_agent", "outcome", "confidence"),
    "delegation.made": ("delegation_id", "from_agent", "to_agent", "depth"),
    "escalation.answered": ("escalation_id", "outcome", "attention_seconds", "context_rating"),
    "escalation.raised": ("escalation_id", "reason", "confidence", "standard", "sla_due_at"),
    "handoff.made": ("from_agent", "to_agent"),
    "intent.abandoned": ("call_id", "act"),
    "model_call.batched": ("call_id", "batch_id", "model"),
    "model_call.refused": ("call_id", "role", "model", "rule"),
    "outcome.scored": ("scorer", "correct"),
    "run.ended": ("outcome", "confidence", "confidence_method", "standard", "duration_ms"),
    "run.started": ("entry_agent", "team_version", "attempt", "standard"),
    "task.confirmed": (),
    "task.duplicated": ("channel",),
    "task.ended": ("status",),
    "task.lease_expired": ("attempt",),
    "task.leased": ("attempt",),
    "task.parked": ("attempt", "waiting_for"),
    "task.queued": ("channel", "priority"),
    "task.released": ("attempt",),
    "task.reopened": ("known_by", "follow_up"),
    "task.woken": ("waited_for",),
    "tool_call.refused": ("call_id", "tool", "verdict", "rule", "approval_id"),
}
"""By kind, what may leave without `--content`. Of a kind that is not here only the name leaves."""


def moment_attributes(
    kind: str, payload: Mapping[str, Any], *, content: bool
) -> dict[str, str | int | float | bool | list[str]]:
    """What an event says on a span; null values are left out.

    Args:
        content: everything it says, longer values as JSON text.
    """
    names = payload if content else [name for name in SAFE.get(kind, ()) if name in payload]
    return {f"muster.{name}": _value(payload[name]) for name in names if payload[name] is not None}


def _value(value: Any) -> str | int | float | bool | list[str]:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return short(value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return value
    return short(orjson.dumps(value).decode())
