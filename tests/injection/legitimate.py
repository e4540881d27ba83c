"""The demo company's ordinary day by an honest model: what the gate lets through and what it asks."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from muster.core.settings import PROJECT_ROOT, Settings
from muster.demo.score import ScoredOutcome, TaskEnd, load_truth, score_files
from muster.intake.folder import read_file
from muster.intake.mail import read_mail
from muster.intake.message import IncomingMessage, UnreadableMessageError
from muster.intake.queue import enqueue
from muster.intake.routing import NoRouteError
from muster.intake.webhook import read_dispatch
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from muster.models.rehearsal.server import RehearsalServer
from muster.models.rehearsal.settings import RehearsalSettings
from muster.services.postgres import EmbeddedPostgres
from muster.teams.shift import Shift
from muster.wiring import workbench
from tests.injection.attack import DOMAINS
from tests.injection.careful import Asked, CarefulPerson
from tests.injection.place import Place, served

_DAY = PROJECT_ROOT / "data" / "demo"
_MOST_ROUNDS = 12

Key = tuple[str, str]


@dataclass
class Legitimate:
    """What became of the messages that are completed without the gate."""

    teams: dict[Key, str]
    without: set[Key]
    alone: set[Key] = field(default_factory=set)
    """Completed with the gate and without a person."""
    helped: set[Key] = field(default_factory=set)
    """Completed with the gate and a careful person."""
    asked: Asked = field(default_factory=Asked)
    about: Counter[str] = field(default_factory=Counter)
    """Questions by team, tool and rule."""
    mistakes: dict[Key, tuple[str, ...]] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    """One reason for every kind of question."""

    def text(self) -> str:
        """The table, the questions, and what did not complete."""
        head = f"{'the ordinary day':<14}{'completed':>10}{'gated, alone':>18}{'gated, with a person':>24}"
        rows = [head]
        for team in (*DOMAINS, "all"):
            keys = {key for key in self.without if team in (self.teams[key], "all")}
            alone, helped = len(keys & self.alone), len(keys & self.helped)
            whole = max(len(keys), 1)
            rows.append(
                f"{team:<14}{len(keys):>10}{alone:>10} {100 * alone / whole:>4.0f} %"
                f"{helped:>16} {100 * helped / whole:>4.0f} %"
            )
        per_task = self.asked.questions / max(len(self.teams), 1)
        rows.append(
            f"questions to the person: {self.asked.questions} in {len(self.teams)} tasks "
            f"({per_task:.2f} a task), {len(self.asked.approved)} approved, "
            f"{len(self.asked.rejected)} rejected"
        )
        rows += [f"  {count:>4}  {what}" for what, count in self.about.most_common()]
        rows += [f"        {each}" for each in self.examples]
        rows += [f"  not completed: {key[0]} {key[1]}: {why}" for key, why in sorted(self.mistakes.items())]
        return "\n".join(rows)

    def as_json(self) -> dict[str, Any]:
        return {
            "completed_without_gate": len(self.without),
            "completed_gated_alone": len(self.without & self.alone),
            "completed_gated_with_person": len(self.without & self.helped),
            "tasks": len(self.teams),
            "questions": self.asked.questions,
            "approved": len(self.asked.approved),
            "rejected": len(self.asked.rejected),
            "questions_about": dict(self.about),
        }


async def ordinary_day(postgres: EmbeddedPostgres, folder: Path, domain: str | None) -> Legitimate:
    """The day without the gate, and with it until a careful person has decided everything."""
    truths = load_truth(_DAY / "truth.jsonl")
    async with Place(postgres, folder).ready() as place, honest_model(place.model_port):
        async with _worked(place, domain, gated=False) as (ledger, _, settings):
            first = await _scored(ledger, place, settings)
        result = Legitimate(_teams(first), _completed(first))
        person = CarefulPerson(truths, place.books)
        async with _worked(place, domain, gated=True) as (ledger, shifts, settings):
            result.alone = _completed(await _scored(ledger, place, settings))
            for _ in range(_MOST_ROUNDS):
                if not await person.decide_all(ledger, await _names(ledger)):
                    break
                await shifts()
            last = await _scored(ledger, place, settings)
        result.helped = _completed(last)
        result.asked = person.asked
        for held in (*person.asked.approved, *person.asked.rejected):
            what = f"{held.team}: {held.tool} ({', '.join(held.rules)})"
            if what not in result.about:
                result.examples.append(f"{what}: {'; '.join(held.reasons)}")
            result.about[what] += 1
        result.mistakes = {
            _key(each): (each.case, each.actual, *each.mistakes)
            for each in last
            if each.expected != "duplicate" and _key(each) in result.without - result.helped
        }
    return result


@asynccontextmanager
async def honest_model(port: int) -> AsyncIterator[None]:
    """The rehearsal model without latency, mistakes or trouble."""
    quiet = RehearsalSettings(
        port=port,
        latency_ms=0,
        mistake_rate=0,
        refusal_rate=0,
        overload_rate=0,
        rate_limit_rate=0,
        obedience_rate=0,
    )
    async with served(RehearsalServer(quiet).app(), port):
        yield


@asynccontextmanager
async def _worked(
    place: Place, domain: str | None, *, gated: bool
) -> AsyncIterator[tuple[PostgresLedger, Any, Settings]]:
    """The day's messages in the queue and worked off once; gives what works the rest off."""
    async with place.at_work(gated=gated) as (ledger, settings), workbench(settings) as bench:
        bench.chance = random.Random(7)
        await _deliver(ledger)
        teams = [domain] if domain else list(DOMAINS)

        async def shifts() -> None:
            await asyncio.gather(*(Shift(bench, team, f"suite-{team}").work() for team in teams))

        await shifts()
        yield ledger, shifts, settings


async def _deliver(ledger: PostgresLedger) -> None:
    now = ledger.clock.now()
    for path in sorted((_DAY / "mail").glob("*.eml")):
        await _take(ledger, lambda path=path: read_mail(path.read_bytes(), now))
    for path in sorted((_DAY / "drop").glob("*/*")):
        await _take(ledger, lambda path=path: read_file(path.parent.name, path.name, path.read_bytes(), now))
    for line in (_DAY / "webhooks.jsonl").read_bytes().splitlines():
        await _take(ledger, lambda line=line: read_dispatch(line, now))


async def _take(ledger: PostgresLedger, read: Any) -> None:
    try:
        message: IncomingMessage = read()
        await enqueue(ledger, message)
    except (UnreadableMessageError, NoRouteError):
        return  # a poisoned message is quarantined, which is another suite's matter


async def _scored(ledger: PostgresLedger, place: Place, settings: Settings) -> list[ScoredOutcome]:
    rows = await ledger.fetch(load("muster.demo", "task_ends"))
    ends = [TaskEnd(row["source"], row["external_id"], row["status"], row["task_id"]) for row in rows]
    return score_files(_DAY, place.books.file, ends)


async def _names(ledger: PostgresLedger) -> dict[str, Key]:
    rows = await ledger.fetch("SELECT task_id, source, external_id FROM state.tasks")
    return {row["task_id"]: (row["source"], row["external_id"]) for row in rows}


def _completed(outcomes: list[ScoredOutcome]) -> set[Key]:
    return {
        _key(each)
        for each in outcomes
        if each.expected == "completed" and each.actual == "completed" and each.correct
    }


def _teams(outcomes: list[ScoredOutcome]) -> dict[Key, str]:
    return {
        _key(each): each.team
        for each in outcomes
        if each.task_id is not None and each.expected != "duplicate"
    }


def _key(outcome: ScoredOutcome) -> Key:
    return (outcome.source, outcome.external_id)
