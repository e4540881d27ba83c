"""The desk for suppliers' paper: invoices, reminders, bank statements, new bank details."""

from __future__ import annotations

from muster.models.rehearsal.reading.phrases import topic
from muster.models.rehearsal.reading.plain import normal
from muster.models.rehearsal.reading.values import ibans
from muster.models.rehearsal.script import Script
from muster.models.rehearsal.skills.endings import escalate, finish, hand_over
from muster.models.rehearsal.skills.gatekeeping import person_needed
from muster.models.rehearsal.skills.work import Work


def run(work: Work) -> Script:
    """Tell what has arrived, and hand it on."""
    yield from ()
    stop = person_needed(work)
    if stop:
        return stop
    task = work.talk.task
    mail, paper = normal(work.message), normal(task.documents)
    everything = f"{mail}\n{paper}"
    if topic("bank_statement").search(everything) and not _looks_like_invoice(everything):
        return hand_over(
            work,
            ("bank", "statement", "transaction"),
            "Match the bank statement.",
            facts={"kind": "statement"},
        )
    if _looks_like_invoice(paper) or _looks_like_invoice(mail):
        return hand_over(work, ("invoice", "read"), "Read this supplier invoice.", facts={"kind": "invoice"})
    if topic("new_bank_details").search(everything) or (
        ibans(work.letter.fresh) and not topic("invoice").search(everything)
    ):
        return escalate("agent_asked", "A vendor announces new bank details. Nothing was changed.")
    if topic("payment_reminder").search(mail):
        asked = "Answer this payment reminder."
        return hand_over(work, ("reminder", "payment", "answers"), asked, facts={"kind": "reminder"})
    if topic("advertising").search(everything):
        return finish(work, "Nothing to do: advertising or an automatic reply.", confidence=0.93)
    return escalate("agent_asked", "It is neither an invoice nor a statement nor a reminder.", confidence=0.5)


def _looks_like_invoice(text: str) -> bool:
    return bool(topic("invoice").search(text)) and len(set(topic("sum_on_an_invoice").findall(text))) >= 2
