"""One fault run: services up, work fed, processes killed, the queue emptied in peace, everything checked."""

import asyncio
import contextlib
import io
import time
from dataclasses import dataclass, field

from muster.core.settings import Settings
from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.keeping import keep_ledger
from muster.ledger.postgres import PostgresLedger
from muster.ledger.recovery import abandon_lost_intents
from muster.ledger.sql import load
from muster.reports.trace import trace_tree
from muster.teams.autonomy_changes import grant_as_written
from muster.teams.deploy import deploy_team
from muster.teams.standard import Standard
from muster.wiring import PLATFORM_FLOWS, database_url, open_ledger, put_to_work, register_flows
from tests.chaos.checks import Finding, check, died
from tests.chaos.counts import Counts, count
from tests.chaos.crew import Crew
from tests.chaos.feed import Feed
from tests.chaos.house import House, settings_in
from tests.chaos.killing import Killing, Told
from tests.chaos.person import at_the_inbox
from tests.chaos.record import Diary
from tests.chaos.schedule import schedule

_OPERATOR = "person:operator"
_OPEN = 40
"""Fewer open tasks than this, and new work arrives."""
_PATIENCE_SECONDS = 150.0
_LOOK_SECONDS = 0.5


class StuckError(Exception):
    """Tasks are open and none comes to its end."""


@dataclass
class Outcome:
    """What came of a fault run."""

    counts: Counts
    findings: list[Finding] = field(default_factory=list)
    ended_by_itself: dict[str, list[str]] = field(default_factory=dict)
    """Processes that ended though nobody killed them, by service."""
    trace: str = ""
    """A task whose run was killed at least three times and finished."""
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each part took."""


async def run(diary: Diary, told: Told) -> Outcome:
    """Make the kills of the diary that were not made yet, then check everything.

    Raises:
        StuckError: with nothing killed any more, tasks stay open.
        CrewError: the light runners cannot be started.
        HouseError: a service does not come up.
    """
    terms = diary.terms
    settings = settings_in(diary.folder, lease_seconds=terms.lease_seconds)
    seconds: dict[str, float] = {}
    clock = _Clock(seconds)
    house = House(settings, light=terms.light, answer_after_ms=terms.answer_after_ms, answer_seed=terms.seed)
    crew = Crew(settings, terms.workers, lease_seconds=terms.lease_seconds, first=1000 * len(diary.made) + 1)
    feed = Feed(diary.folder, settings, terms.seed)
    async with house.open(), open_ledger(settings) as ledger, contextlib.AsyncExitStack() as at_work:
        await _teams_at_work(ledger, settings, light=terms.light)
        if not terms.light:
            house.programs["runner"].start()
            await house.wait_for("runner")
        house.watch()
        await at_work.enter_async_context(crew.at_work())
        await at_work.enter_async_context(at_the_inbox(ledger, terms.seed))
        clock.done("start")
        await _kill_while_fed(diary, house, crew, feed, ledger, told)
        clock.done("killing")
        await house.wait_for(*house.programs)
        await _worked_off(ledger, feed)
        clock.done("emptying the queue")
        await at_work.aclose()
        if not terms.light:
            house.give_up()
            await asyncio.to_thread(house.programs["runner"].stop)
        for row in await ledger.fetch(load("tests.chaos", "runs_with_open_intents")):
            await abandon_lost_intents(ledger, row["run_id"])
        await keep_ledger(ledger, settings, database_url(settings))
        outcome = Outcome(await count(ledger, settings, diary), await check(ledger, settings, feed))
        outcome.ended_by_itself = _ended_by_themselves(house, crew)
        outcome.findings += died(outcome.ended_by_itself)
        if outcome.counts.survivor is not None:
            outcome.trace = await asyncio.to_thread(_trace, settings, outcome.counts.survivor)
        clock.done("checking")
    outcome.seconds = seconds
    return outcome


class _Clock:
    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        self._at = time.monotonic()

    def done(self, part: str) -> None:
        """The part that ends now took so long."""
        now = time.monotonic()
        self._seconds[part], self._at = now - self._at, now


async def _teams_at_work(ledger: PostgresLedger, settings: Settings, *, light: bool) -> None:
    for folder in sorted(path.parent for path in settings.teams_dir.glob("*/team.yaml")):
        if light:
            await deploy_team(ledger, folder, _OPERATOR)
        else:
            await put_to_work(settings, folder)
    reason = "the fault test works as the manifests are written"
    await grant_as_written(ledger, Standard().autonomy.starts_in, reason=reason, actor=_OPERATOR)
    if not light:
        await register_flows(settings, PLATFORM_FLOWS)


async def _kill_while_fed(
    diary: Diary, house: House, crew: Crew, feed: Feed, ledger: PostgresLedger, told: Told
) -> None:
    terms = diary.terms
    made = {kill.number for kill in diary.made}
    plan = schedule(terms.seed, terms.kills, light=terms.light, every_seconds=terms.every_seconds)
    left = [kill for kill in plan if kill.number >= terms.first and kill.number not in made]
    feeding = asyncio.create_task(feed.keep_open(ledger, _OPEN))
    killing = asyncio.create_task(Killing(house, crew, ledger, diary, told).make(left))
    manned = asyncio.create_task(crew.watch())
    try:
        done, _ = await asyncio.wait({feeding, killing, manned}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        feed.stop()
        await feeding
    finally:
        for task in (feeding, killing, manned):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _worked_off(ledger: PostgresLedger, feed: Feed) -> None:
    """Returns when no task is open.

    Raises:
        StuckError: the number of open tasks does not fall for minutes.
    """
    before, moved_at = -1, time.monotonic()
    while True:
        with contextlib.suppress(LedgerUnavailableError):
            still = await feed.open_work(ledger)
            if still == 0:
                return
            if still != before:
                before, moved_at = still, time.monotonic()
        if time.monotonic() - moved_at > _PATIENCE_SECONDS:
            rows = await ledger.fetch(load("tests.chaos", "still_open"))
            raise StuckError(f"{before} tasks are open and none ends: {rows}")
        await asyncio.sleep(_LOOK_SECONDS)


def _ended_by_themselves(house: House, crew: Crew) -> dict[str, list[str]]:
    ended = {name: [str(code) for code in each.ended_by_itself] for name, each in house.programs.items()}
    ended["worker"] = crew.ended_by_itself
    return {name: ends for name, ends in ended.items() if ends}


def _trace(settings: Settings, task_id: str) -> str:
    from rich.console import Console

    from muster.ledger.reader import LedgerReader

    events = LedgerReader.of(settings, database_url(settings)).task_events(task_id)
    written = io.StringIO()
    Console(file=written, highlight=False, width=150).print(trace_tree(events))
    return written.getvalue()
