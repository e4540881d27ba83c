"""`muster prompt` and `muster team check`, as they are typed."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from muster.ledger.postgres import PostgresLedger
from muster.teams.deploy import deploy_team
from tests.integration.teams.desk_folder import desk_folder, prompt_text

MUSTER = [sys.executable, "-c", "from muster.cli import main; main()"]
CLERK = "support/clerk"


@pytest.fixture
def folder(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a team at work."""
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    folder = desk_folder(tmp_path)
    asyncio.run(_deploy(database_url, folder))
    return folder


async def _deploy(url: str, folder: Path) -> None:
    ledger = await PostgresLedger.open(url, pool_size=1)
    try:
        await deploy_team(ledger, folder, "person:jo@example.com")
    finally:
        await ledger.close()


def muster(*words: str, typed: str = "", code: int = 0) -> str:
    """What the command says, on standard error when it fails."""
    done = subprocess.run(
        [*MUSTER, *words],
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ,
    )
    assert done.returncode == code, done.stderr
    return done.stderr if code else done.stdout


def test_a_prompt_is_added_put_in_force_compared_and_taken_back(folder: Path, tmp_path: Path) -> None:
    text = prompt_text("clerk", "Be quick.")
    file = tmp_path / "clerk.md"
    file.write_text(text, encoding="utf-8")

    assert "version 2 added" in muster("prompt", "add", CLERK, str(file))
    assert "in force" in muster("prompt", "list", CLERK).splitlines()[2]
    assert "+Be quick." in muster("prompt", "diff", CLERK, "1", "2")
    assert "version 2 is in force, before it version 1" in muster(
        "prompt", "activate", CLERK, "2", "--reason", "clearer"
    )
    assert muster("prompt", "show", CLERK) == text
    assert "version 1 is in force" in muster("prompt", "rollback", CLERK, "--reason", "worse")
    assert muster("prompt", "show", CLERK) == prompt_text("clerk", "Do your work.")


def test_standard_input_and_json(folder: Path) -> None:
    text = prompt_text("clerk", "Ünïcode & Co.")
    words = ("prompt", "add", CLERK, "-", "--type", "complaint", "--activate", "--reason", "new", "--json")

    added = json.loads(muster(*words, typed=text))
    shown = json.loads(muster("prompt", "show", CLERK, "--type", "complaint", "--json"))
    [newest, *_] = json.loads(muster("prompt", "list", CLERK, "--json"))

    assert (added["version"], added["added"]) == (1, True)
    assert added["activated"]["previous_version"] is None
    assert shown == {"version": 1, "text": text, "transaction_type": "complaint"}
    assert {one: newest[one] for one in ("agent", "transaction_type", "version", "origin")} == {
        "agent": CLERK,
        "transaction_type": "",
        "version": 1,
        "origin": "files",
    }
    withdrawn = muster("prompt", "rollback", CLERK, "--type", "complaint", "--reason", "not needed")
    assert "support/clerk for complaint: withdrawn; the general prompt counts" in withdrawn


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("activate", CLERK, "9", "--reason", "x"), 4, "no version 9 of the prompt of support/clerk"),
        (("rollback", CLERK, "--reason", "x"), 4, "no version to go back to"),
        (("show", "support/nobody"), 4, "no prompt in force"),
        (("add", CLERK, "/nowhere/clerk.md"), 4, "cannot read it: No such file"),
        (("add", CLERK, "-", "--type", "refunds"), 4, "no transaction type 'refunds'"),
        (("add", CLERK, "-", "--activate"), 2, "--activate needs a --reason"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do(
    words: tuple[str, ...], code: int, said: str, folder: Path
) -> None:
    told = muster("prompt", *words, typed=prompt_text("clerk", "Hi."), code=code)

    assert said in told
    assert code == 2 or "do: " in told or "cannot read" in told


def test_a_text_that_is_not_utf8_is_refused(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "clerk.md"
    file.write_bytes("# Role: clerk\n\nGrüße".encode("latin-1"))

    assert "it is not UTF-8 text" in muster("prompt", "add", CLERK, str(file), code=4)


@pytest.mark.parametrize("database_is_away", [False, True])
def test_a_check_names_a_tool_nobody_connected(
    database_is_away: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database_is_away:
        monkeypatch.setenv("MUSTER_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert "is in order" in muster("team", "check", str(folder))
    manifest = folder / "team.yaml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace("shop__issue_refund", "shop__isue_refund"), encoding="utf-8")

    told = muster("team", "check", str(folder), code=4)

    assert "team.yaml:28" in told
    assert "shop__isue_refund" in told
