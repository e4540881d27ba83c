"""One day of the demo company, worked by the real services in a folder of its own."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from muster.core.settings import Settings
from muster.demo.deliver import Doors, deliver
from muster.demo.generate.edition import make_edition, write_edition
from muster.demo.score import ScoredOutcome
from muster.demo.scoring import record_scores
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from muster.teams.autonomy_changes import grant_as_written
from muster.teams.company_rules import CompanyRules, tools_in_registry
from muster.teams.deploy import deploy_team
from muster.teams.roster import deployed_manifests
from muster.wiring import open_ledger
from tests.chaos.house import House, settings_in
from tests.chaos.worker import work

SEED = 7
_LEASE_SECONDS = 120.0
_PATIENCE_SECONDS = 180.0
_LOOK_SECONDS = 0.5
_OPERATOR = "person:operator"

Change = Callable[[Settings], None]
"""Changes the files of an installation before its day begins."""


class StuckError(Exception):
    """Tasks are open and none comes to its end."""


@dataclass(frozen=True, slots=True)
class Worked:
    """A day that was worked."""

    settings: Settings
    scored: list[ScoredOutcome]
    seconds: float


def unchanged(settings: Settings) -> None:
    """The day as the repository's files say."""


async def worked_day(
    folder: Path, change: Change = unchanged, *, messages: int | None = None, seed: int = SEED
) -> Worked:
    """Work the company's first day until every task has ended or waits for a person.

    Args:
        folder: everything of the installation is kept in it; its Postgres can be started again there.
        messages: only so many of the day's, the same ones for the same seed; all when left out.

    Raises:
        StuckError: tasks are open, and none ended for minutes.
        HouseError: a service does not come up.
    """
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    settings = settings_in(folder, lease_seconds=_LEASE_SECONDS)
    write_edition(_chosen(make_edition(seed, 1), messages, seed), settings.demo_dir)
    change(settings)
    async with House(settings, light=True).open(), open_ledger(settings) as ledger:
        await _teams_at_work(ledger, settings)
        await _tools_at_hand(ledger)
        await deliver(settings.demo_dir, Doors.of(settings))
        await _worked_off(ledger, settings)
        scored = await record_scores(ledger, settings, settings.model_source)
    return Worked(settings, scored, time.monotonic() - began)


async def _teams_at_work(ledger: PostgresLedger, settings: Settings) -> None:
    rules = CompanyRules.of(settings, await tools_in_registry(ledger))
    for folder in sorted(path.parent for path in settings.teams_dir.glob("*/team.yaml")):
        await deploy_team(ledger, folder, _OPERATOR, rules=rules)
    reason = "the backtest works as the manifests are written"
    await grant_as_written(ledger, rules.standard.autonomy.starts_in, reason=reason, actor=_OPERATOR)


async def _tools_at_hand(ledger: PostgresLedger) -> None:
    """Returns when every tool an agent may use is registered: the first tasks must not go without.

    Raises:
        StuckError: a system does not come up.
    """
    manifests = await deployed_manifests(ledger)
    granted = {tool for manifest in manifests for agent in manifest.agents for tool in agent.tools}
    until = time.monotonic() + _PATIENCE_SECONDS
    while missing := granted - await tools_in_registry(ledger):
        if time.monotonic() > until:
            raise StuckError(f"nobody offers {', '.join(sorted(missing))}")
        await asyncio.sleep(_LOOK_SECONDS)


async def _worked_off(ledger: PostgresLedger, settings: Settings) -> None:
    working = asyncio.create_task(work(settings, "backtest", _LEASE_SECONDS))
    before, moved_at = -1, time.monotonic()
    try:
        while True:
            [counts] = await ledger.fetch(load("muster.demo", "task_counts"))
            done = counts["ended"] + counts["held"]
            if counts["open"] == 0 and done and not _uncollected(settings):
                return
            if done != before:
                before, moved_at = done, time.monotonic()
            if time.monotonic() - moved_at > _PATIENCE_SECONDS:
                raise StuckError(f"{counts['open']} tasks are open and none ended for minutes")
            if working.done():
                working.result()
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working


def _uncollected(settings: Settings) -> bool:
    dropped = (path for path in settings.drop_dir.glob("*/*") if path.is_file())
    return any((settings.maildir / "new").glob("*")) or any(dropped)


def _chosen(files: dict[str, bytes], messages: int | None, seed: int) -> dict[str, bytes]:
    """The files of a smaller day: so many of its messages, its master data and their truth."""
    if messages is None:
        return files
    rows: list[dict[str, Any]] = [json.loads(line) for line in files["truth.jsonl"].splitlines()]
    names = {row["message"] for row in Random(seed).sample(rows, min(messages, len(rows)))}
    posts = files["webhooks.jsonl"].splitlines(keepends=True)
    kept = {name: content for name, content in files.items() if name in names or name == "company.json"}
    places = sorted(int(name.partition("#")[2]) for name in names if "#" in name)
    kept["webhooks.jsonl"] = b"".join(posts[place - 1] for place in places)
    lines = (json.dumps(row).encode() + b"\n" for row in rows if row["message"] in names)
    return kept | {"truth.jsonl": b"".join(lines)}
