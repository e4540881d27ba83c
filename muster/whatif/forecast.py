"""What another setting would have done to a past period, and what nobody can know of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import polars as pl

from muster.analysis.human import HumanCost
from muster.core.money import usd
from muster.whatif.frames import affected_frame, totals
from muster.whatif.past import Past

OTHER_TRACES: Final = (
    "A task that takes another way leaves other traces in the systems: what other tasks would then have met "
    "there is not in the record."
)


@dataclass(frozen=True)
class Forecast:
    """One change of a setting, held against the record."""

    change: str
    """What would have been otherwise, in words."""
    tasks: pl.DataFrame
    """The period's `Tasks`, affected or not."""
    affected: pl.DataFrame
    """`Affected tasks`."""
    decisions: int
    """Recorded decisions that were made again under what was in force then."""
    reproduced: int
    """Of them, those that came out as recorded; the others say nothing, and are left out."""
    unknown: tuple[str, ...]
    """What the record cannot tell, a sentence each."""
    comparison: pl.DataFrame | None = None
    """`Versions compared`, where two versions that both ran are held against each other; null else."""

    @cached_property
    def totals(self) -> pl.DataFrame:
        """`Forecast totals`."""
        return totals(self.tasks, self.affected)

    @property
    def sources(self) -> list[str]:
        """The model sources of the tasks, a real one first."""
        return sorted(self.tasks["model_source"].unique(), key=lambda name: (name == "rehearsal", name))

    def company(self, source: str) -> dict[str, Any]:
        """The totals of all teams' tasks of one model source."""
        mine = self.totals.filter(model_source=source).filter(pl.col("team").is_null())
        return mine.row(0, named=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What would have become of one task."""

    task_id: str
    agent: str | None
    would_be: str
    why: str
    known: bool
    escalations: int = 0
    """More (or less)."""
    approvals: int = 0
    """More (or less)."""
    seconds_given: int | None = None
    """A person's recorded time on the approval that falls away; null where it was not recorded."""
    model_usd: Decimal = Decimal(0)
    people_usd: Decimal | None = None
    """US dollars more (or less) for people; null: what escalations and approvals come to."""
    minutes: float | None = None
    """Likewise their minutes."""
    committed: Decimal | None = None
    currency: str | None = None
    errors: int | None = None


def affected_tasks(past: Past, changes: Iterable[Changed], human: HumanCost) -> pl.DataFrame:
    """The changes as `Affected tasks`, in the order the tasks appear in the record."""
    by_task = {change.task_id: change for change in changes}
    known = past.tasks.filter(pl.col("task_id").is_in(list(by_task)))
    return affected_frame(
        [_row(task, by_task[task["task_id"]], human) for task in known.iter_rows(named=True)]
    )


def _row(task: Mapping[str, Any], change: Changed, human: HumanCost) -> dict[str, object]:
    minutes, people_usd = change.minutes, change.people_usd
    if minutes is None or people_usd is None:
        exact = _minutes(change, human)
        minutes, people_usd = float(exact), usd(exact * human.usd_per_hour / 60)
    return {
        **{name: task[name] for name in ("task_id", "model_source", "team", "title", "truth")},
        "agent": change.agent,
        "was": was(task),
        "would_be": change.would_be,
        "why": change.why,
        "known": change.known,
        "minutes": minutes,
        "people_usd": people_usd,
        "model_usd": usd(change.model_usd),
        "committed": None if change.committed is None else usd(change.committed),
        "currency": change.currency,
        "errors": change.errors,
    }


def _minutes(change: Changed, human: HumanCost) -> Decimal:
    """Minutes of people more (or less): assumed, but where recorded time would not have been given."""
    each = human.minutes_per_approval
    if change.approvals < 0 and change.seconds_given is not None:
        each = Decimal(change.seconds_given) / 60
    return change.escalations * human.minutes_per_escalation + change.approvals * each


def was(task: Mapping[str, Any]) -> str:
    """How the task ended, in words."""
    if task["status"] == "waiting":
        return "waits for a person's word"
    if task["status"] == "escalated" and task["escalation_reason"]:
        return f"escalated: {str(task['escalation_reason']).replace('_', ' ')}"
    return str(task["status"])


def plural(count: int, one: str, several: str | None = None) -> str:
    """`3 tasks`, `1 task`."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"
