"""`muster tool add` as a person meets it, and what becomes of the credentials it is given."""

import hashlib
import json
import os
import pty
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from ruamel.yaml import YAML

from muster.gateway.registration import load_registration
from muster.ledger.postgres import PostgresLedger
from muster.services.ports import free_port
from tests.integration.gateway.workplace import (
    MANIFEST,
    SHOP,
    ShopProcess,
    Workplace,
    deploy,
    opened,
    prepared,
    running_shop,
)

LEAKY = SHOP.with_name("leaky_server.py")
CORNER = ["--name", "corner", "--env", "SHOP_DESCRIPTION=Corner.", "--", sys.executable, str(SHOP)]


@pytest.fixture(scope="module")
def shop() -> Iterator[ShopProcess]:
    """A system over HTTP."""
    with running_shop() as process:
        yield process


@pytest.fixture
async def workplace(
    ledger: PostgresLedger, tmp_path: Path, database_url: str, shop: ShopProcess
) -> Workplace:
    """A company with a registration and an mcpServers JSON; the new servers are in neither."""
    return await prepared(ledger, tmp_path, database_url, shop)


def environment(workplace: Workplace, **more: str) -> dict[str, str]:
    settings = workplace.settings
    return {
        **os.environ,
        "MUSTER_HOME": str(settings.home),
        "MUSTER_DATABASE_URL": settings.database_url or "",
        "MUSTER_MCP_SERVERS": str(settings.mcp_servers),
        "MUSTER_TOOLS_REGISTRATION": str(settings.tools_registration),
        "MUSTER_POLICIES_DIR": str(settings.policies_dir),
        **more,
    }


def muster(
    workplace: Workplace, *arguments: str, given: str | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    """`muster tool` with those arguments, nobody at the terminal."""
    command = [sys.executable, "-c", "from muster.cli import main; main()", "tool", *arguments]
    return subprocess.run(
        command,
        env=environment(workplace, **env),
        input=given or "",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def answered(workplace: Workplace, answers: list[str], **env: str) -> str:
    """What `muster tool add` prints to a person at a terminal who gives those answers."""
    here, there = pty.openpty()
    command = [sys.executable, "-c", "from muster.cli import main; main()", "tool", "add", *CORNER]
    process = subprocess.Popen(
        command, env=environment(workplace, **env), stdin=there, stdout=subprocess.PIPE, text=True
    )
    with process:
        os.write(here, "".join(f"{answer}\n" for answer in answers).encode())
        printed, _ = process.communicate(timeout=120)
    os.close(here)
    os.close(there)
    assert process.returncode == 0, printed
    return printed


def confirmed(workplace: Workplace, server: str) -> dict[str, str]:
    registration = load_registration(workplace.settings.tools_registration)
    return {name: tool.effect for name, tool in registration.servers.get(server, {}).items()}


async def statuses(workplace: Workplace, server: str) -> dict[str, str]:
    rows = await workplace.ledger.fetch(
        "SELECT tool, status FROM state.tool_registry WHERE server = %(server)s", {"server": server}
    )
    return {row["tool"]: row["status"] for row in rows}


async def test_a_command_is_connected_confirmed_and_used(workplace: Workplace) -> None:
    added = muster(workplace, "add", "--yes", "--json", *CORNER)
    assert added.returncode == 0, added.stderr
    said = json.loads(added.stdout)
    assert {tool["tool"]: tool["status"] for tool in said["tools"]}["issue_refund"] == "active"
    refund = next(each for each in said["proposals"] if each["tool"] == "issue_refund")
    assert refund["registration"] == {
        "effect": "money",
        "amount": "amount",
        "currency": "currency",
        "payee": ["order_number"],
        "idempotency_key": "idempotency_key",
    }
    assert confirmed(workplace, "corner") == {
        "crash": "destructive",
        "delete_customer": "destructive",
        "get_order": "read",
        "issue_refund": "money",
        "note": "destructive",
        "sleep": "destructive",
        "who_asks": "destructive",
        "write_novel": "write",
    }
    text = workplace.settings.mcp_servers.read_text()
    assert json.loads(text)["mcpServers"]["corner"]["env"] == {"SHOP_DESCRIPTION": "Corner."}
    manifest = json.loads(json.dumps(MANIFEST).replace("corner-shop__", "corner__"))
    await deploy(workplace.ledger, manifest, version=2)
    async with opened(workplace), workplace.client("clerk") as client:
        assert (await client.call("corner__get_order", {"order_number": "BL-1"})).text == "BL-1: one towel"


async def test_nothing_is_used_that_nobody_could_confirm(workplace: Workplace) -> None:
    before = workplace.settings.mcp_servers.read_text()
    refused = muster(workplace, "add", *CORNER)
    assert refused.returncode == 2
    assert "nobody to ask" in refused.stderr
    assert workplace.settings.mcp_servers.read_text() == before
    assert await statuses(workplace, "corner") == {}


async def test_a_person_answers_tool_by_tool(workplace: Workplace, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text(f"#!{sys.executable}\nimport sys\nopen(sys.argv[1], 'w').write('effect: write\\n')\n")
    editor.chmod(0o755)
    # crash, delete_customer, get_order, issue_refund, note, sleep, who_asks, write_novel
    answers = ["no", "destructive", "what?", "yes", "yes", "edit", "y", "read", "no", "no"]
    printed = answered(workplace, answers, EDITOR=str(editor))
    assert "that is none of them" in printed
    assert confirmed(workplace, "corner") == {
        "delete_customer": "destructive",
        "get_order": "read",
        "issue_refund": "money",
        "note": "write",
        "sleep": "read",
    }
    found = await statuses(workplace, "corner")
    assert sorted(name for name, status in found.items() if status == "quarantined") == [
        "crash",
        "who_asks",
        "write_novel",
    ]


async def test_a_file_of_proposals_is_corrected_and_confirmed(workplace: Workplace, tmp_path: Path) -> None:
    before = workplace.settings.mcp_servers.read_text(), workplace.settings.tools_registration.read_text()
    draft = tmp_path / "draft.yaml"
    proposed = muster(workplace, "add", "--propose-only", str(draft), *CORNER)
    assert proposed.returncode == 0, proposed.stderr
    assert before == (
        workplace.settings.mcp_servers.read_text(),
        workplace.settings.tools_registration.read_text(),
    )
    assert await statuses(workplace, "corner") == {}
    yaml = YAML()
    document = yaml.load(draft.read_text())
    assert "UNSURE" in draft.read_text()
    document["servers"]["corner"] = {"get_order": {"effect": "read"}, "note": {"effect": "write"}}
    document["definitions"]["corner"]["note"] = "0" * 64
    with draft.open("w") as file:
        yaml.dump(document, file)
    used = muster(workplace, "add", "--confirmed", str(draft))
    assert "corner__note: its definition is not the one it was proposed for" in used.stderr
    assert confirmed(workplace, "corner") == {"get_order": "read"}
    found = await statuses(workplace, "corner")
    assert [name for name, status in found.items() if status == "active"] == ["get_order"]


async def test_a_json_of_another_client_comes_by_standard_input(
    workplace: Workplace, shop: ShopProcess
) -> None:
    given = {
        "mcpServers": {"Web Shop": shop.entry | {"alwaysAllow": ["get_order"]}, "no": {"command": "/nowhere"}}
    }
    added = muster(workplace, "add", "-", "--yes", given=json.dumps(given))
    assert added.returncode == 5
    assert "web-shop: alwaysAllow means nothing here" in added.stderr
    assert "/nowhere" in added.stderr
    assert "active       read         web-shop__get_order" in added.stdout
    servers = json.loads(workplace.settings.mcp_servers.read_text())["mcpServers"]
    assert sorted(servers) == ["shop", "web-shop"]


async def test_another_server_of_the_same_name_is_not_replaced_unasked(workplace: Workplace) -> None:
    command = ["add", "--yes", "--name", "shop"]
    refused = muster(workplace, *command, "http://127.0.0.1:9/mcp")
    assert refused.returncode == 3
    assert "another server shop" in refused.stderr
    assert muster(workplace, *command, workplace.shop.entry["url"]).returncode == 0


async def test_a_tool_that_waits_is_shown_with_its_proposal_and_taken(workplace: Workplace) -> None:
    workplace.set_servers(stranger=workplace.shop.entry)
    assert "unconfirmed" in muster(workplace, "register").stdout
    shown = json.loads(muster(workplace, "diff", "stranger", "issue_refund", "--json").stdout)
    assert shown["proposed"]["registration"]["amount"] == "amount"
    taken = muster(workplace, "accept", "stranger", "issue_refund")
    assert taken.stdout == "active       stranger__issue_refund (money)\n"
    registered = load_registration(workplace.settings.tools_registration).of("stranger", "issue_refund")
    assert registered is not None
    assert registered.amount == "amount"


@pytest.mark.parametrize(
    "entry",
    [
        {"command": "x", "env": {"API_KEY": "CANARY"}},
        {"command": "x", "args": ["--api-key", "CANARY"]},
        {"url": "https://me:CANARY@example.com/mcp"},
        {"url": "https://example.com/mcp", "headers": {"Authorization": "Bearer CANARY"}},
        {"command": "x", "env": {"A": "${NOT_SET_ANYWHERE}", "API_KEY": "CANARY"}, "args": "CANARY"},
    ],
)
async def test_a_plain_credential_is_refused_and_not_repeated(
    workplace: Workplace, entry: dict[str, Any]
) -> None:
    canary = f"canary-{secrets.token_hex(8)}"
    given = json.dumps({"mcpServers": {"s": entry}}).replace("CANARY", canary)
    refused = muster(workplace, "add", "-", "--yes", "--json", given=given)
    assert refused.returncode == 3
    assert canary not in refused.stdout + refused.stderr
    assert canary not in workplace.settings.mcp_servers.read_text()


@pytest.fixture
def leaky_url() -> Iterator[str]:
    """A server over HTTP that repeats its credential."""
    port = free_port()
    with subprocess.Popen([sys.executable, str(LEAKY), "--port", str(port)]) as process:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                httpx2.post(f"http://127.0.0.1:{port}/mcp", json={"method": "none"}, timeout=0.5)
            except httpx2.TransportError:
                time.sleep(0.05)
            else:
                break
        yield f"http://127.0.0.1:{port}/mcp"
        process.kill()


@pytest.mark.parametrize("server", ["pipe", "web"])
async def test_no_credential_is_found_in_ledger_logs_errors_and_outputs(
    workplace: Workplace,
    leaky_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    server: str,
) -> None:
    canary = f"canary-{secrets.token_hex(12)}"
    monkeypatch.setenv("CANARY_TOKEN", canary)
    servers = {
        "pipe": {"command": sys.executable, "args": [str(LEAKY)], "env": {"LEAK_TOKEN": "${CANARY_TOKEN}"}},
        "web": {"url": leaky_url, "headers": {"Authorization": "Bearer ${env:CANARY_TOKEN}"}},
        "dead": {"url": "http://127.0.0.1:9/mcp", "headers": {"Authorization": "Bearer ${CANARY_TOKEN}"}},
        "lost": {"command": "/nowhere/x", "env": {"API_KEY": "${CANARY_TOKEN}"}},
    }
    file = tmp_path / "foreign.json"
    file.write_text(json.dumps({"mcpServers": {name: servers[name] for name in (server, "dead", "lost")}}))
    printed = []
    for command in (
        ["add", str(file), "--propose-only", str(tmp_path / "draft.yaml")],
        ["add", str(file), "--yes", "--json"],
        ["add", str(file), "--yes"],
        ["register", "--json"],
        ["list", "--json"],
        ["diff", server, "get_token"],
    ):
        done = muster(workplace, *command)
        assert "Traceback" not in done.stderr
        printed += [done.stdout, done.stderr]
    granted = [f"{server}__get_{name}" for name in ("token", "error", "digest", "words")]
    agents = [{"name": "clerk", "tier": "reconciliation", "phase": "core", "tools": granted}]
    await deploy(workplace.ledger, {"team": "support", "agents": agents}, version=2)
    async with opened(workplace), workplace.client("clerk") as client:
        offered = await client.list_tools()
        answers = {tool: await client.call(tool, {}) for tool in granted}
    assert sorted(tool.name for tool in offered) == sorted(granted)
    printed += [repr(offered), repr(answers), caplog.text]
    # it did arrive: the server knows it
    assert answers[f"{server}__get_digest"].text == hashlib.sha256(canary.encode()).hexdigest()
    assert "your token is [" in answers[f"{server}__get_token"].text
    assert [text for text in printed if canary in text] == []
    assert await rows_with(workplace.ledger, canary) == []
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    if server == "pipe":
        assert any(path.name == "upstream-pipe.log" and "starting with" in path.read_text() for path in files)
    assert [path for path in files if canary.encode() in path.read_bytes()] == []


async def rows_with(ledger: PostgresLedger, word: str) -> list[str]:
    """The tables that have a row with `word` in it."""
    tables = await ledger.fetch(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname IN ('ledger', 'state')"
    )
    found = []
    for table in tables:
        query = f"SELECT 1 FROM {table['name']} AS row WHERE strpos(row::text, %(word)s) > 0 LIMIT 1"  # noqa: S608
        if await ledger.fetch(query, {"word": word}):
            found.append(table["name"])
    return found
