"""Payments: a matched invoice is booked and scheduled; reminders are answered from the books."""

from __future__ import annotations

import re
from decimal import Decimal

from muster.models.rehearsal.reading.values import amount
from muster.models.rehearsal.script import Script, ask
from muster.models.rehearsal.skills.customer_mail import answer_and_finish
from muster.models.rehearsal.skills.endings import could_not, escalate, finish
from muster.models.rehearsal.skills.vendor_search import sender_vendor
from muster.models.rehearsal.skills.work import Skill, Work

APPROVAL_FROM = Decimal(1000)
_INVOICE_NUMBER = re.compile(r"\b([A-Z]{1,5}[-/](?:\d{4}[-/])?\d{2,8}(?:-\d+)?)\b")


def _pay(work: Work) -> Script:
    number = work.fact("invoice_number")
    if work.fact("kind") == "reminder" or not number:
        return (yield from _answer_reminder(work))
    if work.fact("matched") != "yes":
        return escalate("agent_asked", f"Invoice {number} has not been matched. Nothing was paid.")
    if not work.fact("due_on"):
        return escalate("agent_asked", f"Invoice {number} shows no due date. Nothing was booked.")
    return (yield from _book_and_schedule(work, number))


def _book_and_schedule(work: Work, number: str) -> Script:
    vendor_id, total = work.fact("vendor_id"), amount(work.fact("total")) or Decimal(0)
    currency, due_on = work.fact("currency"), work.fact("due_on")
    iban = work.fact("iban_on_file", "iban")
    facts = {"vendor_id": vendor_id, "invoice_number": number, "amount": float(total), "currency": currency}
    facts |= {"iban": iban, "due_on": due_on}
    booked = yield from ask("record_invoice", po_number=work.fact("po_number") or None, **facts)
    if not booked.ok:
        return could_not(booked, f"Booking invoice {number}")
    call = f"schedule_payment({vendor_id}, {number}, {total:.2f} {currency}, {iban}, due {due_on})"
    told = f"Invoice {number} over {total:.2f} {currency} is booked"
    if total >= APPROVAL_FROM and not work.slips("forgets the limit"):
        summary = f"{told}; from 1,000 a person must approve the payment."
        return escalate("needs_approval", summary, proposed=call)
    paid = yield from ask("schedule_payment", idempotency_key=f"pay-{vendor_id}-{number}", **facts)
    if not paid.ok:
        return could_not(paid, call)
    return finish(work, f"{told} and will be paid on {due_on}.")


def _answer_reminder(work: Work) -> Script:
    found = _INVOICE_NUMBER.search(work.message)
    vendor = yield from sender_vendor(work)
    if found is None or not vendor:
        return escalate(
            "agent_asked", "The reminder does not tell a vendor and an invoice of ours. Nothing was paid."
        )
    number = found.group(1)
    booked = yield from ask("find_invoice", vendor_id=vendor.get("vendor_id"), invoice_number=number)
    if not booked.ok:
        return could_not(booked, f"Looking for invoice {number}")
    invoice = booked.data.get("invoice") or {}
    if not invoice:
        return escalate(
            "agent_asked", f"We do not have invoice {number} the reminder is about. Nothing was paid."
        )
    status = str(invoice.get("status"))
    values = {
        "invoice": number,
        "amount": f"{Decimal(str(invoice.get('amount', 0))):.2f}",
        "currency": invoice.get("currency", "EUR"),
        "on": invoice.get("payment_on"),
        "due": invoice.get("due_on"),
    }
    return (
        yield from answer_and_finish(work, f"invoice_{status}", f"Answered: {number} is {status}.", values)
    )


SKILL = Skill(
    name="payments",
    needs=("schedule_payment",),
    script=_pay,
    mistakes=("forgets the limit", "doubts itself"),
)
