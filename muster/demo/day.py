"""The demo company's day: its work arrives through real channels, its teams do it, and figures come out."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from muster.core.errors import PlatformError
from muster.core.settings import Settings
from muster.demo.deliver import Delivered, Doors, deliver
from muster.demo.score import ScoredOutcome
from muster.demo.scoring import record_scores
from muster.ledger.home import LedgerHome
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from muster.ledger.verify import Verdict, verify_ledger
from muster.reports.week import Week
from muster.wiring import PLATFORM_FLOWS, let_rehearsal_work, open_ledger, put_to_work, register_flows

Told = Callable[[str, int, int], None]
"""Told what goes on, how much of it is done, and of how much."""

_POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 180.0
"""Without any task ending, this long means that something is stuck."""


class DayStuckError(PlatformError):
    """No task came to its end for too long."""


class FlowFailedError(PlatformError):
    """A Prefect flow run did not complete."""


@dataclass
class Day:
    """What came of the day."""

    began_at: datetime
    delivered: Delivered
    scored: list[ScoredOutcome] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)
    review_path: str = ""
    open_tasks: int = 0
    held_tasks: int = 0
    """Those that wait for a person's yes or no."""
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each part took."""


async def live_through(settings: Settings, told: Told) -> Day:
    """Let the day of `settings.demo_dir` arrive and be worked off; services must be running.

    Raises:
        DayStuckError: no task came to its end for three minutes.
        FlowFailedError: a flow run did not complete.
        MusterError: a service is away, or a team's files are wrong.
    """
    began = time.monotonic()
    teams = sorted(path.parent for path in settings.teams_dir.glob("*/team.yaml"))
    for number, folder in enumerate(teams, start=1):
        told("putting teams to work", number - 1, len(teams))
        await put_to_work(settings, folder)
    await let_rehearsal_work(settings)
    await register_flows(settings, PLATFORM_FLOWS)
    told("putting teams to work", len(teams), len(teams))
    async with open_ledger(settings) as ledger:
        began_at = ledger.clock.now()
        delivered = await deliver(
            settings.demo_dir, Doors.of(settings), on_progress=lambda done, of: told("work arrives", done, of)
        )
        day = Day(began_at, delivered)
        day.seconds["arrive"] = time.monotonic() - began
        await _flows("mail-intake/mail", "folder-intake/folder")
        await _worked_off(ledger, [folder.name for folder in teams], told)
        day.seconds["work"] = time.monotonic() - began - sum(day.seconds.values())
        day.scored = await record_scores(ledger, settings, settings.model_source)
        today = ledger.clock.now()
        told("figures and the review", 0, 1)
        await _flow("kpi-rollup/nightly", {"day": today.date().isoformat()})
        await _flow("weekly-review/weekly", {"week": str(Week.of(today))})
        [review] = await ledger.fetch(load("muster.demo", "newest_review"))
        day.review_path = review["path"]
        told("figures and the review", 1, 1)
        await _flows("seal-ledger/minutely")
        day.verdict = await verify_ledger(ledger, LedgerHome.of(settings), mirror=settings.mirror_address)
        counts = await _counts(ledger)
        day.open_tasks, day.held_tasks = counts["open"], counts["held"]
        day.seconds["report"] = time.monotonic() - began - sum(day.seconds.values())
    return day


async def _worked_off(ledger: PostgresLedger, teams: list[str], told: Told) -> None:
    """Start shifts until every task has ended or waits for a person."""
    names = [f"team-shift/{team}" for team in teams]
    watched = asyncio.ensure_future(_flows(*names))
    before, moved_at = -1, time.monotonic()
    while True:
        counts = await _counts(ledger)
        done = counts["ended"] + counts["held"]
        told("teams work", done, done + counts["open"])
        if done != before:
            before, moved_at = done, time.monotonic()
        if watched.done():
            watched.result()
            if counts["open"] == 0:
                return
            watched = asyncio.ensure_future(_flows(*names))
        if time.monotonic() - moved_at > _PATIENCE_SECONDS:
            raise DayStuckError(
                f"{counts['open']} tasks are open and none ended for {_PATIENCE_SECONDS:.0f} s",
                do="see `muster status` and the logs in MUSTER_HOME/logs",
            )
        await asyncio.sleep(_POLL_SECONDS)


async def _flows(*names: str) -> None:
    await asyncio.gather(*(_flow(name) for name in names))


async def _flow(name: str, parameters: dict[str, Any] | None = None) -> None:
    """Run a deployment now and wait for its end."""
    from muster.services.orchestration.deploying import run_now, wait

    run_id: UUID = await run_now(name, parameters)
    state = await wait(run_id)
    if not state.is_completed():
        raise FlowFailedError(
            f"{name} ended as {state.name}: {state.message}", do="see the run in Prefect's pages"
        )


async def _counts(ledger: PostgresLedger) -> dict[str, int]:
    [row] = await ledger.fetch(load("muster.demo", "task_counts"))
    return dict(row)
