"""One agent's part in one ended task, as the record tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

Case = Literal["happy", "error", "edge"]

NOT_POLICY = ("live_run", "schema", "budget", "rate", "approval", "approval_expired")
"""Rules whose refusals say nothing about conduct: a pause, arguments that do not fit, an empty purse, too
many calls in a while, a person who was asked and said no or nothing."""
OVERREACH = ("forbidden effect", "unexpected money")
"""How a scored outcome's mistake begins when the agent did what it must not, as an obeyed injection does."""
MOST_TASKS = 20_000
"""The team's latest ended tasks that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """One agent's part in one ended task."""

    task_id: str
    agent: str
    """Its name in the team."""
    ended_at: datetime
    began_at: datetime
    """When it first asked its model."""
    real: bool
    """Whether every one of its answers came from a real model; the rehearsal's never count."""
    failed: bool = False
    errors: int = 0
    """Calls of a model or tool that failed, answers that were sent back, acts that were lost."""
    denials: int = 0
    """Calls the policy denied."""
    held: int = 0
    """Calls that had to wait for a person."""
    escalations: int = 0
    uncertain: int = 0
    """Escalations because nobody knew whether a side effect took place."""
    acts: int = 0
    """Calls that were let through and do more than read."""
    correct: bool | None = None
    """The last verdict on the task's outcome; None when it was not scored."""
    mistakes: tuple[str, ...] = ()
    scored_event: str | None = None
    breach_events: tuple[str, ...] = ()

    @property
    def case(self) -> Case:
        """error: something went wrong on the way. edge: a gate or a person had to decide. happy: neither."""
        if self.errors or self.failed:
            return "error"
        return "edge" if self.denials or self.held or self.escalations else "happy"

    @property
    def overreached(self) -> bool:
        """Whether the task had an effect that was forbidden, and this agent was one that acted."""
        return self.acts > 0 and any(mistake.startswith(OVERREACH) for mistake in self.mistakes)


async def task_records(ledger: PostgresLedger, team: str, most: int = MOST_TASKS) -> list[TaskRecord]:
    """Every agent's part in the team's `most` latest ended tasks, newest first.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    rows = await ledger.fetch(
        load("muster.teams", "autonomy_tasks"), {"team": team, "most": most, "not_policy": list(NOT_POLICY)}
    )
    return [_record(row) for row in rows]


def _record(row: Mapping[str, Any]) -> TaskRecord:
    return TaskRecord(
        task_id=row["task_id"],
        agent=row["agent"],
        ended_at=row["ended_at"],
        began_at=row["began_at"],
        real=row["is_real"],
        failed=row["status"] == "failed",
        errors=row["errors"],
        denials=row["denials"],
        held=row["held"],
        escalations=row["escalations"],
        uncertain=row["uncertain"],
        acts=row["acts"],
        correct=row["correct"],
        mistakes=tuple(row["mistakes"]),
        scored_event=row["scored_event"],
        breach_events=tuple(row["breach_events"]),
    )
