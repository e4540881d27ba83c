"""What a fault run came to, in numbers."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from muster.core.settings import Settings
from muster.demo.score import load_effects
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from tests.chaos.books import books_say, ordered
from tests.chaos.checks import asked_side_by_side, reasons
from tests.chaos.record import Diary
from tests.chaos.unheard import Aftermath, aftermath, is_unheard


@dataclass
class Counts:
    """Numbers of a whole run."""

    kills: Counter[str] = field(default_factory=Counter)
    """By victim."""
    with_work_in_hand: int = 0
    """Light runners that were killed with at least one task in hand."""
    aimed: Counter[str] = field(default_factory=Counter)
    """By victim: kills made at the moment when a call was under way that changes something."""
    aimed_unheard: int = 0
    """Of them, those after which the outcome of such a call was never heard."""
    tasks: Counter[str] = field(default_factory=Counter)
    """By how they ended."""
    take_overs: int = 0
    """Leases that ran out because their holder was gone."""
    released: int = 0
    """Times a runner gave a task back because a service was away."""
    taken_over: Counter[int] = field(default_factory=Counter)
    """Tasks by the number of times they were taken over."""
    model_answers: int = 0
    answers_lost: int = 0
    """Questions whose answer died with whoever asked; each was asked again when the run went on."""
    side_by_side: int = 0
    """Questions that two runners asked, one of which had lost its lease and did not know yet."""
    effects: Counter[str] = field(default_factory=Counter)
    """Changes in the company's books, by tool."""
    unheard_effects: int = 0
    """Changes whose outcome never reached the record."""
    unheard_calls: int = 0
    """Calls that can change a system and whose outcome never reached the record."""
    unheard_escalated: int = 0
    """Of them, in tasks that a person got as uncertain."""
    unheard_repeated: int = 0
    """Of them, made again under the same idempotency key until an answer came."""
    unheard_took_effect: int = 0
    """Of them, carried out all the same."""
    heard_late: int = 0
    """Tasks a person got as uncertain though every outcome was recorded in the end."""
    keys_repeated: int = 0
    """Idempotency keys that several calls of a task carried."""
    escalations: Counter[str] = field(default_factory=Counter)
    """By reason."""
    survivor: str | None = None
    """A completed task whose run was taken over three times or more."""


async def count(ledger: PostgresLedger, settings: Settings, diary: Diary) -> Counts:
    """The numbers of a run whose work has ended.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    counts = Counts(Counter(made.victim for made in diary.made))
    counts.with_work_in_hand = sum(1 for made in diary.made if made.tasks)
    tasks = await ledger.fetch(load("tests.chaos", "task_ends"))
    counts.tasks = Counter(task["status"] for task in tasks)
    leases = await ledger.fetch(load("tests.chaos", "leases"))
    often = Counter(event["task_id"] for event in leases if event["kind"] == "task.lease_expired")
    counts.take_overs = often.total()
    counts.released = sum(1 for event in leases if event["kind"] == "task.released")
    counts.taken_over = Counter(often.values())
    _answers(counts, await ledger.fetch(load("tests.chaos", "model_calls")))
    orders = [ordered(row) for row in await ledger.fetch(load("tests.chaos", "tool_calls"))]
    effects = load_effects(settings.company_database)
    said = books_say(effects, orders)
    counts.effects, counts.unheard_effects = said.effects, said.unheard
    why = await reasons(ledger)
    counts.escalations = Counter(reason for several in why.values() for reason in several)
    _unheard(counts, aftermath(orders, effects, why))
    _aimed(counts, diary, {order.intent_id for order in orders if is_unheard(order)})
    completed = {task["task_id"] for task in tasks if task["status"] == "completed"}
    counts.survivor = _survivor(leases, completed)
    return counts


def _survivor(leases: list[dict[str, Any]], completed: set[str]) -> str | None:
    """The completed task whose run was taken over most often, at least three times after it had begun."""
    begun: set[str] = set()
    lost: Counter[str] = Counter()
    for event in leases:
        if event["kind"] == "run.started":
            begun.add(event["task_id"])
        elif event["kind"] == "task.lease_expired" and event["task_id"] in begun & completed:
            lost[event["task_id"]] += 1
    task_id, times = max(lost.items(), key=lambda each: each[1], default=(None, 0))
    return task_id if times >= 3 else None


def _answers(counts: Counts, calls: list[dict[str, Any]]) -> None:
    counts.model_answers = sum(1 for call in calls if call["status"] == "ok")
    counts.answers_lost = sum(1 for call in calls if call["status"] is None)
    counts.side_by_side = asked_side_by_side(calls)


def _unheard(counts: Counts, became: Aftermath) -> None:
    counts.unheard_calls = became.unheard
    counts.unheard_escalated = became.escalated
    counts.unheard_repeated = became.repeated
    counts.unheard_took_effect = became.took_effect
    counts.heard_late = became.heard_late
    counts.keys_repeated = became.keys_repeated


def _aimed(counts: Counts, diary: Diary, unheard: set[str]) -> None:
    aimed = [made for made in diary.made if made.intents]
    counts.aimed = Counter(made.victim for made in aimed)
    counts.aimed_unheard = sum(1 for made in aimed if unheard & set(made.intents))
