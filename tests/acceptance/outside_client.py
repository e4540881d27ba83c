"""An outside client from its grant to its end: `muster` commands and the SDK's own client, with a transcript.

`python -m tests.acceptance.outside_client` prints the transcript in both protocol eras; `--json` as JSON.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import orjson
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

from muster.ledger.postgres import PostgresLedger
from muster.ledger.schema import migrate
from muster.services.ports import free_port
from muster.services.postgres import EmbeddedPostgres
from tests.integration.gateway.workplace import Workplace, opened, prepared, running_shop

REFUND = {"order_number": "BL-1", "amount": 2500, "currency": "EUR", "idempotency_key": "jo-1"}
SMALL = {"order_number": "BL-2", "amount": 25, "currency": "EUR", "idempotency_key": "jo-2"}
ORDER = {"order_number": "BL-1"}


@dataclass
class Story:
    """What happened, for a test, and how it looked, for a reader."""

    protocol_version: str = ""
    offered: list[str] = field(default_factory=list)
    answers: dict[str, CallToolResult] = field(default_factory=dict)
    ticket: str = ""
    after_revoking: int = 0
    """The HTTP status of a request with the revoked client's token."""
    lines: list[str] = field(default_factory=list)

    def say(self, *lines: str) -> None:
        """Write to the transcript."""
        self.lines.extend(lines)


async def told(workplace: Workplace, mode: str) -> Story:
    """The whole story with the SDK's client; `mode`: `auto` (the newest era) or `legacy`."""
    story = Story()
    add = ("client", "add", "jo-laptop", "--owner", "jo@example.com", "--tier", "reconciliation")
    tools = ("--tools", "shop__get_order", "--tools", "shop__issue_refund")
    await _muster(story, workplace, *add, "--phase", "core", *tools)
    issued = await _muster(story, workplace, "token", "issue", "jo-laptop", "--minutes", "30", quiet=True)
    token = issued.splitlines()[0]
    story.say("$ export MUSTER_TOKEN=$(muster token issue jo-laptop --minutes 30)")
    config = json.loads(await _muster(story, workplace, "client", "config"))
    async with connected(config, token, mode) as client:
        story.protocol_version = client.protocol_version
        story.say(f"-- a stock MCP client, protocol {client.protocol_version}")
        story.offered = [tool.name for tool in (await client.list_tools()).tools]
        story.say("> tools/list", *(f"< {name}" for name in story.offered))
        await _call(story, client, "read", "shop__get_order", ORDER)
        await _call(story, client, "not granted", "shop__delete_customer", {"customer_id": "C-1"})
        await _call(story, client, "small", "shop__issue_refund", SMALL)
        await _call(story, client, "held", "shop__issue_refund", REFUND)
        await _call(story, client, "still held", "shop__issue_refund", REFUND)
        story.ticket = str((story.answers["held"].meta or {})["muster/approval_id"])
        await _muster(story, workplace, "inbox", "show", story.ticket)
        await _muster(story, workplace, "inbox", "approve", story.ticket, "--note", "Jo asked me")
        await _call(story, client, "approved", "shop__issue_refund", REFUND)
        await _call(story, client, "another", "shop__issue_refund", REFUND | {"amount": 2501})
    await _muster(story, workplace, "client", "revoke", "jo-laptop", "--reason", "done for today")
    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {token}"}) as http:
        story.after_revoking = (await http.post(workplace.url, json={})).status_code
    story.say(f"< HTTP {story.after_revoking}")
    return story


@asynccontextmanager
async def connected(config: dict[str, Any], token: str, mode: str) -> AsyncIterator[Client]:
    """The SDK's client, set up from a `.mcp.json` as other clients read it."""
    entry = config["mcpServers"]["muster"]
    headers = {key: value.replace("${MUSTER_TOKEN}", token) for key, value in entry["headers"].items()}
    async with (
        httpx2.AsyncClient(headers=headers) as http,
        Client(streamable_http_client(entry["url"], http_client=http), mode=mode) as client,
    ):
        yield client


async def _call(story: Story, client: Client, what: str, tool: str, arguments: dict[str, Any]) -> None:
    result = await client.call_tool(tool, arguments)
    story.answers[what] = result
    text = "".join(block.text for block in result.content if isinstance(block, TextContent))
    own = {key.removeprefix("muster/"): value for key, value in (result.meta or {}).items()}
    shown = {key: own[key] for key in ("status", "rule", "verdict", "approval_id", "trust") if key in own}
    story.say(f"> tools/call {tool} {json.dumps(arguments)}", f"< {text}", f"  {json.dumps(shown)}")


async def _muster(story: Story, workplace: Workplace, *words: str, quiet: bool = False) -> str:
    """What the command printed; it must succeed."""
    settings = workplace.settings
    environment = os.environ | {
        "MUSTER_HOME": str(settings.home),
        "MUSTER_DATABASE_URL": settings.database_url or "",
        "MUSTER_HTTP_PORT": str(settings.http_port),
        "MUSTER_MCP_SERVERS": str(settings.mcp_servers),
        "MUSTER_TOOLS_REGISTRATION": str(settings.tools_registration),
    }
    command = (sys.executable, "-c", "from muster.cli import main; main()", *words)
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    if process.returncode != 0:
        raise AssertionError(f"muster {' '.join(words)}: {err.decode()}")
    if not quiet:
        story.say(f"$ muster {' '.join(words)}", *out.decode().splitlines())
    return out.decode()


async def _at_work(folder: Path, url: str, mode: str) -> Story:
    ledger = await PostgresLedger.open(url, pool_size=4)
    with running_shop() as shop:
        workplace = await prepared(ledger, folder, url, shop)
        await workplace.register("shop")
        async with opened(workplace):
            story = await told(workplace, mode)
    await ledger.close()
    return story


def main() -> None:
    """Print the transcript, one era after the other."""
    stories = []
    with tempfile.TemporaryDirectory() as folder:
        postgres = EmbeddedPostgres(Path(folder) / "data", free_port(), durable=False)
        with postgres.running() as server:
            for mode in ("auto", "legacy"):
                server.create_database(mode)
                migrate(server.url(mode))
                place = Path(folder) / mode
                place.mkdir()
                stories.append(asyncio.run(_at_work(place, server.url(mode), mode)))
    if "--json" in sys.argv:
        told_lines = {story.protocol_version: story.lines for story in stories}
        sys.stdout.write(orjson.dumps(told_lines, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    for story in stories:
        sys.stdout.write("\n".join([f"==== {story.protocol_version}", *story.lines, ""]) + "\n")


if __name__ == "__main__":
    main()
