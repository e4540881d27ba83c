"""Carries out in the company's systems what the truth says a careful employee would have done."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, select

from muster.demo.company.catalogue import CATALOGUE
from muster.demo.company.tables import customers, invoices, leads, orders
from muster.demo.company.tool import use

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


def call(
    books: Engine, system: str, tool: str, task_id: str | None = None, **arguments: Any
) -> dict[str, Any]:
    """What a tool of a system answers."""
    found = next(entry for entry in CATALOGUE[system] if entry.name == tool)
    return use(books, found, arguments, task_id=task_id, now=NOW)


def carry_out(books: Engine, pattern: Mapping[str, Any], task_id: str) -> None:
    """The effect a pattern describes, made with the tool it names.

    Raises:
        NotPossibleError: the system does not do it.
    """
    fields = {name: value for name, value in pattern.items() if name not in ("system", "tool")}
    arguments = fields | _rest_of(books, f"{pattern['system']}.{pattern['tool']}", fields)
    wanted = next(entry for entry in CATALOGUE[pattern["system"]] if entry.name == pattern["tool"])
    known = {name: value for name, value in arguments.items() if name in wanted.arguments.model_fields}
    use(books, wanted, known, task_id=task_id, now=NOW)


def _rest_of(books: Engine, tool: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments a pattern leaves open."""
    match tool:
        case "shop.issue_refund":
            key = f"refund-{fields['order_number']}"
            return {"currency": "EUR", "reason": "returned", "idempotency_key": key}
        case "shop.update_shipping_address":
            same = select(orders.c.country).where(orders.c.order_number == fields["order_number"])
            return {"country": _value(books, same)}
        case "shop.open_complaint":
            return _complaint(books, fields) | {"summary": "see mail"}
        case "erp.record_invoice":
            return {"currency": "EUR", "due_on": "2026-12-20", "iban": "DE89370400440532013000"}
        case "erp.schedule_payment":
            key = f"pay-{fields['vendor_id']}-{fields['invoice_number']}"
            return {"currency": "EUR", "due_on": "2026-12-20", "idempotency_key": key}
        case "erp.record_contract_decision":
            return {"note": "by the rules"}
        case "crm.create_lead":
            return {"name": "N", "company": "C", "message": "M", "source": "website-form"}
        case "crm.score_lead":
            return {"lead_id": _lead(books, fields), "score": fields["score"]["min"] + 5, "reasons": "rules"}
        case "crm.assign_lead":
            return {"lead_id": _lead(books, fields)}
        case "mail.send_message":
            return {"subject": "Your message", "body": "An answer."}
        case _:
            return {}


def _complaint(books: Engine, fields: Mapping[str, Any]) -> dict[str, Any]:
    if "customer_id" in fields:
        return {}
    owner = select(orders.c.customer_id).where(orders.c.order_number == fields["order_number"])
    return {"customer_id": _value(books, owner)}


def _lead(books: Engine, fields: Mapping[str, Any]) -> str:
    return _value(books, select(leads.c.lead_id).where(leads.c.email == fields["email"]))


def _value(books: Engine, query: Any) -> str:
    with books.connect() as connection:
        return str(connection.execute(query).scalar_one())


def emails_on_file(books: Engine) -> set[str]:
    """The addresses of all customers."""
    with books.connect() as connection:
        return set(connection.scalars(select(customers.c.email)))


def open_invoice_numbers(books: Engine) -> list[str]:
    """The numbers of invoices not paid yet."""
    with books.connect() as connection:
        return list(connection.scalars(select(invoices.c.invoice_number).where(invoices.c.status != "paid")))
