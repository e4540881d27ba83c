"""A team made by copying a folder and changing names goes to work without touching code."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import uvicorn

from muster.core.settings import PROJECT_ROOT, Settings
from muster.intake.message import Content, IncomingMessage
from muster.intake.queue import enqueue
from muster.ledger.postgres import PostgresLedger
from muster.people.approvals import decide, open_approvals
from muster.services import http_app
from muster.services.child import launch
from muster.services.ports import free_port
from muster.teams.autonomy_changes import grant_as_written
from muster.teams.deploy import deploy_team
from muster.teams.roster import deployed_team
from muster.teams.shift import Shift
from muster.wiring import workbench

DEMO = PROJECT_ROOT / "data" / "demo"
LEAD = (DEMO / "webhooks.jsonl").read_text(encoding="utf-8").splitlines()[0]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The leads team under other names: the team's, every agent's, and where its work comes from."""
    folder = tmp_path / "partners"
    shutil.copytree(PROJECT_ROOT / "data" / "teams" / "leads", folder)
    manifest = folder / "team.yaml"
    text = manifest.read_text(encoding="utf-8")
    for old, new in {
        "team: leads": "team: partners",
        "lead_desk": "partner_desk",
        "lead_researcher": "partner_scout",
        "lead_qualifier": "partner_judge",
        "website-form": "partner-form",
    }.items():
        assert old in text
        text = text.replace(old, new)
    manifest.write_text(text, encoding="utf-8")
    for prompt in sorted((folder / "prompts").glob("lead_*.md")):
        prompt.rename(
            prompt.with_name(
                prompt.name.replace("lead_desk", "partner_desk")
                .replace("lead_researcher", "partner_scout")
                .replace("lead_qualifier", "partner_judge")
            )
        )
    return folder


@pytest.fixture
def servers(tmp_path: Path, database_url: str) -> Iterator[Settings]:
    """The rehearsal model and the company's systems, each in a process of its own."""
    settings = Settings(
        home=tmp_path / "home",
        database_url=database_url,
        http_port=free_port(),
        rehearsal_port=free_port(),
        company_port=free_port(),
    )
    settings.log_dir.mkdir(parents=True)
    quiet = ["--mistake-rate", "0", "--refusal-rate", "0", "--overload-rate", "0", "--latency-ms", "0"]
    commands = {
        settings.rehearsal_url: ["muster.models.rehearsal", "--port", str(settings.rehearsal_port), *quiet],
        settings.company_url: [
            "muster.demo.company",
            "--port",
            str(settings.company_port),
            "--database",
            str(tmp_path / "company.sqlite"),
            "--seed-from",
            str(DEMO / "company.json"),
        ],
    }
    processes = [
        launch([sys.executable, "-m", *command], output=settings.log_dir / f"{command[0]}.log")
        for command in commands.values()
    ]
    yield settings
    for process in processes:
        process.stop((signal.SIGTERM, 5))


@asynccontextmanager
async def gateway(ledger: PostgresLedger, settings: Settings) -> AsyncIterator[None]:
    """The HTTP app, serving."""
    config = uvicorn.Config(http_app.build(ledger, settings), port=settings.http_port, log_level="error")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    yield
    server.should_exit = True
    await serving


def test_a_copied_team_passes_the_check(copied: Path) -> None:
    check = subprocess.run(
        [sys.executable, "-c", "from muster.cli import main; main()", "team", "check", str(copied)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stderr
    assert "team partners with 3 agents is in order" in check.stdout


async def test_a_copied_team_with_new_names_does_its_work(
    copied: Path, servers: Settings, ledger: PostgresLedger
) -> None:
    """At first as co-pilots, whose drafts a person gets; with a person's word all the way to the end."""
    await deploy_team(ledger, copied, "person:owner@example.com")
    await arrives(ledger, "pf-1")
    async with gateway(ledger, servers), workbench(servers) as bench:
        await answering(servers.company_url, servers.rehearsal_url, servers.http_url)
        await tools_are_known(ledger)
        shift = Shift(bench, await deployed_team(ledger, "partners"), "w1", None)
        report = await shift.work(shift.do)
        assert (report.completed, report.parked, report.problems) == (0, 1, [])
        [asked] = await open_approvals(ledger)
        assert asked.summary.startswith("crm__create_lead with")
        await grant_as_written(ledger, "co-pilot", reason="seen at work", actor="person:owner@example.com")
        while asked_now := await open_approvals(ledger):
            for asked in asked_now:
                await decide(ledger, asked.approval_id, "approve", "person:owner@example.com")
            shift = Shift(bench, await deployed_team(ledger, "partners"), "w1", None)
            assert (await shift.work(shift.do)).problems == []
    [ended] = await ledger.fetch("SELECT status FROM state.tasks")
    assert ended["status"] == "completed"
    agents = await ledger.fetch("SELECT DISTINCT agent FROM ledger.events WHERE team = 'partners'")
    assert {row["agent"] for row in agents} >= {"partner_desk", "partner_judge"}


async def arrives(ledger: PostgresLedger, external_id: str) -> None:
    """A hotel's enquiry, for the new team."""
    message = IncomingMessage(
        source="partner-form",
        external_id=external_id,
        channel="webhook",
        destinations=("partner-form",),
        priority="medium",
        title="A hotel asks",
        content=Content(text=json.loads(LEAD)["content"], received_at=datetime(2026, 11, 21, tzinfo=UTC)),
    )
    assert (await enqueue(ledger, message)).route.team == "partners"


async def answering(*urls: str) -> None:
    """Returns when every server answers its health check."""
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        for url in urls:
            while True:
                try:
                    (await client.get(f"{url}/healthz")).raise_for_status()
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)


async def tools_are_known(ledger: PostgresLedger) -> None:
    """Returns when the gateway has pinned the tools of the CRM."""
    async with asyncio.timeout(60):
        while not await ledger.fetch("SELECT 1 FROM state.tool_registry WHERE server = 'crm'"):
            await asyncio.sleep(0.1)
