"""One day of the demo company, worked by its teams or by one agent a team; prints a row a task as JSON.

Run by team_tokens.py in a process of its own, with MUSTER_HOME, MUSTER_DEMO_DIR and free ports set:
`python -m tests.benchmarks.team_tokens_day team|alone OUT`. Postgres, the gateway, the company's systems and
the SMTP door are the real services; the shifts run in this process.
"""

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from muster.analysis.tasks import task_rows
from muster.core.settings import Settings, load_settings
from muster.demo.deliver import Doors, deliver
from muster.intake import folder as drop
from muster.intake import maildir
from muster.ledger.postgres import PostgresLedger
from muster.ledger.reader import LedgerReader
from muster.models.rehearsal.settings import RehearsalSettings
from muster.services.database import database_url
from muster.services.supervisor import Fleet
from muster.teams.autonomy_changes import grant_as_written
from muster.teams.deploy import deploy_team
from muster.teams.manifest import load_manifest
from muster.teams.shift import Shift
from muster.wiring import workbench
from tests.benchmarks.team_tokens_model import lone_manifest, lone_server

_SERVICES = ("postgres", "http", "smtp", "company")
_PROMPTS = Path(__file__).with_name("team_tokens_prompts")
_KEYS = "SELECT task_id, source, external_id FROM state.tasks"
_COUNTED = (
    "task_id",
    "team",
    "status",
    "model_calls",
    "tool_calls",
    "handoffs",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "model_cost_usd",
)


@contextmanager
def model_running(settings: Settings) -> Iterator[None]:
    """The rehearsal model without latency, mistakes or trouble, lone agents' roles included."""
    quiet = RehearsalSettings(
        port=settings.rehearsal_port,
        latency_ms=0,
        mistake_rate=0,
        refusal_rate=0,
        overload_rate=0,
        rate_limit_rate=0,
        obedience_rate=0,
    )
    app = lone_server(quiet, settings.teams_dir).app()
    config = uvicorn.Config(
        app, host="127.0.0.1", port=quiet.port, log_level="error", access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield
    server.should_exit = True
    thread.join(timeout=10)


def folders(settings: Settings, way: str) -> list[Path]:
    """The folders of the teams that are put to work."""
    teams = sorted(path.parent for path in settings.teams_dir.glob("*/team.yaml"))
    if way == "team":
        return teams
    made = []
    for team in teams:
        folder = settings.home_dir / "lone" / team.name
        (folder / "prompts").mkdir(parents=True, exist_ok=True)
        (folder / "team.yaml").write_text(json.dumps(lone_manifest(load_manifest(team))))  # JSON is YAML
        prompt = (_PROMPTS / f"{team.name}.md").read_text(encoding="utf-8")
        (folder / "prompts" / "all_rounder.md").write_text(prompt, encoding="utf-8")
        made.append(folder)
    return made


async def day(settings: Settings, way: str) -> list[dict[str, Any]]:
    """The day's tasks, each with what it took."""
    teams = folders(settings, way)
    async with workbench(settings) as bench:
        ledger = bench.ledger
        for folder in teams:
            await deploy_team(ledger, folder, "person:bench")
        await grant_as_written(ledger, "co-pilot", reason="a benchmark", actor="person:bench")
        await deliver(settings.demo_dir, Doors.of(settings))
        await maildir.collect(ledger, settings.maildir)
        await drop.collect(ledger, settings.drop_dir)
        for folder in teams:
            await Shift(bench, folder.name, f"bench-{folder.name}").work()
        return await _rows(ledger, settings)


async def _rows(ledger: PostgresLedger, settings: Settings) -> list[dict[str, Any]]:
    keys = {row["task_id"]: row for row in await ledger.fetch(_KEYS)}
    tasks = task_rows(LedgerReader(database_url(settings)).events().lazy()).select(_COUNTED).collect()
    return [{**row, **keys[row["task_id"]]} for row in tasks.iter_rows(named=True)]


def main() -> None:
    way, out = sys.argv[1], Path(sys.argv[2])
    settings = load_settings()
    with Fleet(settings, services=_SERVICES).running(lambda *_: None), model_running(settings):
        rows = asyncio.run(day(settings, way))
    out.write_text(json.dumps(rows, default=str))


if __name__ == "__main__":
    main()
