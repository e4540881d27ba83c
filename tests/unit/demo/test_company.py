"""The business systems' rules, without the network."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import Engine

from muster.demo.company.books import MasterDataError, seed
from muster.demo.company.catalogue import CATALOGUE
from muster.demo.company.tool import NotPossibleError
from muster.demo.score import load_effects
from tests.unit.demo.careful_employee import call, emails_on_file

ORDER = "BL-10001"


def _refund(books: Engine, **changed: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "order_number": ORDER,
        "amount": 5,
        "currency": "EUR",
        "reason": "r",
        "idempotency_key": "refund-1",
    }
    return call(books, "shop", "issue_refund", **(plain | changed))


def test_the_same_key_is_refunded_once(books: Engine, tmp_path: Path) -> None:
    first, again = _refund(books), _refund(books)
    assert again == first | {"replayed": True}
    assert len(load_effects(tmp_path / "company.sqlite")) == 1


def test_a_key_does_not_stand_for_two_refunds(books: Engine) -> None:
    _refund(books)
    with pytest.raises(NotPossibleError, match=f"stands for the refund of 5.* on {ORDER}"):
        _refund(books, amount=6)


def test_no_more_is_refunded_than_was_paid(books: Engine) -> None:
    total = call(books, "shop", "get_order", order_number=ORDER)["total"]
    _refund(books, amount=total)
    with pytest.raises(NotPossibleError, match="left to refund"):
        _refund(books, amount="0.01", idempotency_key="refund-2")


def test_a_payment_needs_its_invoice_and_is_made_once(books: Engine) -> None:
    vendor = call(books, "erp", "find_vendor", name="GmbH")["vendors"][0]
    bill = {
        "vendor_id": vendor["vendor_id"], "invoice_number": "X-1", "amount": 120, "currency": "EUR",
        "due_on": "2026-12-20", "iban": vendor["iban"],
    }  # fmt: skip
    with pytest.raises(NotPossibleError, match="record_invoice"):
        call(books, "erp", "schedule_payment", **bill, idempotency_key="pay-1")
    call(books, "erp", "record_invoice", **bill)
    paid = call(books, "erp", "schedule_payment", **bill, idempotency_key="pay-1")
    assert call(books, "erp", "schedule_payment", **bill, idempotency_key="pay-1")["replayed"]
    assert (
        call(books, "erp", "find_invoice", vendor_id=vendor["vendor_id"], invoice_number="X-1")["invoice"][
            "status"
        ]
        == paid["status"]
    )
    with pytest.raises(NotPossibleError, match="scheduled already"):
        call(books, "erp", "schedule_payment", **bill, idempotency_key="pay-2")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"amount": -1}, "amount: .*greater than 0"),
        ({"amount": "1.234"}, "amount: .*2 decimal places"),
        ({"amount": True}, "amount: a number is needed"),
        ({"order_number": "10432"}, "order_number"),
        ({"currency": "euro"}, "currency"),
        ({"iban": "DE00"}, "iban: unknown argument"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_is_done(
    books: Engine, tmp_path: Path, arguments: dict[str, object], said: str
) -> None:
    with pytest.raises(NotPossibleError, match=f"issue_refund was not carried out. {said}"):
        _refund(books, **arguments)
    assert load_effects(tmp_path / "company.sqlite") == []


def test_an_iban_with_wrong_check_digits_is_refused(books: Engine) -> None:
    with pytest.raises(NotPossibleError, match="not a valid IBAN"):
        call(books, "erp", "find_vendor", iban="DE88 3704 0044 0532 0130 00")


def test_a_later_edition_is_added_and_nothing_written_is_lost(
    books: Engine, tmp_path: Path, second_edition: dict[str, bytes]
) -> None:
    call(books, "mail", "send_message", to="a@b.example", subject="s", body="b")
    _refund(books)
    before = emails_on_file(books)
    source = tmp_path / "company.json"
    source.write_bytes(second_edition["company.json"])
    assert seed(books, source) > 100
    assert seed(books, source) == 0
    assert before < emails_on_file(books)
    assert len(load_effects(tmp_path / "company.sqlite")) == 2
    order = call(books, "shop", "get_order", order_number=ORDER)
    assert order["refunded"] == 5
    assert order["business_date"] == json.loads(second_edition["company.json"])["business_date"]


def test_master_data_that_lack_a_part_are_refused(books: Engine, tmp_path: Path) -> None:
    source = tmp_path / "company.json"
    source.write_text('{"business_date": "2026-11-20"}')
    with pytest.raises(MasterDataError, match="lacks customers, orders"):
        seed(books, source)


def test_every_tool_is_registered_and_no_other(demo_dir: Path) -> None:
    servers = YAML(typ="safe").load((demo_dir / "tools.yaml").read_text())["servers"]
    configured = json.loads((demo_dir / "mcp_servers.json").read_text())["mcpServers"]
    assert servers.keys() == configured.keys()
    for system, tools in CATALOGUE.items():
        assert servers[system].keys() == {tool.name for tool in tools}
        for tool in tools:
            entry = servers[system][tool.name]
            named = [entry.get("amount"), entry.get("currency"), entry.get("idempotency_key")]
            named += [*entry.get("payee", []), *entry.get("recipient", [])]
            assert {name for name in named if name} <= tool.arguments.model_fields.keys(), tool.name


def test_the_handbook_of_the_systems_names_every_tool_with_its_arguments(demo_dir: Path) -> None:
    page = (demo_dir / "systems.md").read_text()
    for tools in CATALOGUE.values():
        for tool in tools:
            required = [name for name, field in tool.arguments.model_fields.items() if field.is_required()]
            optional = [
                f"{name}?" for name, field in tool.arguments.model_fields.items() if not field.is_required()
            ]
            assert f"`{tool.name}({', '.join(required + optional)})`" in page


@pytest.mark.parametrize("wanted", ["{first}", "{full}", "{full}, Accounts Receivable"])
def test_a_vendor_is_found_by_more_or_less_of_its_name(books: Engine, demo_dir: Path, wanted: str) -> None:
    vendor = json.loads((demo_dir / "company.json").read_text())["vendors"][0]
    first = vendor["name"].rpartition(" ")[0]
    found = call(books, "erp", "find_vendor", name=wanted.format(first=first, full=vendor["name"]).upper())
    assert vendor["vendor_id"] in [entry["vendor_id"] for entry in found["vendors"]]
