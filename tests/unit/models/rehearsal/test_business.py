"""Agents of finance, sales and procurement at work."""

from __future__ import annotations

from typing import Any

import pytest

from muster.models.rehearsal.reading.invoice import read_invoice
from muster.models.rehearsal.reading.offer import read_offer
from muster.models.rehearsal.skills.bank import pair
from muster.models.rehearsal.skills.lead_qualification import grade

VENDOR = {
    "vendor_id": "V-1", "name": "Weberei Vogel GmbH", "vat_id": "DE811234567", "domain": "vogel.example",
    "iban": "DE89370400440532013000", "status": "active",
}  # fmt: skip
INVOICE = """--- attachment scan.pdf (application/pdf) ---
Weberei Vogel GmbH
Rechnungsnummer: WV-4471/26
Fällig am: 16.12.2026
USt-IdNr.: DE811234567
Bestellnummer: PO-10112
60 x Musterbuch Leinen, 9,50 = 570,00
Nettobetrag: 570,00 EUR
MwSt. 19 %: 108,30 EUR
Gesamtbetrag: 678,30 EUR
IBAN: DE89 3704 0044 0532 0130 00
"""
CLERKS = {
    "matt": "Compares an invoice that has been read with its purchase order.",
    "paula": "Books matched invoices, schedules their payment, and answers payment reminders.",
}
ORDER = {"po_number": "PO-10112", "vendor_id": "V-1", "amount": 678.3, "currency": "EUR", "status": "open"}
READ = {
    "invoice_number": "WV-4471/26", "vendor_id": "V-1", "vat_id": "DE811234567", "po_number": "PO-10112",
    "total": "678.30", "currency": "EUR", "due_on": "2026-12-16", "iban": "DE89370400440532013000",
}  # fmt: skip


def test_an_invoice_is_read_as_printed_in_its_language() -> None:
    invoice = read_invoice(INVOICE)
    assert (invoice.number, invoice.po_number, str(invoice.total)) == ("WV-4471/26", "PO-10112", "678.30")
    assert (str(invoice.due_on), invoice.iban) == ("2026-12-16", "DE89370400440532013000")
    assert invoice.adds_up
    assert not read_invoice(INVOICE.replace("678,30", "700,00")).adds_up


def test_a_reader_hands_the_facts_on_and_drops_an_invoice_we_have(stage: Any) -> None:
    tools = ("find_vendor", "find_invoice")
    systems: dict[str, Any] = {"find_vendor": {"vendors": [VENDOR]}, "find_invoice": {"found": False}}
    play = stage.play(stage.body(INVOICE, tools=tools, colleagues=CLERKS), systems)
    assert play.ending["to"] == "matt"
    assert play.facts | {"vendor_name": "", "net": "", "vat": ""} == READ | {
        "vendor_name": "",
        "net": "",
        "vat": "",
    }
    systems["find_invoice"] = {"found": True, "invoice": {"status": "paid"}}
    assert stage.play(stage.body(INVOICE, tools=tools, colleagues=CLERKS), systems).ended == "finish"


@pytest.mark.parametrize(
    ("order", "vendor", "difference"),
    [
        ({}, {}, None),
        ({"amount": 677.9}, {}, None),
        ({"amount": 500.0}, {}, "678.30"),
        ({"status": "closed"}, {}, "closed"),
        ({"vendor_id": "V-2"}, {}, "another vendor"),
        ({"currency": "GBP"}, {}, "GBP"),
        ({}, {"iban": "DE02120300000000202051"}, "bank account"),
        ({}, {"status": "blocked"}, "blocked"),
    ],
)
def test_a_matcher_lets_through_what_agrees_and_names_what_differs(
    stage: Any, order: dict[str, Any], vendor: dict[str, Any], difference: str | None
) -> None:
    body = stage.body(INVOICE, tools=("get_purchase_order", "find_vendor"), colleagues=CLERKS, facts=READ)
    systems = {"get_purchase_order": ORDER | order, "find_vendor": {"vendors": [VENDOR | vendor]}}
    play = stage.play(body, systems)
    if difference is None:
        assert (play.ended, play.ending["to"]) == ("hand_off", "paula")
    else:
        assert (play.ended, play.ending["reason"]) == ("escalate", "agent_asked")
        assert difference in play.ending["summary"]


@pytest.mark.parametrize(
    ("total", "ended"), [("678.30", "finish"), ("999.99", "finish"), ("1000.00", "escalate")]
)
def test_a_clerk_books_every_matched_invoice_and_pays_below_the_limit(
    stage: Any, total: str, ended: str
) -> None:
    facts = READ | {"matched": "yes", "iban_on_file": VENDOR["iban"], "total": total}
    body = stage.body(INVOICE, tools=("record_invoice", "schedule_payment"), facts=facts)
    play = stage.play(body, {"record_invoice": {}, "schedule_payment": {}})
    assert play.ended == ended
    assert play.of("record_invoice")["amount"] == float(total)
    assert ("schedule_payment" in play.operations) == (ended == "finish")
    if ended == "finish":
        assert play.of("schedule_payment")["idempotency_key"] == "pay-V-1-WV-4471/26"


def test_a_reminder_is_answered_from_the_books(stage: Any) -> None:
    booked = {"invoice_number": "WV-4471", "status": "scheduled", "payment_on": "2026-12-16", "amount": 678.3}
    tools = ("find_vendor", "find_invoice", "schedule_payment", "send_message")
    text = "Zahlungserinnerung: Rechnung WV-4471 ist noch offen. Wann wird sie bezahlt?\n\nWeberei Vogel GmbH"
    body = stage.body(text, tools=tools, facts={"kind": "reminder"}, sender="AR <ar@vogel.example>")
    systems = {
        "find_vendor": {"vendors": [VENDOR]},
        "find_invoice": {"found": True, "invoice": booked},
        "send_message": {},
    }
    play = stage.play(body, systems)
    assert "wird am 2026-12-16 bezahlt" in play.of("send_message")["body"]
    assert "schedule_payment" not in play.operations


def test_transactions_are_paired_by_number_then_by_account_and_never_by_guess() -> None:
    invoices = [
        {"invoice_number": "A-100", "amount": 50.0, "iban": "X"},
        {"invoice_number": "B-200", "amount": 70.0, "iban": "Y"},
        {"invoice_number": "C-300", "amount": 80.0, "iban": "Z"},
        {"invoice_number": "C-301", "amount": 80.0, "iban": "Z"},
    ]
    transactions = [
        {"transaction_id": "T1", "amount": -50.0, "reference": "inv A100", "counterparty_iban": "?"},
        {"transaction_id": "T2", "amount": -70.0, "reference": "thanks", "counterparty_iban": "Y"},
        {"transaction_id": "T3", "amount": -80.0, "reference": "", "counterparty_iban": "Z"},
        {"transaction_id": "T4", "amount": 999.0, "reference": "A-100", "counterparty_iban": "X"},
    ]
    assert pair(transactions, invoices) == ([("T1", "A-100"), ("T2", "B-200")], ["T3"])


@pytest.mark.parametrize(
    ("employees", "how_many", "by_when", "segment", "score"),
    [
        ("1200", "stated", "stated", "enterprise", 95),
        ("499", "stated", "not stated", "mid_market", 60),
        ("49", "not stated", "stated", "small", 40),
        ("unknown", "stated", "not stated", "unknown", 30),
    ],
)
def test_a_lead_is_scored_by_the_rule(
    employees: str, how_many: str, by_when: str, segment: str, score: int
) -> None:
    assert grade(employees, how_many, by_when)[:2] == (segment, score)


def test_a_good_lead_is_recorded_scored_and_assigned(stage: Any) -> None:
    text = "Name: Claire\nE-mail: c@hotel.example\nCompany: Hotel\nMessage:\nDu linge pour 180 chambres."
    facts = {"email": "c@hotel.example", "employees": "600", "region": "FRANCE", "how_many": "stated"}
    body = stage.body(
        text, tools=("create_lead", "score_lead", "list_account_executives", "assign_lead"), facts=facts
    )
    executives = [{"executive_id": "AE-3", "region": "FRANCE", "segments": ["enterprise"]}]
    systems = {
        "create_lead": {"lead_id": "L-1"},
        "score_lead": {},
        "list_account_executives": {"executives": executives},
        "assign_lead": {},
    }
    play = stage.play(body, systems)
    assert (play.of("score_lead")["score"], play.of("score_lead")["segment"]) == (75, "enterprise")
    assert play.of("assign_lead")["executive_id"] == "AE-3"


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("beträgt der Jahrespreis 864,00 EUR (bisher 840,00 EUR).", "864.00"),
        ("passen wir den Preis von 2.000,00 EUR auf 2.380,00 EUR im Jahr an", "2380.00"),
        ("Current price: 640.00 EUR per year\nNew price: 665.60 EUR per year", "665.60"),
        ("El nuevo precio anual es de 808,00 EUR (hasta ahora 800,00 EUR).", "808.00"),
        ("we would like to renew at our list price", None),
    ],
)
def test_the_new_price_of_an_offer_is_told_from_the_old(text: str, price: str | None) -> None:
    found = read_offer(text).annual_price
    assert (None if found is None else str(found)) == price


@pytest.mark.parametrize(
    ("contract", "price", "ended", "what"),
    [
        ({"utilisation_percent": 12}, "800", "hand_off", "cancel"),
        ({"utilisation_percent": 12, "notice_deadline_passed": True}, "800", "escalate", "agent_asked"),
        ({}, "840.01", "hand_off", "renegotiate"),
        ({}, "840.00", "hand_off", "renew"),
        ({"annual_price": 1000}, "1000", "escalate", "needs_approval"),
        ({}, "", "hand_off", "ask_price"),
    ],
)
def test_a_renewal_is_decided_by_the_rule_in_its_order(
    stage: Any, contract: dict[str, Any], price: str, ended: str, what: str
) -> None:
    held = {
        "contract_id": "CT-1", "vendor_id": "V-1", "annual_price": 800, "price_increase_cap_percent": 5,
        "utilisation_percent": 80, "notice_deadline_passed": False,
    }  # fmt: skip
    facts = {"vendor_id": "V-1", "contract_id": "CT-1", "new_annual_price": price}
    keeper = {"kim": "Records the decision on a contract and writes to the vendor."}
    tools = ("get_contract", "list_contracts")
    body = stage.body("Please confirm the renewal of CT-1.", tools=tools, colleagues=keeper, facts=facts)
    play = stage.play(body, {"get_contract": held | contract})
    assert play.ended == ended
    assert (play.facts.get("letter") or play.ending.get("reason")) == what
