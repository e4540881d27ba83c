"""`muster client` and `muster token`: what they print, and how they say no."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg.types.json import Jsonb

from muster.core.settings import PROJECT_ROOT
from muster.ledger.postgres import PostgresLedger

ADD = ("client", "add", "laptop", "--owner", "jo@example.com", "--tools", "shop__get_order")
HOW_TO = PROJECT_ROOT / "docs" / "how-to" / "use-governed-tools-from-claude-code.md"


@pytest.fixture(autouse=True)
async def registry(ledger: PostgresLedger) -> None:
    """A shop with one tool that reads and one that moves money."""
    async with ledger.transaction() as transaction:
        for tool, effect in (("get_order", "read"), ("issue_refund", "money")):
            await transaction.connection.execute(
                "INSERT INTO state.tool_registry (server, tool, definition, definition_sha256, effect,"
                " status, registered_at) VALUES ('shop', %s, %s, 'sha', %s, 'active', now())",
                (tool, Jsonb({}), effect),
            )


class Shell:
    """Runs `muster` against the test's database."""

    def __init__(self, url: str, home: Path) -> None:
        ours = {key: value for key, value in os.environ.items() if not key.startswith("MUSTER_")}
        self._environment = ours | {"MUSTER_DATABASE_URL": url, "MUSTER_HOME": str(home)}

    def __call__(self, *words: str, exit_code: int = 0) -> subprocess.CompletedProcess[str]:
        """What the command printed; it must end with `exit_code`."""
        command = [sys.executable, "-c", "from muster.cli import main; main()", *words]
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == exit_code, done.stderr
        assert "Traceback" not in done.stderr
        return done


@pytest.fixture
def muster(database_url: str, tmp_path: Path) -> Shell:
    return Shell(database_url, tmp_path)


def test_a_client_is_added_listed_and_revoked(muster: Shell) -> None:
    assert muster("client", "list").stdout.startswith("there is no client")
    added = muster(*ADD).stdout.splitlines()
    assert added == [
        "laptop: ingestion, co-pilot, version 1, 0 live tokens, answered for by jo@example.com: "
        "shop__get_order",
        "its token: muster token issue laptop --minutes 480",
    ]
    muster("token", "issue", "laptop")
    (listed,) = json.loads(muster("client", "list", "--json").stdout)
    assert (listed["client"], listed["tools"], listed["live_tokens"]) == ("laptop", ["shop__get_order"], 1)
    revoked = muster("client", "revoke", "laptop", "--reason", "gone")
    assert revoked.stdout == "laptop may do nothing any more; 1 tokens ended\n"
    assert muster("client", "list").stdout == "laptop: revoked, was answered for by jo@example.com\n"


def test_a_token_is_shown_once_and_ended_by_its_hash(muster: Shell) -> None:
    muster(*ADD)
    issued = muster("token", "issue", "laptop", "--minutes", "30", "--label", "my desk")
    token = issued.stdout.strip()
    assert re.fullmatch(r"mgt_[A-Za-z0-9_-]{43}", token)
    listed = muster("token", "list")
    assert token not in listed.stdout + listed.stderr + muster("token", "list", "--json").stdout
    assert "laptop: until " in listed.stdout
    assert listed.stdout.endswith(", my desk\n")
    sha256 = listed.stdout.split()[0]
    ended = muster("token", "revoke", sha256, "--reason", "mislaid")
    assert ended.stdout == f"the token {sha256} of laptop holds no longer\n"
    assert "laptop: revoked " in muster("token", "list", "laptop").stdout


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("token", "issue", "nobody"), "there is no active client nobody"),
        (("token", "revoke", "0123456789ab", "--reason", "x"), "no live token begins with 0123456789ab"),
        (("client", "revoke", "nobody", "--reason", "x"), "there is no active client nobody"),
        ((*ADD[:6], "shop__fly"), "no active tool is called shop__fly"),
        ((*ADD[:6], "shop__*"), "the ingestion tier has no power for shop__issue_refund (money)"),
        ((*ADD, "--tier", "boss"), "one of ingestion, negotiation, reconciliation"),
        ((*ADD, "--phase", "boss"), "one of co-pilot, edge, core"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(muster: Shell, words: tuple[str, ...], complaint: str) -> None:
    assert complaint in " ".join(muster(*words, exit_code=2).stderr.split())


def test_a_token_for_longer_than_a_week_is_not_made(muster: Shell) -> None:
    muster(*ADD)
    assert "a week at most" in muster("token", "issue", "laptop", "--minutes", "10081", exit_code=2).stderr


def test_the_how_to_shows_the_file_the_command_prints(muster: Shell) -> None:
    printed = json.loads(muster("client", "config").stdout)
    (shown,) = re.findall(r"```json\n(.+?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    assert json.loads(shown) == printed
    assert json.loads(muster("client", "config", "--json").stdout) == printed
