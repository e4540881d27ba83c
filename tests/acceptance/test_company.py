"""The company's business systems, as their users meet them: over MCP; and its work, through real doors."""

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

import httpx
import mcp
import pytest
import uvicorn
from aiosmtpd.controller import Controller
from mcp_types import TextContent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from muster.core.settings import PROJECT_ROOT
from muster.demo.deliver import Delivered, DoorClosedError, Doors, deliver
from muster.demo.score import load_effects
from muster.services.ports import free_port

DEMO_DIR = PROJECT_ROOT / "data" / "demo"
START_SECONDS = 30


@dataclass(frozen=True)
class Company:
    url: str
    database: Path
    process: subprocess.Popen[bytes]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The systems in a process of their own."""
    database, port = tmp_path_factory.mktemp("company") / "company.sqlite", free_port()
    command = [sys.executable, "-m", "muster.demo.company", "--port", str(port), "--database", str(database)]
    with subprocess.Popen([*command, "--seed-from", str(DEMO_DIR / "company.json")]) as process:
        url = f"http://127.0.0.1:{port}"
        _wait_until_healthy(url, process)
        yield Company(url, database, process)
        process.terminate()


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/healthz", timeout=2).is_success:
                return
        time.sleep(0.1)
    raise AssertionError("the company's systems did not start")


async def _answer(client: mcp.Client, tool: str, arguments: dict[str, Any], meta: Any = None) -> Any:
    result = await client.call_tool(tool, arguments, meta=meta)
    assert not result.is_error, result.content
    return json.loads(_text(result))


def _text(result: Any) -> str:
    [block] = result.content
    assert isinstance(block, TextContent)
    return block.text


async def test_an_order_is_read_and_refunded_once(company: Company) -> None:
    async with mcp.Client(f"{company.url}/shop/mcp") as shop:
        order = await _answer(shop, "get_order", {"order_number": "BL-10001"})
        refund = {
            "order_number": "BL-10001", "amount": order["items"][0]["line_total"],
            "currency": order["currency"],
            "reason": "returned", "idempotency_key": "refund-BL-10001",
        }  # fmt: skip
        first = await _answer(shop, "issue_refund", refund, {"muster/task_id": "tsk_1"})
        again = await _answer(shop, "issue_refund", refund, {"muster/task_id": "tsk_1"})
        after = await _answer(shop, "get_order", {"order_number": "BL-10001"})
    assert again == first | {"replayed": True}
    assert after["refunded"] == refund["amount"]
    [effect] = [effect for effect in load_effects(company.database) if effect.tool == "issue_refund"]
    assert effect.task_id == "tsk_1"
    assert effect.fields["order_number"] == "BL-10001"


async def test_a_wrong_argument_is_a_tool_error_the_model_can_act_on(company: Company) -> None:
    async with mcp.Client(f"{company.url}/erp/mcp") as erp:
        result = await erp.call_tool("get_purchase_order", {"number": "PO-1"})
    assert result.is_error
    assert _text(result) == (
        "get_purchase_order was not carried out. po_number: missing; number: unknown argument."
        " It takes: po_number."
    )


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_old_and_new_clients_see_the_tools(company: Company, mode: Any) -> None:
    async with mcp.Client(f"{company.url}/crm/mcp", mode=mode) as crm:
        listed = await crm.list_tools()
    create = next(tool for tool in listed.tools if tool.name == "create_lead")
    assert create.input_schema["required"] == ["email", "name", "company", "message", "source"]
    assert create.input_schema["additionalProperties"] is False


async def test_a_message_ends_in_the_outbox(company: Company) -> None:
    message = {"to": "Jane@Mailbox.example", "subject": "Your order", "body": "On its way."}
    async with mcp.Client(f"{company.url}/mail/mcp") as mail:
        sent = await _answer(mail, "send_message", message)
    assert sent["status"] == "queued"
    assert sent["to"] == "jane@mailbox.example"


def test_the_systems_stop_at_once_when_told(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "muster.demo.company", "--port", str(port)]
    with subprocess.Popen([*command, "--database", str(tmp_path / "c.sqlite")]) as process:
        _wait_until_healthy(f"http://127.0.0.1:{port}", process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) in (0, -signal.SIGTERM)


@dataclass
class Inbox:
    """What arrived at a test's doors."""

    doors: Doors
    mails: list[Any] = field(default_factory=list)
    posts: list[dict[str, str]] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(envelope)
        return "250 OK"


@pytest.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    """An SMTP server, a folder and a webhook."""
    listening = socket.create_server(("127.0.0.1", 0))
    smtp_port, http_port = free_port(), listening.getsockname()[1]
    box = Inbox(Doors("127.0.0.1", smtp_port, tmp_path / "drop", f"http://127.0.0.1:{http_port}", "secret"))

    async def take(request: Request) -> JSONResponse:
        if request.headers.get("authorization") != "Bearer secret":
            return JSONResponse({"error": "key"}, 401)
        box.posts.append(await request.json())
        return JSONResponse({}, 202)

    app = Starlette(routes=[Route("/api/v1/dispatch-task", take, methods=["POST"])])
    web = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    serving = asyncio.create_task(web.serve([listening]))
    smtp = Controller(box, hostname="127.0.0.1", port=smtp_port)
    smtp.start()
    yield box
    smtp.stop()
    web.should_exit = True
    await serving


async def test_everything_goes_through_its_door(inbox: Inbox) -> None:
    seen: list[tuple[int, int]] = []
    delivered = await deliver(
        DEMO_DIR, inbox.doors, on_progress=lambda done, total: seen.append((done, total))
    )
    truths = [json.loads(line) for line in (DEMO_DIR / "truth.jsonl").read_text().splitlines()]
    total = len(truths)
    assert delivered == Delivered(
        len(inbox.mails), len(list(inbox.doors.drop_dir.glob("*/*"))), len(inbox.posts)
    )
    assert delivered.mails + delivered.files + delivered.webhooks == total
    assert seen == [(done, total) for done in range(1, total + 1)]
    names = {message_from_bytes(envelope.content)["Message-ID"].strip("<>") for envelope in inbox.mails}
    assert names == {truth["external_id"] for truth in truths if truth["channel"] == "mail"}
    assert {post["task_id"] for post in inbox.posts} == {
        truth["external_id"] for truth in truths if truth["channel"] == "webhook"
    }
    dropped = inbox.doors.drop_dir / "finance"
    assert {path.name for path in dropped.iterdir()} == {
        path.name for path in (DEMO_DIR / "drop/finance").iterdir()
    }


async def test_a_closed_door_is_one_clear_error(tmp_path: Path) -> None:
    nowhere = Doors("127.0.0.1", free_port(), tmp_path / "drop", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(DoorClosedError, match="cannot be delivered"):
        await deliver(DEMO_DIR, nowhere)
