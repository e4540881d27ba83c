"""What an agent has shown in its phase: its real ended tasks, told apart and counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from muster.ledger.events import Phase
from muster.teams.autonomy_tasks import Case, TaskRecord

_TASK_IDS_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class CaseCount:
    """Tasks of one kind of case."""

    tasks: int
    wrong: int
    """Scored as wrong, or failed."""

    @property
    def not_wrong(self) -> int:
        """Those that ended as they should, as far as anybody knows."""
        return self.tasks - self.wrong


@dataclass(frozen=True, slots=True)
class Correct:
    """The share of right outcomes with its 95 % interval (Wilson); null when none was scored."""

    right: int
    scored: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Window:
    """The latest tasks, in which a breach is looked for."""

    tasks: int
    scored: int
    """The latest scored tasks; they may reach further back than the others."""
    wrong: int
    denials: int
    uncertain: int
    overreached: int
    """Tasks with an effect that was forbidden."""
    events: tuple[str, ...]
    """Ids of the events that speak against the agent, newest task first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What an agent has shown since it is in its phase."""

    phase: Phase
    since: datetime | None
    """Tasks it began earlier do not count; None when it was in this phase from the start."""
    tasks: int
    """Real ended tasks it worked on."""
    not_real: int
    """Ended tasks that do not count because the rehearsal model, or an unknown one, did them."""
    happy: CaseCount
    error: CaseCount
    edge: CaseCount
    correct: Correct
    window: Window
    task_ids: tuple[str, ...]
    """The tasks that were counted, newest first."""

    def as_payload(self, standard: str, rules: Mapping[str, Any]) -> dict[str, Any]:
        """The evidence as it goes into the event of a change, with the rules it was held against."""
        correct, window = self.correct, self.window
        return {
            "standard": standard,
            "rules": dict(rules),
            "phase": self.phase,
            "since": None if self.since is None else self.since.isoformat(),
            "tasks": self.tasks,
            "not_real": self.not_real,
            "cases": {
                name: {"tasks": count.tasks, "wrong": count.wrong}
                for name, count in (("happy", self.happy), ("error", self.error), ("edge", self.edge))
            },
            "correct": {
                "right": correct.right,
                "scored": correct.scored,
                **{name: _rounded(getattr(correct, name)) for name in ("share", "low", "high")},
            },
            "window": {
                name: getattr(window, name)
                for name in ("tasks", "scored", "wrong", "denials", "uncertain", "overreached")
            },
            "events": list(window.events),
            "task_ids": list(self.task_ids[:_TASK_IDS_KEPT]),
        }


def weigh(
    records: Iterable[TaskRecord], agent: str, phase: Phase, since: datetime | None, window: int
) -> Evidence:
    """What the records say about one agent in its present phase.

    Args:
        records: newest first, as `task_records` gives them.
        since: when the phase began; work begun before it belongs to the phase before.
        window: tasks in which a breach is looked for.
    """
    own = [
        record for record in records if record.agent == agent and (since is None or record.began_at >= since)
    ]
    real = [record for record in own if record.real]
    scored = [record for record in real if record.correct is not None]
    return Evidence(
        phase=phase,
        since=since,
        tasks=len(real),
        not_real=len(own) - len(real),
        happy=_count(real, "happy"),
        error=_count(real, "error"),
        edge=_count(real, "edge"),
        correct=_correct(sum(record.correct is True for record in scored), len(scored)),
        window=_window(real[:window], scored[:window]),
        task_ids=tuple(record.task_id for record in real),
    )


def _count(records: Sequence[TaskRecord], case: Case) -> CaseCount:
    of_case = [record for record in records if record.case == case]
    wrong = sum(record.failed or record.correct is False for record in of_case)
    return CaseCount(len(of_case), wrong)


def _correct(right: int, scored: int) -> Correct:
    if scored == 0:
        return Correct(right, scored, None, None, None)
    import polars as pl  # the gate and the roster need the phases, and not this

    from muster.analysis.intervals import wilson

    low, high = wilson(pl.lit(right), pl.lit(scored))
    ends = pl.select(low=low, high=high)
    return Correct(right, scored, right / scored, ends.item(0, "low"), ends.item(0, "high"))


def _window(latest: Sequence[TaskRecord], scored: Sequence[TaskRecord]) -> Window:
    wrong = [record for record in scored if not record.correct]
    against = [event for record in latest for event in record.breach_events]
    return Window(
        tasks=len(latest),
        scored=len(scored),
        wrong=len(wrong),
        denials=sum(record.denials for record in latest),
        uncertain=sum(record.uncertain for record in latest),
        overreached=sum(record.overreached for record in latest),
        events=(*against, *(record.scored_event for record in wrong if record.scored_event is not None)),
    )


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
