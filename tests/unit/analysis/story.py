"""Ledgers written by hand, one task at a time, for tests of analysis, reports and pages."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import polars as pl

from muster.analysis.frames import EVENTS

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
"""A Wednesday, in week 47."""


class Story:
    """An event frame in the making."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []
        self._tasks = 0

    def event(self, kind: str, at: datetime, **fields: Any) -> None:
        """One event as the reader would give it."""
        seq = len(self._rows) + 1
        row = dict.fromkeys(EVENTS.schema, None)
        row |= {"seq": seq, "event_id": f"evt_{seq:05d}", "kind": kind, "happened_at": at, "actor": "test"}
        self._rows.append(row | fields)

    def task(
        self,
        team: str = "support",
        status: str | None = "completed",
        *,
        at: datetime = NOON,
        queue_s: float = 1,
        work_s: float = 9,
        model_cost: str = "0.010000",
        calls: int = 2,
        reason: str | None = None,
        truth: str | None = None,
        mistake: str | None = None,
        agent: str = "desk",
        source: str | None = "rehearsal",
        channel: str = "mail",
    ) -> str:
        """One task from arrival to `status`; None leaves it at work; an escalated one calls a person once."""
        self._tasks += 1
        task_id, run_id = f"tsk_{self._tasks:05d}", f"run_{self._tasks:05d}"
        start, end = at + timedelta(seconds=queue_s), at + timedelta(seconds=queue_s + work_s)
        here: dict[str, Any] = {"task_id": task_id, "team": team}
        in_run = here | {"run_id": run_id, "agent": agent, "model_source": source}
        self.event("task.queued", at, **here, subject=channel, priority="medium", title=f"Task {self._tasks}")
        self.event("run.started", start, **in_run)
        self._calls(in_run, start, work_s, calls, Decimal(model_cost))
        if status is None:
            return task_id
        if status == "escalated" or reason:
            self.event("escalation.raised", end, **in_run, reason=reason or "low_confidence", confidence=0.6)
        self.event("run.ended", end, **in_run, status=status, confidence=0.9)
        self.event("task.ended", end, **here, status=status)
        if truth:
            self.event("outcome.scored", end, **here, status=truth, reason=mistake)
        return task_id

    def held_task(self, team: str = "support", *, at: datetime = NOON, attention_s: int | None = 45) -> str:
        """A task that waited for a person's word: 75 s in all, agents at work for 12 s, no model call.

        Came at 0 s, begun at 2 s, asked at 10 s, had the word at 70 s, halted from 72 s to 73 s, done at
        75 s, completed.
        """
        self._tasks += 1
        task_id, run_id = f"tsk_{self._tasks:05d}", f"run_{self._tasks:05d}"
        here: dict[str, Any] = {"task_id": task_id, "team": team}
        in_run = here | {"run_id": run_id, "model_source": "rehearsal", "agent": "desk"}

        def happens(seconds: int, kind: str, **fields: Any) -> None:
            self.event(kind, at + timedelta(seconds=seconds), **(in_run | fields))

        self.event("task.queued", at, **here, subject="mail", priority="medium", title=f"Task {self._tasks}")
        happens(2, "run.started")
        happens(10, "approval.requested", subject="shop__refund")
        happens(10, "task.parked", subject="apr_1")
        happens(70, "approval.decided", status="approve", attention_seconds=attention_s)
        happens(70, "task.woken", subject="apr_1")
        happens(72, "task.parked", subject="support/desk")
        happens(73, "task.woken", subject="support/desk")
        happens(75, "run.ended", status="completed")
        self.event("task.ended", at + timedelta(seconds=75), **here, status="completed")
        return task_id

    def _calls(
        self, in_run: dict[str, Any], start: datetime, work_s: float, calls: int, cost: Decimal
    ) -> None:
        for call in range(calls):
            begun = start + timedelta(seconds=work_s * call / calls)
            settled = begun + timedelta(seconds=work_s / calls)
            tokens = {"input_tokens": 900, "output_tokens": 80}
            tokens |= {"cache_read_tokens": 300, "cache_write_tokens": 0}
            self.event("model_call.intended", begun, **in_run, subject="claude-sonnet-5-5")
            self.event(
                "model_call.settled",
                settled,
                **in_run,
                **tokens,
                subject="claude-sonnet-5-5",
                status="ok",
                latency_ms=round(work_s / calls * 1000),
                cost_usd=(cost / calls).quantize(Decimal("0.000001")),
            )

    def frame(self) -> pl.DataFrame:
        """All of it, as an event frame."""
        return pl.DataFrame(self._rows, schema=EVENTS.schema, orient="row")


def company(seed: int = 7, *, source: str = "rehearsal", days: int = 1, tasks: int = 240) -> pl.DataFrame:
    """A believable company: four teams, mixed outcomes, skewed costs; the same for the same seed."""
    random = Random(seed)
    story = Story()
    teams = {"support": (0.88, 14, "0.0110"), "finance": (0.72, 30, "0.0240")}
    teams |= {"leads": (0.94, 9, "0.0062"), "vendors": (0.80, 22, "0.0180")}
    reasons = ["low_confidence", "customer_asked", "policy_denied", "needs_approval", "too_many_tool_calls"]
    for number in range(tasks):
        team = random.choices(list(teams), weights=[110, 70, 45, 30])[0]
        rate, pace, cost = teams[team]
        draw = random.random()
        status = "completed" if draw < rate else "failed" if draw > 0.985 else "escalated"
        at = NOON + timedelta(days=number * days // tasks, seconds=random.uniform(0, 1800))
        right = random.random() < (0.96 if status != "failed" else 0.0)
        story.task(
            team,
            status,
            at=at,
            queue_s=random.expovariate(1 / 4),
            work_s=random.lognormvariate(0, 0.6) * pace,
            model_cost=f"{float(cost) * random.lognormvariate(0, 0.5):.6f}",
            calls=random.randint(2, 6),
            reason=random.choice(reasons) if status == "escalated" else None,
            truth="correct" if right else "wrong",
            mistake=None if right else "forbidden effect: refund issued",
            agent=f"{team}_{random.choice(['desk', 'specialist', 'clerk'])}",
            source=source,
            channel={"finance": "folder", "leads": "webhook"}.get(team, "mail"),
        )
    return story.frame()
