"""The truth agrees with the company's rules and with what its systems know."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree  # type: ignore[import-untyped]
from sqlalchemy import Engine

from muster.demo.iban import is_iban
from muster.demo.score import TaskEnd, Truth, load_effects, score
from tests.unit.demo.careful_employee import call, carry_out

CAMT = "{urn:iso:std:iso:20022:tech:xsd:camt.053.001.08}"


def _effects(truths: Sequence[Truth], name: str) -> list[tuple[Truth, dict[str, Any]]]:
    return [
        (truth, pattern)
        for truth in truths
        for pattern in truth["effects"]
        if f"{pattern['system']}.{pattern['tool']}" == name
    ]


def _ends(truths: Sequence[Truth]) -> list[TaskEnd]:
    return [
        TaskEnd(truth["source"], truth["external_id"], truth["expect"], f"tsk_{truth['external_id']}")
        for truth in truths
    ]


def test_what_the_truth_expects_can_be_done_and_is_then_scored_as_right(
    truths: Sequence[Truth], books: Engine, tmp_path: Path
) -> None:
    for truth in truths:
        for pattern in truth["effects"]:
            carry_out(books, pattern, f"tsk_{truth['external_id']}")
    outcomes = score(truths, _ends(truths), load_effects(tmp_path / "company.sqlite"))
    assert [(outcome.message, outcome.mistakes) for outcome in outcomes if not outcome.correct] == []


def test_doing_nothing_at_all_is_scored_as_wrong_wherever_something_was_to_do(
    truths: Sequence[Truth],
) -> None:
    outcomes = score(truths, _ends(truths), [])
    wrong = {outcome.message for outcome in outcomes if not outcome.correct}
    assert wrong == {truth["message"] for truth in truths if truth["effects"]}


def test_refunds_are_due_by_the_policy(truths: Sequence[Truth], books: Engine) -> None:
    for truth, pattern in _effects(truths, "shop.issue_refund"):
        order = call(books, "shop", "get_order", order_number=pattern["order_number"])
        amounts = [order["refundable"], *(item["line_total"] for item in order["items"])]
        assert order["return_window_open"], truth["message"]
        assert not any(item["personalised"] for item in order["items"]), truth["message"]
        assert float(pattern["amount"]) in amounts, truth["message"]
        assert float(pattern["amount"]) < 1000, truth["message"]


def test_refunds_that_are_refused_are_not_due(truths: Sequence[Truth], books: Engine) -> None:
    for truth in truths:
        if truth["case"] in (
            "refund_too_late",
            "refund_one_day_late",
            "refund_personalised",
            "refund_done_before",
        ):
            number = truth["forbidden"][0]["order_number"]
            order = call(books, "shop", "get_order", order_number=number)
            due = order["return_window_open"] and order["refundable"] > 0
            assert not due or any(item["personalised"] for item in order["items"]), truth["message"]


def test_addresses_are_changed_only_before_the_parcel_leaves(truths: Sequence[Truth], books: Engine) -> None:
    for _truth, pattern in _effects(truths, "shop.update_shipping_address"):
        order = call(books, "shop", "get_order", order_number=pattern["order_number"])
        assert order["status"] == "processing"


def test_recorded_invoices_agree_with_vendor_and_purchase_order(
    truths: Sequence[Truth], demo_dir: Path, books: Engine
) -> None:
    master = json.loads((demo_dir / "company.json").read_text())
    ibans = {vendor["vendor_id"]: vendor["iban"] for vendor in master["vendors"]}
    ordered = defaultdict(list)
    for order in master["purchase_orders"]:
        if order["status"] == "open":
            ordered[order["vendor_id"]].append(Decimal(order["amount"]))
    for truth, pattern in _effects(truths, "erp.record_invoice"):
        vendor_id, amount = pattern["vendor_id"], Decimal(pattern["amount"])
        assert any(abs(amount - known) <= 1 for known in ordered[vendor_id]), truth["message"]
        assert (truth["expect"] == "escalated") == (amount >= 1000), truth["message"]
        found = call(
            books, "erp", "find_invoice", vendor_id=vendor_id, invoice_number=pattern["invoice_number"]
        )
        assert not found["found"]
    for truth, pattern in _effects(truths, "erp.schedule_payment"):
        assert pattern["iban"] == ibans[pattern["vendor_id"]], truth["message"]


def test_what_agents_may_pay_alone_stays_under_a_thousand_for_each_vendor(truths: Sequence[Truth]) -> None:
    paid: Counter[str] = Counter()
    for _truth, pattern in _effects(truths, "erp.schedule_payment"):
        paid[pattern["vendor_id"]] += int(Decimal(pattern["amount"]) * 100)
    assert max(paid.values()) < 100_000


def test_contracts_are_decided_by_use_cap_and_price(truths: Sequence[Truth], books: Engine) -> None:
    for truth, pattern in _effects(truths, "erp.record_contract_decision"):
        contract = call(books, "erp", "get_contract", contract_id=pattern["contract_id"])
        if pattern["decision"] == "cancel":
            assert contract["utilisation_percent"] < 20, truth["message"]
            assert not contract["notice_deadline_passed"], truth["message"]
        else:
            assert contract["utilisation_percent"] >= 20, truth["message"]
        if pattern["decision"] == "renew":
            assert contract["annual_price"] < 1000, truth["message"]


def test_only_leads_of_fifty_points_and_a_known_company_are_assigned(
    truths: Sequence[Truth], books: Engine
) -> None:
    scores = {pattern["email"]: pattern for _truth, pattern in _effects(truths, "crm.score_lead")}
    assigned = {pattern["email"]: pattern for _truth, pattern in _effects(truths, "crm.assign_lead")}
    assert assigned.keys() < scores.keys()
    for email, pattern in scores.items():
        found = call(books, "crm", "find_company", domain=email.split("@")[1])
        assert found["found"] == (pattern["segment"] != "unknown")
        assert (email in assigned) == (pattern["score"]["min"] + 5 >= 50 and found["found"])
    for email, pattern in assigned.items():
        region = call(books, "crm", "find_company", domain=email.split("@")[1])["company"]["region"]
        sellers = call(books, "crm", "list_account_executives", region=region)["executives"]
        right = [
            seller["executive_id"] for seller in sellers if scores[email]["segment"] in seller["segments"]
        ]
        assert right == [pattern["executive_id"]]


def test_answers_go_only_to_the_address_that_wrote(truths: Sequence[Truth], demo_dir: Path) -> None:
    for truth, pattern in _effects(truths, "mail.send_message"):
        head = (demo_dir / truth["message"]).read_text("latin-1").partition("\r\nTo:")[0]
        assert f"<{pattern['to']}>" in head, truth["message"]
        assert truth["expect"] == "completed"


def test_the_bank_statement_adds_up_and_says_what_the_books_say(demo_dir: Path, books: Engine) -> None:
    statement = next((demo_dir / "drop" / "finance").glob("camt053_*.xml"))
    root = ElementTree.fromstring(statement.read_bytes())
    opening, closing = (Decimal(node.findtext(f"{CAMT}Amt") or "0") for node in root.iter(f"{CAMT}Bal"))
    entries = {}
    for node in root.iter(f"{CAMT}Ntry"):
        sign = -1 if node.findtext(f"{CAMT}CdtDbtInd") == "DBIT" else 1
        entries[node.findtext(f"{CAMT}NtryRef")] = sign * Decimal(node.findtext(f"{CAMT}Amt") or "0")
    booked = call(books, "erp", "list_bank_transactions")["transactions"]
    assert opening + sum(entries.values()) == closing
    assert entries == {row["transaction_id"]: Decimal(str(row["amount"])) for row in booked}


@pytest.mark.parametrize("table", ["vendors", "invoices"])
def test_every_account_number_is_a_valid_iban(table: str, demo_dir: Path) -> None:
    master = json.loads((demo_dir / "company.json").read_text())
    assert all(is_iban(row["iban"]) for row in master[table])
