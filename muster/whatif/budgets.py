"""Other spending limits: which model calls would have been refused, in order of time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from muster.analysis.human import HumanCost
from muster.ledger.events import (
    IntentAbandoned,
    ModelCallIntended,
    ModelCallRefused,
    ModelCallSettled,
)
from muster.ledger.intents import BudgetLimit, draws_on, too_dear
from muster.ledger.purses import Purses, Refusal
from muster.teams.spending import FleetLimits, budgets_of_call
from muster.whatif.forecast import Changed, Forecast, affected_tasks, plural
from muster.whatif.in_force import InForce
from muster.whatif.past import Past
from muster.whatif.recorded import Recorded
from muster.whatif.run_replay import Stories, Story
from muster.whatif.truth import looked_at

_BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Asked:
    """A model call that was asked for, and whether there would have been money for it."""

    entry: Recorded
    was_refused: bool
    """By a budget, as recorded."""
    refusal: Refusal | None
    """Null when it would have been made."""


@dataclass(slots=True)
class BudgetReplay:
    """Model calls in order, against limits; a task whose call was refused asks for nothing more."""

    fleet: FleetLimits | None
    """The limits of all agents together; null: as the standard of each run's time said."""
    in_force: InForce
    stories: dict[str, Story]
    """By run."""
    _purses: Purses = field(default_factory=Purses)
    _stopped: set[str | None] = field(default_factory=set)

    def take(self, entry: Recorded) -> Asked | None:
        """What becomes of a call that was asked for; null for other events, and where it is not reached."""
        match entry.event:
            case ModelCallIntended(reserved_usd=reserve):
                return self._asked(entry, Decimal(reserve), was_refused=False)
            case ModelCallRefused(rule=rule, estimated_cost_usd=str(estimate)) if rule == _BUDGET:
                return self._asked(entry, Decimal(estimate), was_refused=True)
            case ModelCallSettled(intent_id=str(intent_id)):
                self._purses.settle(intent_id, entry.cost_usd)
            case IntentAbandoned(intent_id=intent_id):
                self._purses.abandon(intent_id)
            case _:
                pass
        return None

    def _asked(self, entry: Recorded, reserve: Decimal, *, was_refused: bool) -> Asked | None:
        if entry.run_id in self._stopped:
            return None
        limits = self._limits(entry)
        if limits is None:
            return None
        day = entry.at.date()
        dear = too_dear(limits, reserve)
        if dear is not None:
            refusal: Refusal | None = Refusal("budget", dear.scope, dear.limit_usd, reserve)
        else:
            who = (entry.team or "", entry.who)
            draws = draws_on(limits, day)
            refusal = self._purses.intend(entry.event_id, reserve, draws, who=who, day=day.isoformat())
        if refusal is not None:
            self._stopped.add(entry.run_id)
        return Asked(entry, was_refused, refusal)

    def _limits(self, entry: Recorded) -> tuple[BudgetLimit, ...] | None:
        """Every budget the call draws on, as the code at work says; null where its rules are not recorded."""
        story = self.stories.get(entry.run_id or "")
        manifest = None if story is None else self.in_force.manifest(story.team, story.version)
        standard = None if story is None else self.in_force.standard(story.standard)
        if manifest is None or standard is None or entry.agent is None:
            return None
        held = standard.applied_to(manifest)
        return budgets_of_call(
            held.agent(entry.agent), held, entry.task_id or "", self.fleet or standard.fleet
        )


def under_budgets(past: Past, fleet: FleetLimits, human: HumanCost, name: str) -> Forecast:
    """All agents together may spend something else.

    Args:
        name: what they may spend, in words.
    """
    stories = Stories(past).by_run
    then = list(_all(past.model_calls, BudgetReplay(None, past.in_force, stories)))
    now = list(_all(past.model_calls, BudgetReplay(fleet, past.in_force, stories)))
    mine = [asked for asked in then if asked.entry.task_id in past.task_ids]
    sound = [asked for asked in mine if asked.was_refused == (asked.refusal is not None)]
    by_call = {asked.entry.event_id: asked for asked in now}
    refused = {
        asked.entry.task_id: asked
        for asked in reversed(now)
        if asked.refusal is not None and not asked.was_refused
    }
    freed = {
        asked.entry.task_id
        for asked in sound
        if asked.was_refused and (again := by_call.get(asked.entry.event_id)) and again.refusal is None
    }
    changes = [_stopped(past, task_id, asked) for task_id, asked in refused.items() if task_id is not None]
    changes += [_freed(task_id) for task_id in freed if task_id is not None]
    return Forecast(
        change=f"all agents together may spend {name}",
        tasks=past.tasks,
        affected=affected_tasks(past, changes, human),
        decisions=len(mine),
        reproduced=len(sound),
        unknown=tuple(_unknown(len(refused), len(freed))),
    )


def _all(calls: Iterable[Recorded], replay: BudgetReplay) -> Iterator[Asked]:
    for entry in calls:
        asked = replay.take(entry)
        if asked is not None:
            yield asked


def _stopped(past: Past, task_id: str, asked: Asked) -> Changed:
    refusal = asked.refusal
    assert refusal is not None
    entry = asked.entry
    later = (
        call.cost_usd for call in past.model_calls if call.run_id == entry.run_id and call.seq > entry.seq
    )
    [task] = past.tasks.filter(task_id=task_id).iter_rows(named=True) or [None]
    ended_well = task is not None and task["status"] == "completed"
    return Changed(
        task_id=task_id,
        agent=entry.agent,
        would_be="would have gone to a person: budget out",
        why=f"{entry.at:%Y-%m-%d %H:%M:%S} UTC: {_words(refusal)}",
        known=True,
        escalations=int(ended_well),
        model_usd=-sum(later, Decimal(0)),
        errors=looked_at(past.truths.get(task_id)) if ended_well else 0,
    )


def _words(refusal: Refusal) -> str:
    if refusal.verdict == "paused":
        return f"the day's budget of {refusal.scope} was out"
    unit = " USD" if refusal.unit == "usd" else " calls"
    return f"{refusal.scope} holds {refusal.limit:f}{unit}, {refusal.committed:f} were spent or reserved"


def _freed(task_id: str) -> Changed:
    return Changed(
        task_id=task_id,
        agent=None,
        would_be="would have gone on; how it ends is not known",
        why="there would have been money for the call that was refused",
        known=False,
        errors=None,
    )


def _unknown(refused: int, freed: int) -> list[str]:
    said = []
    if refused:
        said.append(
            f"What a person would have done with {plural(refused, 'task')} that would have stopped is not "
            "known."
        )
    if freed:
        said.append(f"What {plural(freed, 'task')} would have cost from there on is not in the record.")
    said.append(
        "Money spent before the midnight (UTC) the period's first task came on is not counted; a budget of a "
        "day begins anew with it."
    )
    return said
