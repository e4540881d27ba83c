"""What must hold after a fault run: looked up in the database, the sealed record, and the company's books."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from muster.core.settings import Settings
from muster.demo.score import load_effects
from muster.ledger.home import LedgerHome
from muster.ledger.postgres import PostgresLedger
from muster.ledger.rebuild import compare_state
from muster.ledger.sql import load
from muster.ledger.verify import verify_ledger
from tests.chaos.books import books_say, ordered
from tests.chaos.feed import Feed
from tests.chaos.unheard import aftermath

CHECKS = (
    "every message became one task",
    "every task ended once",
    "no task failed by itself",
    "no runner died by itself",
    "one worker a task at a time",
    "no answer was bought twice",
    "no side effect happened twice",
    "no lost call was left at that",
    "a repeated key had one effect",
    "budgets balance",
    "the present is what the record says",
    "the ledger verifies",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be."""

    check: str
    what: str
    task_id: str | None = None
    at: datetime | None = None
    """When, as far as the record tells."""


async def check(ledger: PostgresLedger, settings: Settings, feed: Feed) -> list[Finding]:
    """Everything that is wrong, once all work has ended and nothing runs any more.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    tasks = await ledger.fetch(load("tests.chaos", "task_ends"))
    findings = [
        *await _messages(ledger, feed, tasks),
        *task_ends(tasks),
        *run_ends(await ledger.fetch(load("tests.chaos", "run_ends"))),
        *leases(await ledger.fetch(load("tests.chaos", "leases"))),
        *bought_twice(await ledger.fetch(load("tests.chaos", "model_calls"))),
        *budgets(await ledger.fetch(load("tests.chaos", "budgets"))),
    ]
    orders = [ordered(row) for row in await ledger.fetch(load("tests.chaos", "tool_calls"))]
    effects = load_effects(settings.company_database)
    said = books_say(effects, orders)
    became = aftermath(orders, effects, await reasons(ledger))
    ended_at = {task["task_id"]: task["last_end_at"] for task in tasks}
    findings += [
        Finding("no side effect happened twice", f"{what}: {effect}", task_id, ended_at.get(task_id))
        for what, task_id, effect in said.problems
    ]
    findings += [
        Finding("no lost call was left at that", what, task_id, ended_at.get(task_id))
        for task_id, what in became.problems
    ]
    findings += [
        Finding("a repeated key had one effect", what, task_id, ended_at.get(task_id))
        for task_id, what in became.key_problems
    ]
    comparison = await compare_state(ledger)
    findings += [
        Finding("the present is what the record says", each.sentence()) for each in comparison.differences
    ]
    verdict = await verify_ledger(ledger, LedgerHome.of(settings), mirror=settings.mirror_address)
    return [*findings, *(Finding("the ledger verifies", str(problem)) for problem in verdict.problems)]


async def reasons(ledger: PostgresLedger) -> dict[str, set[str]]:
    """Why a person got a task, by task.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    why: dict[str, set[str]] = defaultdict(set)
    for row in await ledger.fetch(load("tests.chaos", "escalations")):
        why[row["task_id"]].add(row["reason"])
    return why


def died(ended_by_itself: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """Runners that ended though nobody killed them; other services may, until their database is there."""
    for name in ("worker", "runner"):
        for each in ended_by_itself.get(name, ()):
            yield Finding("no runner died by itself", f"{name} {each}: see home/logs")


async def _messages(ledger: PostgresLedger, feed: Feed, tasks: list[dict[str, Any]]) -> list[Finding]:
    known = {(task["source"], task["external_id"]) for task in tasks}
    lost, kept_back = [], set()
    for truth in feed.delivered():
        message = (truth["source"], truth["external_id"])
        if truth["expect"] == "quarantined":
            kept_back.add(message)
        elif message not in known:
            lost.append(Finding("every message became one task", f"{truth['message']} of {message} is lost"))
    [row] = await ledger.fetch(load("tests.chaos", "quarantined"))
    if row["messages"] != len(kept_back):
        what = f"{row['messages']} messages are in quarantine, {len(kept_back)} should be"
        lost.append(Finding("every message became one task", what))
    return lost


def task_ends(tasks: list[dict[str, Any]]) -> Iterator[Finding]:
    for task in tasks:
        if task["ended_at"] is None:
            yield Finding("every task ended once", f"is {task['status']}", task["task_id"])
        elif task["ends"] != 1 or not task["as_it_stands"]:
            what = f"is {task['status']} and ended {task['ends']} times in the record"
            yield Finding("every task ended once", what, task["task_id"], task["last_end_at"])
        elif task["status"] == "failed":
            yield Finding("no task failed by itself", task["summary"], task["task_id"], task["last_end_at"])


def run_ends(runs: list[dict[str, Any]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for run in runs:
        if run["task_id"] in seen:
            yield Finding("every task ended once", "has two runs", run["task_id"], run["at"])
        seen.add(run["task_id"])
        if (run["starts"], run["ends"]) != (1, 1):
            what = f"its run started {run['starts']} and ended {run['ends']} times"
            yield Finding("every task ended once", what, run["task_id"], run["at"])


def leases(events: list[dict[str, Any]]) -> Iterator[Finding]:
    """A lease begins only when the one before is over, under the next number."""
    holder: tuple[str, str, int] | None = None
    attempt, task_id = 0, None
    for event in events:
        if event["kind"] == "run.started":
            continue
        if event["task_id"] != task_id:
            task_id, holder, attempt = event["task_id"], None, 0
        this = (event["task_id"], event["worker"], event["attempt"])
        wrong = ""
        if event["kind"] == "task.leased":
            if holder is not None:
                wrong = f"{event['worker']} got it while {holder[1]} held it"
            elif event["attempt"] != attempt + 1:
                wrong = f"attempt {event['attempt']} came after {attempt}"
            holder, attempt = this, event["attempt"]
        elif event["kind"] == "task.ended":
            wrong = "" if holder else "it ended while nobody held it"
            holder = None
        else:
            wrong = "" if this == holder else f"{event['kind']} by {event['worker']}, who did not hold it"
            holder = None
        if wrong:
            yield Finding("one worker a task at a time", wrong, task_id, event["happened_at"])


def bought_twice(calls: list[dict[str, Any]]) -> Iterator[Finding]:
    """Questions asked although their answer was in the record already when the task was taken over.

    A runner that has lost its lease unawares may still ask what the next one asks too: `asked_side_by_side`.
    """
    for call, answered_seq in _asked_again(calls):
        if answered_seq < (call["leased_seq"] or 0):
            what = f"the answer to {call['request_sha256'][:12]} was recorded and asked for again"
            yield Finding("no answer was bought twice", what, call["task_id"], call["asked_at"])


def asked_side_by_side(calls: list[dict[str, Any]]) -> int:
    """Questions that two runners asked, one of which had lost its lease and did not know yet."""
    return sum(1 for call, answered_seq in _asked_again(calls) if answered_seq >= (call["leased_seq"] or 0))


def _asked_again(calls: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], int]]:
    answered: dict[tuple[str, str], int] = {}
    for call in calls:
        question = (call["run_id"], call["request_sha256"])
        if answered.get(question, call["asked_seq"]) < call["asked_seq"]:
            yield call, answered[question]
        if call["status"] == "ok":
            answered[question] = min(answered.get(question, call["answered_seq"]), call["answered_seq"])


def budgets(budgets: list[dict[str, Any]]) -> Iterator[Finding]:
    for budget in budgets:
        name = f"{budget['scope']} {budget['period']}"
        if budget["spent_usd"] is None:
            yield Finding("budgets balance", f"{name} has no row")
            continue
        if budget["reserved_usd"] != 0:
            yield Finding("budgets balance", f"{name} still holds {budget['reserved_usd']} USD back")
        if budget["spent_usd"] != budget["cost_usd"]:
            what = f"{name} says {budget['spent_usd']} USD, its calls cost {budget['cost_usd']}"
            yield Finding("budgets balance", what)
        if budget["calls"] != budget["intended"]:
            yield Finding("budgets balance", f"{name} counts {budget['calls']} of {budget['intended']} calls")
