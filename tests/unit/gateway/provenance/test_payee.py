"""Who is paid must be one record: no id of one with the account of another."""

from typing import Any

from tests.unit.gateway.provenance.runs import Run

TOOLS: dict[str, dict[str, Any]] = {
    "erp__vendors": {
        "effect": "read",
        "returns": {
            "trusted": {
                "vendors[].vendor_id": "vendor_id",
                "vendors[].iban": "iban",
                "vendors[].name": "name",
            },
            "identified_by": ["vendor_id", "name"],
        },
    },
    "erp__order": {
        "effect": "read",
        "returns": {
            "trusted": {"po_number": "po_number", "vendor_id": "vendor_id", "amount": "ordered"},
            "identified_by": ["po_number", "vendor_id"],
        },
    },
    "erp__pay": {
        "effect": "money",
        "amount": "amount",
        "payee": ["vendor_id", "iban"],
        "kinds": {"amount": "ordered"},
    },
}
A = {"vendor_id": "V-1", "iban": "DE89370400440532013000", "name": "Alpha"}
B = {"vendor_id": "V-2", "iban": "GB29NWBK60161331926819", "name": "Beta"}


def both() -> Run:
    run = Run(TOOLS, request="settle what we owe to Alpha and Beta")
    run.saw("erp__vendors", {"vendors": [A, B]})
    run.saw("erp__order", {"po_number": "PO-1", "vendor_id": "V-1", "amount": 100}, po_number="PO-1")
    return run.saw("erp__order", {"po_number": "PO-2", "vendor_id": "V-2", "amount": 9000}, po_number="PO-2")


def test_a_payment_to_one_vendors_own_account_is_explained() -> None:
    assert both().held("erp__pay", vendor_id="V-1", iban="DE89 3704 0044 0532 0130 00", amount=100) == set()


def test_the_id_of_one_with_the_account_of_another_is_held() -> None:
    assert "iban" in both().held("erp__pay", vendor_id="V-1", iban=B["iban"])


def test_the_id_in_the_task_does_not_excuse_the_account_of_another() -> None:
    run = Run(TOOLS, request="settle what we owe to V-1 and Beta").saw("erp__vendors", {"vendors": [A, B]})
    assert run.held("erp__pay", vendor_id="V-1", iban=B["iban"]) == {"iban"}
    assert run.held("erp__pay", vendor_id="V-1", iban=A["iban"]) == set()


def test_the_amount_of_anothers_order_is_held() -> None:
    assert both().held("erp__pay", vendor_id="V-1", iban=A["iban"], amount=9000) == {"amount"}
    assert both().held("erp__pay", vendor_id="V-2", iban=B["iban"], amount=9000) == set()


def test_an_account_that_stands_beside_no_id_is_held() -> None:
    rows = {"vendors": [{"vendor_id": "V-1", "name": "Alpha"}, {"iban": B["iban"], "name": "Alpha"}]}
    run = Run(TOOLS, request="pay Alpha").saw("erp__vendors", rows)
    assert run.held("erp__pay", vendor_id="V-1", iban=B["iban"]) == {"vendor_id", "iban"}


def test_a_currency_with_a_kind_is_judged_like_any_other_value() -> None:
    tools = {**TOOLS, "erp__pay": {**TOOLS["erp__pay"], "currency": "currency"}}
    assert Run(tools, request="x").traced("erp__pay", currency="GBP").origins == {"currency": "currency"}
    tools["erp__pay"] = {**tools["erp__pay"], "kinds": {"currency": "currency"}}
    assert Run(tools, request="x").held("erp__pay", currency="GBP") == {"currency"}
    assert Run(tools, request="pay in GBP").held("erp__pay", currency="GBP") == set()
