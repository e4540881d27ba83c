"""Reading an invoice: its facts are established, with the vendor they belong to."""

from __future__ import annotations

from decimal import Decimal

from muster.models.rehearsal.reading.invoice import Invoice, read_invoice
from muster.models.rehearsal.script import Script, ask
from muster.models.rehearsal.skills.endings import could_not, escalate, finish, hand_over
from muster.models.rehearsal.skills.vendor_search import find_vendor
from muster.models.rehearsal.skills.work import Skill, Work


def _read(work: Work) -> Script:
    invoice = read_invoice(invoice_text(work))
    if not invoice.number or invoice.total is None:
        return escalate("agent_asked", "The document does not show an invoice number and a total.")
    vendor = yield from find_vendor(invoice.vat_id, invoice.vendor_name)
    if not vendor:
        who = invoice.vendor_name or invoice.vat_id or "The sender"
        return escalate(
            "agent_asked", f"{who} is no vendor of ours (invoice {invoice.number}). Nothing was booked."
        )
    booked = yield from ask("find_invoice", vendor_id=vendor.get("vendor_id"), invoice_number=invoice.number)
    if not booked.ok:
        return could_not(booked, f"Looking for invoice {invoice.number}")
    if booked.data.get("found"):
        status = (booked.data.get("invoice") or {}).get("status")
        return finish(
            work,
            f"We have invoice {invoice.number} of {vendor.get('name')} already ({status}). Nothing to do.",
        )
    facts = {**_facts(work, invoice), "vendor_id": vendor.get("vendor_id"), "vendor_name": vendor.get("name")}
    return hand_over(
        work,
        ("purchase", "compares", "match"),
        f"Compare invoice {invoice.number} with its purchase order.",
        decisions=["It is an invoice we do not have yet."],
        facts=facts,
    )


def invoice_text(work: Work) -> str:
    """The text the invoice stands in: the attachment, else the mail or the file itself."""
    return work.talk.task.documents or work.letter.fresh


def _facts(work: Work, invoice: Invoice) -> dict[str, object]:
    total = invoice.total
    if total is not None and work.slips("misreads the total"):
        total += Decimal(9)
    return {
        "invoice_number": invoice.number,
        "vat_id": invoice.vat_id,
        "po_number": invoice.po_number,
        "net": invoice.net,
        "vat": invoice.vat,
        "total": total,
        "currency": invoice.currency,
        "due_on": invoice.due_on,
        "iban": invoice.iban,
    }


SKILL = Skill(
    name="invoices",
    needs=("find_invoice", "find_vendor"),
    script=_read,
    mistakes=("misreads the total", "doubts itself"),
)
