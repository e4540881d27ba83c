"""`muster model list`, `check` and `savings`, as they are typed."""

import asyncio
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from muster.ledger.events import EventContext
from muster.ledger.postgres import PostgresLedger
from muster.models.client import ModelAnswer
from muster.models.door import ModelDoor, Question
from muster.models.governance import ModelTableFile
from muster.models.usage import TokenUsage
from tests.integration.models.asking import SaidClient

MUSTER = [sys.executable, "-c", "from muster.cli import main; main()"]
TABLE = """\
roles:
  writer:
    model: claude-sonnet-5-5
    fallback: claude-haiku-5-5
    max_tokens: 100
"""
WHERE = EventContext(actor="agent:support/desk", team="support", agent="support/desk", model_source="claude")


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "models.yaml").write_text(TABLE)
    return folder


def muster(
    *words: str, policies: Path, url: str = "postgresql://nobody@127.0.0.1:1/none"
) -> subprocess.CompletedProcess[str]:
    settings = {
        "MUSTER_DATABASE_URL": url,
        "MUSTER_HOME": str(policies.parent / "home"),
        "MUSTER_POLICIES_DIR": str(policies),
    }
    return subprocess.run(
        [*MUSTER, "model", *words],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


async def asked(url: str, policies: Path, *usages: TokenUsage) -> None:
    """Calls whose answers used so many tokens."""
    ledger = await PostgresLedger.open(url, pool_size=1)
    try:
        answers = [ModelAnswer([], "end_turn", usage, None) for usage in usages]
        door = ModelDoor(ledger, ModelTableFile(policies / "models.yaml"), SaidClient(*answers))
        for number in range(len(usages)):
            question = Question("writer", 1, [], [{"role": "user", "content": str(number)}], [])
            await door.ask(question, WHERE, call_id=f"mcl_{number}", budgets=())
    finally:
        await ledger.close()


def test_the_table_in_force_is_listed_with_its_version_and_prices(database_url: str, policies: Path) -> None:
    before = muster("list", policies=policies, url=database_url)
    assert "not used yet" in before.stdout
    asyncio.run(asked(database_url, policies, TokenUsage(1, 1)))
    listed = muster("list", policies=policies, url=database_url)
    assert "models@1" in listed.stdout
    assert "2 / 10" in listed.stdout
    told = json.loads(muster("list", "--json", policies=policies, url=database_url).stdout)
    assert (told["version"], told["problem"]) == ("models@1", None)
    assert told["roles"]["writer"]["fallback"] == "claude-haiku-5-5"
    assert Decimal(told["price_per_mtok"]["claude-sonnet-5-5"]["input"]) == 2


def test_a_broken_table_is_said_loudly_and_the_one_in_force_is_still_listed(
    database_url: str, policies: Path
) -> None:
    asyncio.run(asked(database_url, policies, TokenUsage(1, 1)))
    (policies / "models.yaml").write_text(TABLE + "    max_token: 3\n")
    listed = muster("list", policies=policies, url=database_url)
    assert listed.returncode == 3
    assert "claude-sonnet-5-5" in listed.stdout
    assert "models.yaml:6" in listed.stderr
    assert "did you mean `max_tokens`?" in listed.stderr
    assert "stays in force" in listed.stderr
    assert "Traceback" not in listed.stderr


def test_without_a_ledger_the_file_is_listed_all_the_same(policies: Path) -> None:
    listed = muster("list", policies=policies)
    assert (listed.returncode, "claude-sonnet-5-5" in listed.stdout) == (0, True)
    (policies / "models.yaml").write_text("roles: [")
    assert muster("list", policies=policies).returncode == 3


def test_a_table_is_checked_before_it_is_saved(policies: Path, tmp_path: Path) -> None:
    assert muster("check", policies=policies).returncode == 0
    draft = tmp_path / "draft.yaml"
    draft.write_text(TABLE.replace("fallback: claude-haiku-5-5", "fallback: claude-haku-5-5"))
    warned = muster("check", str(draft), policies=policies)
    assert (warned.returncode, "warning" in warned.stdout) == (0, True)
    draft.write_text(TABLE.replace("model: claude-sonnet-5-5", "model: nobody-knows-1"))
    stopped = muster("check", str(draft), "--json", policies=policies)
    assert stopped.returncode == 3
    [problem] = json.loads(stopped.stdout)["problems"]
    assert problem["stops_work"]
    assert "nobody-knows-1" in problem["what"]
    draft.write_text("roles: 3\n")
    broken = muster("check", str(draft), policies=policies)
    assert (broken.returncode, f"{draft}:1" in broken.stderr) == (3, True)


def test_the_saving_is_what_the_prompts_would_have_cost_less_what_they_cost(
    database_url: str, policies: Path
) -> None:
    asyncio.run(
        asked(
            database_url,
            policies,
            TokenUsage(100, 10, cache_creation_input_tokens=10_000),
            TokenUsage(100, 10, cache_read_input_tokens=10_000),
        )
    )
    told = json.loads(muster("savings", "--json", policies=policies, url=database_url).stdout)
    [row] = told["cache"]
    assert (row["team"], row["agent"], row["calls"]) == ("support", "desk", 2)
    assert row["saved_usd"] == "0.014000"
    shown = muster("savings", policies=policies, url=database_url)
    assert "support/desk" in shown.stdout
    assert "saved $0.0140 and lost $0.0000" in shown.stdout
    assert "Real model (claude)" in shown.stdout
    nothing = muster("savings", "--team", "finance", policies=policies, url=database_url)
    assert "nothing to count" in nothing.stdout
