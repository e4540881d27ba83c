"""What the ERP knows: vendors, purchase orders, invoices, the bank account, contracts."""

from datetime import date
from typing import Any

from pydantic import model_validator
from sqlalchemy import Connection, Row, func, literal, or_, select

from muster.demo.company.arguments import Arguments, Day, Iban, Line
from muster.demo.company.books import business_date
from muster.demo.company.tables import bank_transactions, contracts, invoices, purchase_orders, vendors
from muster.demo.company.tool import Answer, Body, NotPossibleError, Tool, row_body


class FindVendor(Arguments):
    name: Line | None = None
    vat_id: Line | None = None
    iban: Iban | None = None
    domain: Line | None = None

    @model_validator(mode="after")
    def _one_is_needed(self) -> "FindVendor":
        if not (self.name or self.vat_id or self.iban or self.domain):
            raise ValueError("give at least one of name, vat_id, iban, domain")
        return self


class GetPurchaseOrder(Arguments):
    po_number: Line


class FindInvoice(Arguments):
    vendor_id: Line
    invoice_number: Line


class ListOpenInvoices(Arguments):
    vendor_id: Line | None = None


class ListBankTransactions(Arguments):
    since: Day | None = None
    until: Day | None = None


class GetContract(Arguments):
    contract_id: Line


class ListContracts(Arguments):
    vendor_id: Line


def find_vendor(books: Connection, wanted: FindVendor) -> Answer:
    """Vendors that fit any of what is given."""
    fits = []
    if wanted.name:
        name, given = func.lower(vendors.c.name), wanted.name.lower()
        fits += [name.contains(given, autoescape=True), literal(given).contains(name)]
    if wanted.vat_id:
        fits.append(vendors.c.vat_id == wanted.vat_id.replace(" ", "").upper())
    if wanted.iban:
        fits.append(vendors.c.iban == wanted.iban)
    if wanted.domain:
        fits.append(vendors.c.domain == wanted.domain.lower())
    rows = books.execute(select(vendors).where(or_(*fits)).order_by(vendors.c.vendor_id).limit(10)).all()
    return Answer({"vendors": [row_body(row) for row in rows]})


def get_purchase_order(books: Connection, wanted: GetPurchaseOrder) -> Answer:
    found = books.execute(
        select(purchase_orders).where(purchase_orders.c.po_number == wanted.po_number)
    ).one_or_none()
    if found is None:
        raise NotPossibleError(f"There is no purchase order {wanted.po_number}.")
    return Answer(row_body(found))


def find_invoice(books: Connection, wanted: FindInvoice) -> Answer:
    vendor_row(books, wanted.vendor_id)
    found = books.execute(
        select(invoices).where(
            invoices.c.vendor_id == wanted.vendor_id, invoices.c.invoice_number == wanted.invoice_number
        )
    ).one_or_none()
    if found is None:
        return Answer({"found": False, **wanted.model_dump()})
    return Answer({"found": True, "invoice": row_body(found)})


def list_open_invoices(books: Connection, wanted: ListOpenInvoices) -> Answer:
    query = (
        select(invoices)
        .where(invoices.c.status != "paid")
        .order_by(invoices.c.due_on, invoices.c.invoice_number)
    )
    if wanted.vendor_id:
        query = query.where(invoices.c.vendor_id == vendor_row(books, wanted.vendor_id).vendor_id)
    return Answer({"invoices": [row_body(row) for row in books.execute(query.limit(200))]})


def list_bank_transactions(books: Connection, wanted: ListBankTransactions) -> Answer:
    query = select(bank_transactions).where(
        bank_transactions.c.booked_on >= (wanted.since or date.min),
        bank_transactions.c.booked_on <= (wanted.until or date.max),
    )
    rows = books.execute(query.order_by(bank_transactions.c.transaction_id).limit(200))
    return Answer({"transactions": [row_body(row) for row in rows]})


def get_contract(books: Connection, wanted: GetContract) -> Answer:
    return Answer(_contract(books, contract_row(books, wanted.contract_id)))


def list_contracts(books: Connection, wanted: ListContracts) -> Answer:
    vendor_row(books, wanted.vendor_id)
    rows = books.execute(
        select(contracts).where(contracts.c.vendor_id == wanted.vendor_id).order_by(contracts.c.contract_id)
    ).all()
    return Answer({"vendor_id": wanted.vendor_id, "contracts": [_contract(books, row) for row in rows]})


def vendor_row(books: Connection, vendor_id: str) -> Row[Any]:
    """The vendor's row.

    Raises:
        NotPossibleError: there is no such vendor.
    """
    found = books.execute(select(vendors).where(vendors.c.vendor_id == vendor_id)).one_or_none()
    if found is None:
        raise NotPossibleError(f"There is no vendor {vendor_id}. Use find_vendor with name, VAT id or IBAN.")
    return found


def contract_row(books: Connection, contract_id: str) -> Row[Any]:
    """The contract's row.

    Raises:
        NotPossibleError: there is no such contract.
    """
    found = books.execute(select(contracts).where(contracts.c.contract_id == contract_id)).one_or_none()
    if found is None:
        raise NotPossibleError(
            f"There is no contract {contract_id}. Use list_contracts with the vendor's id."
        )
    return found


def _contract(books: Connection, contract: Row[Any]) -> Body:
    today = business_date(books)
    return row_body(contract) | {
        "notice_deadline_passed": today > contract.notice_deadline_on,
        "business_date": today,
    }


READS: tuple[Tool[Any], ...] = (
    Tool(
        "erp",
        "find_vendor",
        "Vendors by name or part of it, VAT id, IBAN or mail domain.",
        FindVendor,
        find_vendor,
    ),
    Tool(
        "erp",
        "get_purchase_order",
        "What was ordered from whom, for how much.",
        GetPurchaseOrder,
        get_purchase_order,
    ),
    Tool(
        "erp",
        "find_invoice",
        "A vendor's invoice, if we have it, and whether it is paid.",
        FindInvoice,
        find_invoice,
    ),
    Tool(
        "erp",
        "list_open_invoices",
        "Invoices that are not paid yet, of one vendor or all.",
        ListOpenInvoices,
        list_open_invoices,
    ),
    Tool(
        "erp",
        "list_bank_transactions",
        "Movements of the company's bank account.",
        ListBankTransactions,
        list_bank_transactions,
    ),
    Tool(
        "erp",
        "get_contract",
        "A contract: price, cap on increases, deadlines, use.",
        GetContract,
        get_contract,
    ),
    Tool("erp", "list_contracts", "A vendor's contracts.", ListContracts, list_contracts),
)
