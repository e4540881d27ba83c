"""One task, step by step: what happened when, how long it took and what it cost."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import orjson
import polars as pl

from muster.analysis.frames import COUNT, MOMENT, MONEY, TEXT, Column, FrameContract
from muster.analysis.tasks import APPROVAL

STEPS: Final = FrameContract(
    "steps",
    "step of one task, in order",
    (
        Column("step", COUNT, "from 1"),
        Column(
            "kind",
            TEXT,
            "`arrival`, `waiting for the system`, `waiting for a person`, `model call`, `tool call`, …",
        ),
        Column("what", TEXT, "model, tool, receiving agent, reason or state"),
        Column("agent", TEXT, "null when no agent acted"),
        Column("started_at", MOMENT, "UTC"),
        Column("ended_at", MOMENT, "UTC; equal to started_at for a moment; null without an outcome yet"),
        Column("offset_ms", COUNT, "milliseconds since the first step"),
        Column("duration_ms", COUNT, "milliseconds; null when there is no outcome"),
        Column("cost_usd", MONEY, "US dollars; null when the step costs nothing"),
        Column("outcome", TEXT, "`ok`, an error, a state, or `no outcome`; null where there is none to have"),
        Column("detail", TEXT, "one line in words; null when there is nothing to add"),
    ),
)
_CALLS: Final = {"model_call": "model call", "tool_call": "tool call"}
FOR_A_PERSON: Final = "waiting for a person"
FOR_THE_SYSTEM: Final = "waiting for the system"
_TAKEN_UP: Final = ("run.started", "task.ended")
_LONGEST: Final = 400
_Body = Mapping[str, Any]


def task_steps(events: Sequence[_Body]) -> pl.DataFrame:
    """The steps of a task from its whole events, as the ledger's reader gives them.

    An intent and its outcome are one step; an intent without one says `no outcome`. Waiting is a step too:
    in the queue until a run begins, and from being parked until being woken; its end is null while it lasts.
    Frame out: `Steps`.
    """
    settled = {
        event["payload"]["call_id"]: event for event in events if str(event["kind"]).endswith(".settled")
    }
    rows: list[dict[str, Any]] = []
    for place, event in enumerate(events):
        for row in (_step(event, settled), _wait(event, events[place + 1 :])):
            if row is not None:
                rows.append({**row, "step": len(rows) + 1})
    first = rows[0]["started_at"] if rows else None
    for row in rows:
        row["offset_ms"] = _milliseconds(first, row["started_at"])
        row["duration_ms"] = _milliseconds(row["started_at"], row["ended_at"])
    return pl.DataFrame(rows, schema=STEPS.schema, orient="row")


def _step(event: _Body, settled: Mapping[str, _Body]) -> dict[str, Any] | None:
    kind, payload, at = str(event["kind"]), event["payload"], _moment(event)
    noun, _, verb = kind.partition(".")
    if noun in _CALLS and verb == "intended":
        return _call(event, _CALLS[noun], settled.get(payload["call_id"]))
    said = _said(kind, payload)
    if said is None:
        return None
    name, what, outcome, detail = said
    moment = {"agent": _agent(event), "started_at": at, "ended_at": at, "cost_usd": None}
    return {**moment, "kind": name, "what": what, "outcome": outcome, "detail": _line(detail)}


def _call(intended: _Body, name: str, settled: _Body | None) -> dict[str, Any]:
    asked = intended["payload"]
    row = {
        "kind": name,
        "what": asked.get("tool") or asked.get("model"),
        "agent": _agent(intended),
        "started_at": _moment(intended),
        "ended_at": None,
        "cost_usd": None,
        "outcome": "no outcome",
        "detail": _line(_arguments(asked)),
    }
    if settled is None:
        return row
    got = settled["payload"]
    cost = settled.get("cost_usd")
    words = _line(got.get("error_message") or _arguments(asked) or got.get("stop_reason"))
    row |= {"ended_at": _moment(settled), "outcome": got["status"], "detail": words}
    return row | {"cost_usd": None if cost is None else Decimal(cost)}


def _wait(event: _Body, later: Sequence[_Body]) -> dict[str, Any] | None:
    """The wait that begins with the event; None when none does."""
    kind, payload = str(event["kind"]), event["payload"]
    if kind == "task.queued":
        name, what, detail, over = FOR_THE_SYSTEM, "in the queue", None, _TAKEN_UP
    elif kind == "task.parked":
        name = FOR_A_PERSON if payload["waiting_for"].startswith(APPROVAL) else FOR_THE_SYSTEM
        what, detail, over = payload["waiting_for"], payload["reason"], ("task.woken", "task.ended")
    elif kind == "task.released":
        name, what, detail, over = FOR_THE_SYSTEM, "to be tried again", payload["reason"], _TAKEN_UP
    else:
        return None
    end = next((other for other in later if other["kind"] in over), None)
    return {
        "kind": name,
        "what": what,
        "agent": _agent(event),
        "started_at": _moment(event),
        "ended_at": None if end is None else _moment(end),
        "cost_usd": None,
        "outcome": "still waiting" if end is None else None,
        "detail": _line(detail),
    }


def _said(kind: str, payload: _Body) -> tuple[str, str | None, str | None, str | None] | None:
    """Name, what, outcome and detail of an event that is a moment; None for those that are no step."""
    match kind:
        case "task.queued":
            return "arrival", payload["channel"], None, payload["title"]
        case "run.started":
            return "run", payload["entry_agent"], "started", f"attempt {payload['attempt']}"
        case "task.lease_expired":
            return "lease", payload["worker"], "expired", None
        case "tool_call.refused":
            return "refused", payload["tool"], payload["verdict"], f"{payload['rule']}: {payload['reason']}"
        case "handoff.made":
            return "handoff", payload["to_agent"], None, payload["ask"]
        case "approval.requested":
            return "approval", payload["tool"], "asked", "; ".join(payload["reasons"]) or payload["summary"]
        case "approval.decided":
            return "approval", payload["approval_id"], payload["decision"], payload["note"]
        case "escalation.raised":
            return "escalation", payload["reason"], None, payload["summary"]
        case "run.ended":
            return "run", payload["outcome"], "ended", payload["answer"] or payload["summary"]
        case "task.ended":
            return "end", payload["status"], None, payload["summary"]
        case "task.confirmed":
            return "confirmed", payload["said_by"], None, payload["note"]
        case "task.reopened":
            return "reopened", payload["follow_up"] or payload["known_by"], None, payload["reason"]
        case "outcome.scored":
            verdict = "correct" if payload["correct"] else "wrong"
            return "score", payload["scorer"], verdict, "; ".join(payload["mistakes"]) or payload["expected"]
        case _:
            return None


def _arguments(asked: _Body) -> str | None:
    arguments = asked.get("arguments")
    return orjson.dumps(arguments).decode() if arguments else None


def _agent(event: _Body) -> str | None:
    name = event.get("agent")
    return None if name is None else str(name).rpartition("/")[2]


def _line(text: str | None) -> str | None:
    if not text:
        return None
    line = " ".join(str(text).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _moment(event: _Body) -> datetime:
    return datetime.fromisoformat(event["happened_at"])


def _milliseconds(start: datetime | None, end: datetime | None) -> int | None:
    if start is None or end is None:
        return None
    return max(round((end - start).total_seconds() * 1000), 0)
