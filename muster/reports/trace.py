"""A task as a tree: what happened, in order, with times and costs."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich.markup import escape
from rich.tree import Tree

from muster.ledger.events import UnknownEvent, read_event

Body = dict[str, Any]

_LONGEST = 160
_HIDDEN = frozenset({"model_call.intended", "tool_call.intended"})
"""Shown only when no outcome followed."""


def trace_tree(events: Sequence[Body]) -> Tree:
    """A tree of one task's events, one branch an agent, times since arrival.

    Args:
        events: bodies as `LedgerReader.task_events` gives them, in order; at least one.
    """
    began_at = _at(events[0])
    settled = {event["payload"].get("call_id") for event in events if event["kind"] not in _HIDDEN}
    cost = sum((Decimal(event["cost_usd"]) for event in events if event["cost_usd"]), Decimal(0))
    sources = {event["model_source"] for event in events if event["model_source"]}
    last = next((event for event in reversed(events) if event["kind"] == "task.ended"), events[-1])
    root = Tree(
        f"[bold]{events[0]['task_id']}[/] team {events[0]['team']} · {_seconds(began_at, last)} s · "
        f"{cost:.6f} USD · model: {', '.join(sorted(sources)) or 'none'}"
    )
    branch, agent = root, None
    for event in events:
        if event["kind"] in _HIDDEN and event["payload"].get("call_id") in settled:
            continue
        if event["agent"] and event["agent"] != agent:
            agent = event["agent"]
            branch = root.add(f"[bold cyan]{agent}[/]")
        if not event["agent"]:  # whatever an agent does after it stands below it
            branch, agent = root, None
        spent = Decimal(event["cost_usd"] or 0)
        price = f"  [green]{spent:.6f} USD[/]" if spent else ""
        branch.add(f"[dim]{_seconds(began_at, event):>8} s[/] {escape(event_line(event))}{price}")
    return root


def event_line(event: Body) -> str:
    """What one event says, in a line of at most 160 characters."""
    read = read_event(event)
    if isinstance(read, UnknownEvent):
        return f"{read.kind}: not known to this version of muster"
    tell = _TELL.get(read.kind)
    text = tell(read.model_dump(mode="json")) if tell else read.kind
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _model_call(payload: Body) -> str:
    if payload["status"] == "error":
        return f"model {payload['model']}: {payload['error_type']} after {payload['latency_ms']} ms"
    used = sum(
        payload[key] for key in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    )
    wants = [block["name"] for block in payload["response"] or () if block["type"] == "tool_use"]
    return (
        f"model {payload['model']}: {', '.join(wants) or payload['stop_reason']} "
        f"({used} in, {payload['cache_read_input_tokens']} cached, {payload['output_tokens']} out, "
        f"{payload['latency_ms']} ms)"
    )


def _escalation(payload: Body) -> str:
    proposed = f"; proposed: {payload['proposed_action']}" if payload["proposed_action"] else ""
    return f"ESCALATED {payload['reason']}: {payload['detail']}{proposed}"


def _noted(payload: Body) -> str:
    return f" ({payload['note']})" if payload["note"] else ""


_TELL: dict[str, Callable[[Body], str]] = {
    "task.queued": lambda p: f"arrived by {p['channel']}, priority {p['priority']}: {p['title']}",
    "task.duplicated": lambda p: f"the same message came again by {p['channel']}",
    "task.leased": lambda p: f"taken by {p['worker']}, attempt {p['attempt']}",
    "task.released": lambda p: f"given back by {p['worker']}: {p['reason']}",
    "task.parked": lambda p: f"waits for {p['waiting_for']}: {p['reason']}",
    "task.woken": lambda p: f"has waited for {p['waited_for']} and goes on: {p['reason']}",
    "task.lease_expired": lambda p: f"{p['worker']} went silent",
    "run.started": lambda p: f"run started with {p['entry_agent']}, team version {p['team_version']}",
    "model_call.intended": lambda p: f"model {p['model']}: asked, no answer recorded",
    "model_call.settled": _model_call,
    "tool_call.intended": lambda p: f"tool {p['tool']}: begun, no outcome recorded",
    "tool_call.settled": lambda p: f"tool {p['tool']}: {p['status']} ({p['latency_ms']} ms)",
    "tool_call.refused": lambda p: f"tool {p['tool']}: {p['verdict']} by {p['rule']}: {p['reason']}",
    "model_call.refused": lambda p: f"model {p['model']}: refused by {p['rule']}: {p['reason']}",
    "intent.abandoned": lambda p: f"{p['act']} call: given up, no outcome recorded",
    "approval.requested": lambda p: f"waits for a person: {p['summary']}",
    "approval.decided": lambda p: f"person decided: {p['decision']}{_noted(p)}",
    "approval.used": lambda p: f"goes ahead on the word given for {p['approval_id']}",
    "client.granted": lambda p: f"client {p['client']} of {p['owner']} may use {', '.join(p['tools'])}",
    "client.revoked": lambda p: f"client {p['client']} may do nothing any more: {p['reason']}",
    "token.issued": lambda p: f"client {p['client']} got a token for {p['label']}",
    "token.revoked": lambda p: f"a token of client {p['client']} was ended: {p['reason']}",
    "model_call.batched": lambda p: f"model {p['model']}: put into batch {p['batch_id']}",
    "answer.rejected": lambda p: f"answer sent back ({p['error_class']}): {p['problem']}",
    "fact.recorded": lambda p: f"fact {p['key']} = {p['value']} (from {p['source']})",
    "delegation.made": lambda p: f"asks {p['to_agent']}: {p['ask']}",
    "delegation.answered": lambda p: f"{p['from_agent']} {p['outcome']}: {p['summary']}",
    "confidence.assessed": lambda p: f"confidence {p['value']:.2f} by {p['method']}",
    "handoff.made": lambda p: f"hands over to {p['to_agent']}: {p['ask']}",
    "escalation.raised": _escalation,
    "escalation.answered": lambda p: f"person {p['outcome']} it: {p['answer']}",
    "agent.draining": lambda p: f"{p['who']} takes nothing new: {p['reason']}",
    "agent.resumed": lambda p: f"{p['who']} may act again: {p['reason']}",
    "agent.paused": lambda p: f"{p['who']} paused: {p['reason']}",
    "budget.threshold_crossed": lambda p: f"{p['percent']} % of the budget of {p['scope']} are used",
    "run.ended": lambda p: f"run {p['outcome']}: {p['summary']}",
    "task.ended": lambda p: f"task {p['status']}",
    "task.confirmed": lambda p: f"{p['said_by']} says the result held{_noted(p)}",
    "task.reopened": lambda p: f"not done after all, known by {p['known_by']}: {p['reason']}",
    "outcome.scored": lambda p: (
        "scored " + ("correct" if p["correct"] else f"wrong: {'; '.join(p['mistakes'])}")
    ),
}


def _at(event: Body) -> datetime:
    return datetime.fromisoformat(event["happened_at"])


def _seconds(began_at: datetime, event: Body) -> str:
    return f"{(_at(event) - began_at).total_seconds():.3f}"
