"""Whole events of one task as the ledger's reader gives them, written by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
TASK = "tsk_00001"
SECRET = "the customer's own words"


class Bodies:
    """A task in the making; every text a stranger could have written is `SECRET`."""

    def __init__(self, source: str = "claude") -> None:
        self.events: list[dict[str, Any]] = []
        self._source = source

    def add(
        self,
        kind: str,
        at: float,
        agent: str | None = None,
        *,
        run: str | None = "run_1",
        cost: str | None = None,
        **payload: Any,
    ) -> str:
        """One event at so many seconds after noon; gives its id."""
        event_id = f"evt_{len(self.events) + 1:05d}"
        self.events.append(
            {
                "event_id": event_id,
                "kind": kind,
                "task_id": TASK,
                "run_id": run,
                "team": "support",
                "agent": agent,
                "actor": "person:jo@example.com",
                "model_source": self._source if run else None,
                "happened_at": (NOON + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "cost_usd": cost,
                "payload": payload,
            }
        )
        return event_id

    def arrival(self) -> None:
        self.add("task.queued", 0, run=None, channel="mail", priority="high", title=SECRET, sender=SECRET)
        self.add(
            "run.started", 1, "desk", entry_agent="desk", team_version=4, attempt=1, standard="standard@3"
        )

    def model_call(self, at: float, took: float, agent: str = "desk", **changes: Any) -> str:
        call = f"mcl_{len(self.events)}"
        asked: dict[str, Any] = {
            "call_id": call,
            "role": "coordinator",
            "model": "claude-sonnet-5-5",
            "prompt_version": 2,
        }
        intent = self.add("model_call.intended", at, agent, **asked)
        got: dict[str, Any] = {
            "call_id": call,
            "intent_id": intent,
            "model": "claude-sonnet-5-5",
            "status": "ok",
            "stop_reason": "tool_use",
            "input_tokens": 100,
            "output_tokens": 20,
            "cache_read_input_tokens": 900,
            "cache_creation_input_tokens": 50,
            "latency_ms": round(took * 1000),
            "response": [{"type": "text", "text": SECRET}],
            "error_type": None,
            "error_message": None,
        }
        self.add("model_call.settled", at + took, agent, cost="0.012500", **(got | changes))
        return call

    def tool_call(self, at: float, took: float, agent: str = "desk", **changes: Any) -> str:
        call = f"tcl_{len(self.events)}"
        asked: dict[str, Any] = {
            "call_id": call,
            "tool": "shop__get_order",
            "effect": "read",
            "arguments": {"note": SECRET},
        }
        intent = self.add("tool_call.intended", at, agent, **asked)
        got: dict[str, Any] = {
            "call_id": call,
            "intent_id": intent,
            "tool": "shop__get_order",
            "status": "ok",
        }
        got |= {"result": SECRET, "latency_ms": round(took * 1000), "error_message": None}
        self.add("tool_call.settled", at + took, agent, cost="0", **(got | changes))
        return call

    def end(self, at: float, status: str = "completed") -> None:
        self.add("run.ended", at, "desk", outcome=status, summary=SECRET, answer=SECRET, confidence=0.9)
        self.add("task.ended", at, run=None, status=status, summary=SECRET)
