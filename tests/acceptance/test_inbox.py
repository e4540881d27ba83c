"""`muster inbox` as a person and as a program use it, and the flow that closes what nobody decided."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from muster.analysis.tasks import task_rows
from muster.gateway import approvals
from muster.gateway.approvals import call_sha256
from muster.gateway.caller import Caller
from muster.gateway.tool import PinnedTool
from muster.ledger.events import EscalationRaised, EventContext
from muster.ledger.postgres import PostgresLedger
from muster.ledger.reader import LedgerReader
from muster.people.escalations import raise_escalation

MUSTER = [sys.executable, "-c", "from muster.cli import main; main()"]
REFUND = PinnedTool("shop", "issue_refund", {"inputSchema": {"type": "object"}}, "money")
ARGUMENTS = {"order_number": "BL-10050", "amount": "1950.80"}
TASK_ROW = """
INSERT INTO state.tasks (task_id, source, external_id, team, channel, priority, title, content, status,
    run_id, created_at, updated_at)
VALUES (%(id)s, 'test', %(id)s, 'support', 'mail', %(priority)s, %(title)s,
    '{"sender": "jane@mailbox.example", "subject": "Broken", "text": "It came broken.\\nPlease refund it."}',
    'working', %(run)s, now(), now())
"""


@pytest.fixture
def company(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a database of its own."""
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path / "home"))
    return database_url


def within(url: str, work: Callable[[PostgresLedger], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        ledger = await PostgresLedger.open(url, pool_size=1)
        try:
            return await work(ledger)
        finally:
            await ledger.close()

    return asyncio.run(run())


async def held(
    ledger: PostgresLedger,
    number: int = 1,
    *,
    priority: int = 1,
    hours: float = 24,
    origin: str = "unexplained",
) -> str:
    """A refund of task `number` that waits for a person's word."""
    task_id, run_id = f"tsk_{number}", f"run_{number}"
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            TASK_ROW, {"id": task_id, "run": run_id, "priority": priority, "title": f"Refund {number}"}
        )
        return await approvals.ask(
            transaction,
            ledger,
            caller=Caller(
                team="support",
                agent="refund_specialist",
                run_id=run_id,
                task_id=task_id,
                policy_revision="support@1",
            ),
            tool=REFUND,
            call_id="1.1.0",
            arguments=ARGUMENTS,
            call_sha256=call_sha256(REFUND.name, ARGUMENTS),
            rules=["money_band"],
            reasons=["1950.80 EUR is more than an agent may commit alone"],
            amount=Decimal("1950.80"),
            currency="EUR",
            expires_in=timedelta(hours=hours),
            origins={"order_number": "task", "amount": origin},
        )


async def escalated(ledger: PostgresLedger) -> str:
    """A task the agents gave up, due in an hour."""
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            TASK_ROW, {"id": "tsk_9", "run": "run_9", "priority": 1, "title": "Lawyer"}
        )
        raised = EscalationRaised(
            escalation_id=ledger.ids.new("esc"),
            reason="customer_asked",
            detail="wants a person",
            summary="she wants a person",
            sla_due_at=transaction.now + timedelta(hours=1),
        )
        where = EventContext(
            actor="agent:support/desk", task_id="tsk_9", run_id="run_9", team="support", agent="desk"
        )
        await raise_escalation(transaction, raised, where)
        return raised.escalation_id


def muster(*words: str, code: int = 0) -> str:
    done = subprocess.run(
        [*MUSTER, *words], capture_output=True, text=True, timeout=60, check=False, env=os.environ
    )
    assert done.returncode == code, done.stderr + done.stdout
    return done.stderr if code else done.stdout


def values(*words: str) -> Any:
    return json.loads(muster("inbox", *words, "--json"))


def test_everything_that_waits_is_listed_with_what_is_due_first_at_the_top(company: str) -> None:
    low = within(company, lambda ledger: held(ledger, 1, priority=2))
    high = within(company, lambda ledger: held(ledger, 2, priority=0))
    brief = within(company, lambda ledger: held(ledger, 3, priority=2, hours=1.5))
    asked = within(company, escalated)
    listed = values("list")
    assert [one["item_id"] for one in listed] == [asked, brief, high, low]
    assert [one["kind"] for one in listed] == ["escalation", "approval", "approval", "approval"]
    assert Decimal(listed[1]["amount"]) == Decimal("1950.80")
    printed = muster("inbox", "list", "--team", "support")
    assert f"{low}  support/refund_specialist, 1950.8 EUR, 23 h 59 min left" in printed
    assert "Refund 1: shop__issue_refund with order_number=BL-10050, amount=1950.80" in printed
    assert values("list", "--team", "finance") == []
    assert muster("inbox", "list", "--team", "finance").strip() == "nothing waits for a person"


def test_showing_one_gives_everything_to_decide_by(company: str) -> None:
    ticket = within(company, held)
    shown = muster("inbox", "show", ticket)
    for said in (
        "support/refund_specialist wants to call shop__issue_refund; open until",
        "Amount: 1950.8 EUR",
        "amount = 1950.80   (from: unexplained)",
        "order_number = BL-10050   (from: task)",
        "1950.80 EUR is more than an agent may commit alone",
        "Sender: jane@mailbox.example",
        "  | Please refund it.",
        f"muster inbox approve {ticket}",
        "muster trace tsk_1",
    ):
        assert said in shown
    told = values("show", ticket)
    assert told["arguments"] == ARGUMENTS
    assert told["origins"]["amount"] == "unexplained"
    assert told["content"]["subject"] == "Broken"


def test_a_word_is_recorded_with_its_person_and_cannot_be_taken_twice(company: str) -> None:
    ticket = within(company, held)
    decided = values("approve", ticket, "--note", "photo seen")
    assert (decided["status"], decided["woken"]) == ("approved", 0)
    assert decided["decided_by"].startswith("person:")
    second = muster("inbox", "reject", ticket, code=2)
    assert f"approved {ticket} already" in second
    shown = muster("inbox", "show", ticket)
    assert "approved by" in shown
    assert "photo seen" in shown
    assert "muster inbox approve" not in shown
    assert values("list") == []


def test_a_no_is_printed_as_one(company: str) -> None:
    ticket = within(company, held)
    assert muster("inbox", "reject", ticket, "--note", "no photo").strip() == f"{ticket} is rejected"


def test_an_escalation_is_shown_here_but_has_no_call_to_approve(company: str) -> None:
    asked = within(company, escalated)
    assert "she wants a person" in muster("inbox", "show", asked)
    assert f"{asked} is an escalation" in muster("inbox", "approve", asked, code=2)


def test_what_is_not_there_is_said(company: str) -> None:
    assert "there is no approval apr_x" in muster("inbox", "show", "apr_x", code=2)
    assert "there is no approval apr_x" in muster("inbox", "approve", "apr_x", code=2)


@pytest.mark.usefixtures("as_prefect_client")
def test_the_flow_closes_what_nobody_decided_in_time(company: str) -> None:
    from flows.recover_ledger import recover_ledger

    ticket = within(company, lambda ledger: held(ledger, hours=0))
    assert "ran out" in muster("inbox", "approve", ticket, code=2)
    asyncio.run(recover_ledger())
    assert values("show", ticket)["status"] == "expired"


def test_what_a_person_did_about_an_escalation_reaches_the_figures(company: str) -> None:
    escalation = within(company, escalated)
    assert f"muster escalation answer {escalation}" in muster("escalation", "show", escalation)

    given = ("--text", "Called her; she is content.", "--minutes", "7.5", "--rating", "4")
    assert muster("escalation", "answer", escalation, *given) == f"{escalation} is resolved\n"

    assert "nothing waits for a person" in muster("inbox", "list")
    again = muster("escalation", "answer", escalation, *given, code=2)
    assert f"{escalation} was answered before" in again
    assert "there is no escalation esc_x" in muster("escalation", "answer", "esc_x", *given, code=2)
    task = task_rows(LedgerReader(company).events().lazy()).collect().row(0, named=True)
    assert (task["attention_seconds"], task["unmeasured_escalations"], task["context_rating"]) == (
        450,
        0,
        4.0,
    )


def test_minutes_on_an_approval_count_instead_of_the_assumption(company: str) -> None:
    ticket = within(company, held)
    muster("inbox", "approve", ticket, "--minutes", "1.5")
    task = task_rows(LedgerReader(company).events().lazy()).collect().row(0, named=True)
    assert (task["attention_seconds"], task["unmeasured_approvals"]) == (90, 0)
