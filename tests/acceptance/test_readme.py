"""The README is short, and every command in it runs."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from muster.core.settings import PROJECT_ROOT
from tests.acceptance.prefect_at_work import PrefectServer
from tests.acceptance.worked import work_done

README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^(muster [^#\n]+?)\s*#", README, re.MULTILINE)
TARGETS = sorted(set(re.findall(r"`?make ([a-z]+)`?", README)))
ENTRY = [sys.executable, "-c", "from muster.cli import main; main()"]
MAY_FIND_FAULT = {"muster status", "muster doctor"}
"""Exit code 1 is an honest answer of theirs where not all services run."""


def test_it_is_short() -> None:
    assert len(README.splitlines()) < 150


@pytest.mark.parametrize("target", TARGETS)
def test_every_make_target_exists(target: str) -> None:
    planned = subprocess.run(
        ["make", "-n", target], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    assert planned.returncode == 0, planned.stderr


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)]+)\)", README))))
def test_every_link_leads_somewhere(link: str) -> None:
    assert (PROJECT_ROOT / link).exists()


def test_there_are_commands_to_run() -> None:
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs(
    command: str, database_url: str, prefect_server: PrefectServer, tmp_path: Path
) -> None:
    ids = asyncio.run(work_done(database_url, tasks=12))
    server = prefect_server.settings
    settings = {
        "MUSTER_DATABASE_URL": database_url,
        "MUSTER_HOME": str(server.home_dir),
        "MUSTER_PREFECT_PORT": str(server.prefect_port),
    }
    archive = tmp_path / "ledger.zip"
    if command == "muster ledger verify ledger.zip":
        assert run(f"muster ledger export --out {archive}", settings).returncode == 0
    done = run(command.replace("TASK", ids[0]).replace("ledger.zip", str(archive)), settings)
    allowed = {0, 1} if command in MAY_FIND_FAULT else {0}
    assert done.returncode in allowed, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.strip()


def run(command: str, settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What a command of the README did."""
    return subprocess.run(
        [*ENTRY, *command.split()[1:]],
        cwd=PROJECT_ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
