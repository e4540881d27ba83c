"""What the outside world meets: the HTTP door, the SMTP door, and `muster intake`."""

import asyncio
import errno
import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr
from starlette.applications import Starlette

from muster.intake import maildir
from muster.intake.collecting import Collected
from muster.intake.limits import Limits
from muster.intake.spool import Maildir
from muster.ledger.postgres import PostgresLedger
from muster.services.intake_api import routes
from muster.services.ports import free_port
from muster.services.postgres import EmbeddedPostgres
from muster.services.smtp_door import MaildirHandler

from ..integration.intake.desk import away, deploy, letter, one  # noqa: TID252 tests are on no path

DISPATCH = "/api/v1/dispatch-task"
GOOD = {"task_id": "wf-1", "source": "website-form", "priority": "high", "content": "We need 40 beds"}


def client(ledger: PostgresLedger, **options: Any) -> httpx.AsyncClient:
    app = Starlette(routes=routes(lambda: ledger, **options))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://muster")


@pytest.fixture
async def caller(ledger: PostgresLedger) -> AsyncIterator[httpx.AsyncClient]:
    """A program that posts work to an installation with three teams."""
    await deploy(ledger)
    async with client(ledger) as caller:
        yield caller


async def test_a_posted_task_is_accepted_with_its_route_and_can_be_asked_for(
    caller: httpx.AsyncClient,
) -> None:
    accepted = await caller.post(DISPATCH, json=GOOD)
    assert accepted.status_code == 202
    answer = accepted.json()
    assert answer["status"] == "queued"
    assert answer["route"] == {"channel": "webhook", "destination": "website-form", "team": "leads"}
    assert answer["latency_ms"] > 0
    stands = (await caller.get(accepted.headers["location"])).json()
    assert (stands["external_id"], stands["status"], stands["priority"]) == ("wf-1", "queued", "high")
    again = (await caller.post(DISPATCH, json={**GOOD, "priority": "low"})).json()
    assert (again["status"], again["task_id"]) == ("duplicate", answer["task_id"])


@pytest.mark.parametrize("missing", list(GOOD))
async def test_a_missing_field_is_named(caller: httpx.AsyncClient, missing: str) -> None:
    refused = await caller.post(
        DISPATCH, json={name: value for name, value in GOOD.items() if name != missing}
    )
    assert refused.status_code == 400
    assert refused.json()["error"]["fields"] == [{"field": missing, "problem": "is missing"}]


async def test_every_refusal_says_what_where_and_what_to_do(caller: httpx.AsyncClient) -> None:
    for request, status, what in (
        (caller.post(DISPATCH, content=b"nonsense"), 400, "body is not JSON"),
        (caller.post(DISPATCH, json={**GOOD, "source": "crm"}), 400, "no team takes webhook for crm"),
        (caller.post(DISPATCH, content=b" " * 1_000_001), 413, "larger than 1000000 bytes"),
        (caller.get("/api/v1/tasks/tsk_none"), 404, "no task tsk_none"),
    ):
        refused = await request
        error = refused.json()["error"]
        assert (refused.status_code, what in error["what"]) == (status, True), error
        assert error["do"]
    unknown = await caller.post(DISPATCH, json={**GOOD, "source": "crm"})
    assert unknown.json()["error"]["do"] == "use one of: website-form"


async def test_with_a_key_set_only_its_holders_get_in(ledger: PostgresLedger) -> None:
    await deploy(ledger)
    async with client(ledger, key=SecretStr("open sesame")) as caller:
        for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic open sesame"}):
            assert (await caller.post(DISPATCH, json=GOOD, headers=header)).status_code == 401
        holder = {"Authorization": "Bearer open sesame"}
        assert (await caller.post(DISPATCH, json=GOOD, headers=holder)).status_code == 202


async def test_a_smaller_limit_is_kept(ledger: PostgresLedger) -> None:
    async with client(ledger, limits=Limits(request_bytes=10)) as caller:
        assert (await caller.post(DISPATCH, json=GOOD)).status_code == 413


async def test_while_the_database_is_away_the_answer_is_503_and_then_work_goes_on(
    postgres: EmbeddedPostgres, database_url: str
) -> None:
    ledger = await PostgresLedger.open(database_url, pool_size=1, patience_seconds=0.5)
    await deploy(ledger)
    async with client(ledger) as caller:
        with away(postgres, database_url):
            refused = await caller.post(DISPATCH, json=GOOD)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
            assert "not available" in refused.json()["error"]["what"]
        deadline = time.monotonic() + 20
        while (answer := await caller.post(DISPATCH, json=GOOD)).status_code == 503:
            assert time.monotonic() < deadline
        assert answer.json()["status"] == "queued"
    await ledger.close()


async def test_an_answer_says_how_long_the_door_took_and_no_more(caller: httpx.AsyncClient) -> None:
    before = time.perf_counter()
    answer = await caller.post(DISPATCH, json=GOOD)
    seen_ms = (time.perf_counter() - before) * 1000
    assert 0 < answer.json()["latency_ms"] <= seen_ms


@pytest.fixture
def smtp_door(tmp_path: Path) -> Iterator[tuple[int, Path, "subprocess.Popen[bytes]"]]:
    """A running SMTP door: its port, its Maildir, its process."""
    port, box = free_port(), tmp_path / "mail"
    command = [sys.executable, "-m", "muster.services.smtp_door", "--port", str(port), "--maildir", str(box)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 30
        while not _answers(port):
            assert process.poll() is None
            assert time.monotonic() < deadline
        yield port, box, process
        process.kill()


async def test_a_mail_over_smtp_becomes_a_task(
    ledger: PostgresLedger, smtp_door: tuple[int, Path, "subprocess.Popen[bytes]"]
) -> None:
    port, box, process = smtp_door
    await deploy(ledger)
    with smtplib.SMTP("127.0.0.1", port) as sender:
        sender.sendmail(
            "bounce@customer.example", ["support+x@brightloom.example"], letter(1, "list@x.example")
        )
        sender.sendmail(
            "jané@customer.example",
            ["invoices@brightloom.example"],
            letter(2, "gr\u00fc@x.example"),
            ["SMTPUTF8"],
        )
        assert await maildir.collect(ledger, box) == Collected(queued=2)
        rows = await ledger.fetch("SELECT team, content FROM state.tasks ORDER BY task_id")
        assert [row["team"] for row in rows] == ["support", "finance"]
        assert rows[0]["content"]["headers"]["Return-Path"] == "<bounce@customer.example>"
        with pytest.raises(smtplib.SMTPResponseException, match="552"):
            sender.sendmail("a@b.example", ["support@brightloom.example"], b"x" * 25_000_001)
        (box / "tmp").rename(box / "gone")
        with pytest.raises(smtplib.SMTPDataError, match="451"):
            sender.sendmail("a@b.example", ["support@brightloom.example"], letter(3))
        (box / "gone").rename(box / "tmp")
        sender.sendmail("a@b.example", ["support@brightloom.example"], letter(3))
        assert Maildir(box).waiting() == 1
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 10) == 0


class FullDisk(Maildir):
    """A Maildir on a disk without room."""

    def deliver(self, mail: bytes) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")


async def test_on_a_full_disk_the_sender_is_told_to_try_again(tmp_path: Path) -> None:
    handler, loop = MaildirHandler(FullDisk(tmp_path)), asyncio.get_running_loop()
    envelope = Envelope()
    envelope.content = letter()
    answer = await handler.handle_DATA(SMTP(handler, loop=loop), Session(loop), envelope)
    assert answer.startswith("452 4.3.1")


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        command = [
            sys.executable,
            "-m",
            "muster.services.smtp_door",
            "--port",
            port,
            "--maildir",
            str(tmp_path),
        ]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 3
    assert f"error: port {port} is taken" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_the_command_line_collects_lists_and_sends_on(
    ledger: PostgresLedger, database_url: str, tmp_path: Path
) -> None:
    environment = {**os.environ, "MUSTER_HOME": str(tmp_path), "MUSTER_DATABASE_URL": database_url}
    Maildir(tmp_path / "inbox" / "mail").make().deliver(letter(1))

    async def muster(*words: str) -> tuple[int, str, str]:
        command = [sys.executable, "-c", "from muster.cli import main; main()", "intake", *words]
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=-1, stderr=-1)
        out, err = await process.communicate()
        return process.returncode or 0, out.decode(), err.decode()

    code, out, _ = await muster("collect", "--json")
    assert (code, json.loads(out)["mail"]["quarantined"]) == (0, 1)
    _, out, _ = await muster("quarantine")
    quarantine_id = out.split()[0]
    assert "no team takes mail for support@brightloom.example" in out
    code, _, err = await muster("requeue", quarantine_id)
    assert code == 2
    assert err.startswith("error: no team takes mail for support@brightloom.example")
    await deploy(ledger)
    code, out, _ = await muster("requeue", quarantine_id)
    assert (code, "is in the queue of support" in out) == (0, True)
    assert await one(ledger, "SELECT count(*) FROM state.tasks") == 1


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
