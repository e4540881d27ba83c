"""A task's events as spans: names and attributes of OpenTelemetry's conventions for generative AI.

A task is a trace. Its root says what became of it; below stand the agents of each run, and below each agent
the models it asked and the tools it used. What is a moment is an event on a span. Ids are made from those of
the record, so that a task exported twice is the same trace.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

from muster.exports.span_content import said
from muster.exports.span_events import moment_attributes

Body: TypeAlias = Mapping[str, Any]
Value: TypeAlias = str | int | float | bool | list[str]

REHEARSAL: Final = "rehearsal"
UNKNOWN: Final = "unknown"
_PROVIDERS: Final = {"claude": "anthropic", REHEARSAL: "muster.rehearsal"}
"""By model source; a provider the conventions know has the name they give it."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_CALLS: Final = ("model_call", "tool_call")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened at one moment of a span."""

    name: str
    """The kind of event in the ledger."""
    at_ns: int
    """Nanoseconds since 1970, UTC."""
    attributes: dict[str, Value]


@dataclass(slots=True, kw_only=True)
class Span:
    """A stretch of a task's time."""

    trace_id: bytes
    span_id: bytes
    parent_id: bytes | None
    """Null for the root."""
    name: str
    kind: Literal["client", "internal"]
    start_ns: int
    """Nanoseconds since 1970, UTC."""
    end_ns: int
    model_source: str
    """`claude`, `rehearsal`, …; `none` where no model is concerned."""
    attributes: dict[str, Value]
    moments: list[Moment] = field(default_factory=list)
    error: str | None = None
    """What kind of error it ended in; null when in none."""


def task_spans(events: Sequence[Body], *, content: bool = False) -> list[Span]:
    """The spans of one task, the root first.

    Args:
        events: whole bodies of the task as the ledger's reader gives them, in order; at least one.
        content: also what was said: titles, arguments, results, answers. Else no span has a word of it.
    """
    return _Trace(events, content=content).spans()


def trace_id(task_id: str) -> bytes:
    """The trace a task is, the same every time."""
    return _digest("trace", task_id)[:16]


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(("muster", *parts)).encode()).digest()


def _span_id(*parts: str) -> bytes:
    return _digest("span", *parts)[:8]


def _ns(event: Body) -> int:
    return (datetime.fromisoformat(event["happened_at"]) - _EPOCH) // _MICROSECOND * 1000


def _source(event: Body, task_source: str = "none") -> str:
    """The event's own model source; what only tools did is of the source its task is of."""
    return str(event.get("model_source") or task_source)


def _agent(event: Body) -> str | None:
    name = event.get("agent")
    return None if name is None else str(name).rpartition("/")[2]


class _Trace:
    """One task on its way from events to spans."""

    def __init__(self, events: Sequence[Body], *, content: bool) -> None:
        self._events = events
        self._content = content
        self._task_id = str(events[0]["task_id"])
        self._id = trace_id(self._task_id)
        self._agents: dict[tuple[str, str], Span] = {}
        self._versions: dict[str, str] = {}
        """Team version by run."""
        self._root = self._make_root()

    def spans(self) -> list[Span]:
        outcomes = _outcomes(self._events)
        calls = []
        for event in self._events:
            noun, _, verb = str(event["kind"]).partition(".")
            owner = self._owner(event)
            if noun in _CALLS and verb == "intended":
                calls.append(self._call(noun, owner, event, outcomes.pop(event["event_id"], None)))
            elif noun in _CALLS and verb == "settled":
                if outcomes.pop(event["event_id"], None) is not None:  # its intent is not in the record
                    calls.append(self._call(noun, owner, None, event))
            else:
                self._note(owner, event)
        return [self._root, *self._agents.values(), *calls]

    def _make_root(self) -> Span:
        first, last = self._events[0], self._events[-1]
        teams = [str(event["team"]) for event in self._events if event.get("team")]
        team = teams[0] if teams else UNKNOWN
        ends = [event for event in self._events if event["kind"] == "task.ended"]
        status = str(ends[-1]["payload"]["status"]) if ends else "open"
        sources = sorted({_source(event) for event in self._events} - {"none"})
        cost = sum(float(event.get("cost_usd") or 0) for event in self._events)
        attributes: dict[str, Value] = {
            "gen_ai.operation.name": "invoke_workflow",
            "gen_ai.workflow.name": team,
            "gen_ai.conversation.id": self._task_id,
            "muster.task.id": self._task_id,
            "muster.task.status": status,
            "muster.task.cost_usd": round(cost, 6),
            "muster.team": team,
        }
        if first["kind"] == "task.queued":
            asked = first["payload"]
            attributes |= {"muster.task.channel": asked["channel"], "muster.task.priority": asked["priority"]}
            if self._content:
                attributes["muster.task.title"] = asked["title"]
        start = _ns(first)
        return Span(
            trace_id=self._id,
            span_id=_span_id(self._task_id),
            parent_id=None,
            name=f"invoke_workflow {team}",
            kind="internal",
            start_ns=start,
            end_ns=max(start, _ns(ends[-1] if ends else last)),
            model_source=sources[0] if len(sources) == 1 else "mixed" if sources else "none",
            attributes=attributes,
            error="failed" if status == "failed" else None,
        )

    def _owner(self, event: Body) -> Span:
        """The span an event stands on: its agent's in its run, stretched to hold it, else the root."""
        run_id, agent = event.get("run_id"), _agent(event)
        if event["kind"] == "run.started":
            self._versions[str(run_id)] = str(event["payload"].get("team_version", ""))
        if run_id is None or agent is None:
            return self._root
        at = _ns(event)
        known = self._agents.get((run_id, agent))
        if known is None:
            known = self._agents[run_id, agent] = self._make_agent(event, run_id, agent)
        known.start_ns, known.end_ns = min(known.start_ns, at), max(known.end_ns, at)
        if event["kind"] == "run.ended" and event["payload"]["outcome"] == "failed":
            known.error = "failed"
        return known

    def _make_agent(self, event: Body, run_id: str, agent: str) -> Span:
        team, at = str(event.get("team") or UNKNOWN), _ns(event)
        source = _source(event, self._root.model_source)
        attributes: dict[str, Value] = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.provider.name": _PROVIDERS.get(source, source),
            "gen_ai.agent.id": f"{team}/{agent}",
            "gen_ai.agent.name": agent,
            "gen_ai.conversation.id": self._task_id,
            "muster.run.id": run_id,
            "muster.team": team,
        }
        if self._versions.get(run_id):
            attributes["gen_ai.agent.version"] = self._versions[run_id]
        return Span(
            trace_id=self._id,
            span_id=_span_id(self._task_id, run_id, agent),
            parent_id=self._root.span_id,
            name=f"invoke_agent {agent}",
            kind="internal",
            start_ns=at,
            end_ns=at,
            model_source=source,
            attributes=attributes,
        )

    def _call(self, noun: str, owner: Span, asked: Body | None, settled: Body | None) -> Span:
        """A call to a model or a tool; without an outcome it ends where it is last heard of."""
        event = asked or settled
        assert event is not None
        whole = (asked["payload"] if asked else {}) | (settled["payload"] if settled else {})
        end = _ns(settled) if settled else _ns(event)
        start = _ns(asked) if asked else end - int(whole.get("latency_ms") or 0) * 1_000_000
        owner.start_ns, owner.end_ns = min(owner.start_ns, start), max(owner.end_ns, end)
        about = _model_call if noun == "model_call" else _tool_call
        source = _source(event, self._root.model_source)
        name, attributes = about(whole, source)
        attributes["gen_ai.conversation.id"] = self._task_id
        attributes["muster.call.id"] = str(whole["call_id"])
        error = _error(noun, settled)
        if error is not None:
            attributes["error.type"] = error
        if settled is not None and settled.get("cost_usd") is not None:
            attributes["muster.cost_usd"] = float(settled["cost_usd"])
        if self._content:
            attributes |= said(noun, whole)
        return Span(
            trace_id=self._id,
            span_id=_span_id(self._task_id, str(event["event_id"])),
            parent_id=owner.span_id,
            name=name,
            kind="client" if noun == "model_call" else "internal",
            start_ns=start,
            end_ns=max(start, end),
            model_source=source,
            attributes=attributes,
            error=error,
        )

    def _note(self, owner: Span, event: Body) -> None:
        attributes = moment_attributes(str(event["kind"]), event["payload"], content=self._content)
        if self._content:
            attributes["muster.actor"] = str(event["actor"])
        owner.moments.append(Moment(name=str(event["kind"]), at_ns=_ns(event), attributes=attributes))


def _outcomes(events: Sequence[Body]) -> dict[str, Body]:
    """Each outcome by the id of its intent; one whose intent is not there by its own id."""
    intents = {
        event["payload"]["call_id"]: event["event_id"]
        for event in events
        if str(event["kind"]).endswith("_call.intended")
    }
    asked = {str(event["event_id"]) for event in events if str(event["kind"]).endswith("_call.intended")}
    found: dict[str, Body] = {}
    for event in events:
        if str(event["kind"]).endswith("_call.settled"):
            payload = event["payload"]
            intent = str(payload.get("intent_id") or intents.get(payload["call_id"]))
            found[intent if intent in asked else str(event["event_id"])] = event
    return found


def _error(noun: str, settled: Body | None) -> str | None:
    """The kind of error a call ended in, of few kinds and without a word of content."""
    if settled is None:
        return "no_outcome"
    status = settled["payload"]["status"]
    if status == "ok":
        return None
    return str(settled["payload"].get("error_type") or "_OTHER") if noun == "model_call" else str(status)


def _model_call(whole: Body, source: str) -> tuple[str, dict[str, Value]]:
    model = str(whole["model"])
    attributes: dict[str, Value] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": _PROVIDERS.get(source, source),
        "gen_ai.request.model": model,
        "muster.model.role": str(whole.get("role", UNKNOWN)),
        "muster.prompt.version": int(whole.get("prompt_version", 0)),
    }
    if "status" not in whole:
        return f"chat {model}", attributes
    read, written = int(whole["cache_read_input_tokens"]), int(whole["cache_creation_input_tokens"])
    attributes |= {
        "gen_ai.response.model": model,
        "gen_ai.usage.input_tokens": int(whole["input_tokens"]) + read + written,
        "gen_ai.usage.output_tokens": int(whole["output_tokens"]),
        "gen_ai.usage.cache_read.input_tokens": read,
        "gen_ai.usage.cache_creation.input_tokens": written,
    }
    if whole.get("stop_reason"):
        attributes["gen_ai.response.finish_reasons"] = [str(whole["stop_reason"])]
    return f"chat {model}", attributes


def _tool_call(whole: Body, source: str) -> tuple[str, dict[str, Value]]:  # noqa: ARG001 same shape as above
    tool = str(whole["tool"])
    attributes: dict[str, Value] = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": tool,
        "gen_ai.tool.type": "extension",
        "gen_ai.tool.call.id": str(whole["call_id"]),
    }
    for name in ("effect", "approval_id", "trust"):
        if whole.get(name):
            attributes[f"muster.{name}"] = str(whole[name])
    return f"execute_tool {tool}", attributes
