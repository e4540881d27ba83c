"""Matching an invoice: what was read is compared with the purchase order and the vendor's record."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from muster.models.rehearsal.reading.invoice import read_invoice
from muster.models.rehearsal.reading.values import amount
from muster.models.rehearsal.script import Call, Script
from muster.models.rehearsal.skills.endings import could_not, escalate, hand_over
from muster.models.rehearsal.skills.invoices import invoice_text
from muster.models.rehearsal.skills.vendor_search import listed
from muster.models.rehearsal.skills.work import Skill, Work

TOLERANCE = Decimal("1.00")


def _match(work: Work) -> Script:
    number, vendor_id, po_number = (work.fact(key) for key in ("invoice_number", "vendor_id", "po_number"))
    if not po_number:
        return escalate("agent_asked", f"Invoice {number} names no purchase order. Nothing was booked.")
    vat_id = work.fact("vat_id")
    search = {"vat_id": vat_id} if vat_id else {"name": work.fact("vendor_name")}
    ordered, found = yield [
        Call("get_purchase_order", {"po_number": po_number}),
        Call("find_vendor", search),
    ]
    if not found.ok:
        return could_not(found, f"Looking up the vendor of {number}")
    vendor = next((each for each in listed(found) if each.get("vendor_id") == vendor_id), {})
    wrong = _differences(work, ordered.data, vendor)
    if work.slips("sees a difference where there is none"):
        wrong = wrong or ["the description does not quite fit the purchase order"]
    if wrong and not work.slips("overlooks a difference"):
        told = "; ".join(wrong)
        return escalate("agent_asked", f"Invoice {number} does not hold: {told}. Nothing was booked or paid.")
    return hand_over(
        work,
        ("payment", "books", "schedules"),
        f"Book invoice {number} and pay it when due.",
        decisions=[f"Invoice {number} agrees with {po_number} and the vendor's record."],
        facts={"matched": "yes", "iban_on_file": vendor.get("iban")},
    )


def _differences(work: Work, order: Mapping[str, Any], vendor: Mapping[str, Any]) -> list[str]:
    """What keeps the invoice from being paid, in words."""
    invoice = read_invoice(invoice_text(work))
    total, currency = amount(work.fact("total")) or Decimal(0), work.fact("currency")
    wrong: list[str] = []
    if not vendor or vendor.get("status") != "active":
        wrong.append(f"the vendor is {vendor.get('status', 'not on file')}")
    if not order:
        return [*wrong, f"there is no purchase order {work.fact('po_number')}"]
    if order.get("vendor_id") != work.fact("vendor_id"):
        wrong.append(f"{order.get('po_number')} is an order to another vendor")
    if order.get("status") != "open":
        wrong.append(f"{order.get('po_number')} is {order.get('status')}")
    if not invoice.adds_up:
        wrong.append(f"net {invoice.net} and VAT {invoice.vat} do not make {invoice.total}")
    if abs(total - Decimal(str(order.get("amount", 0)))) > TOLERANCE:
        wrong.append(f"the total is {total}, {order.get('po_number')} is over {order.get('amount')}")
    if currency != order.get("currency"):
        wrong.append(f"it is in {currency}, the order in {order.get('currency')}")
    if work.fact("iban") != vendor.get("iban"):
        wrong.append(f"the bank account {work.fact('iban') or '(none)'} is not the vendor's on file")
    return wrong


SKILL = Skill(
    name="matching",
    needs=("get_purchase_order",),
    script=_match,
    mistakes=("overlooks a difference", "sees a difference where there is none"),
)
