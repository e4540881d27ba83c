"""What the ERP does: invoices recorded, payments scheduled, transactions matched, contracts decided."""

from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select, update

from muster.demo.company.arguments import Amount, Arguments, Currency, Day, Iban, Key, Line, LongText
from muster.demo.company.erp import contract_row, vendor_row
from muster.demo.company.tables import bank_transactions, contracts, invoices, payments, purchase_orders
from muster.demo.company.tool import Answer, Body, NotPossibleError, Tool, next_id, row_body


class RecordInvoice(Arguments):
    vendor_id: Line
    invoice_number: Line
    amount: Amount
    currency: Currency
    due_on: Day
    iban: Iban
    po_number: Line | None = None


class SchedulePayment(Arguments):
    vendor_id: Line
    invoice_number: Line
    amount: Amount
    currency: Currency
    iban: Iban
    due_on: Day
    idempotency_key: Key


class MatchBankTransaction(Arguments):
    transaction_id: Line
    invoice_number: Line


class RecordContractDecision(Arguments):
    contract_id: Line
    decision: Literal["renew", "renegotiate", "cancel"]
    note: LongText


def record_invoice(books: Connection, wanted: RecordInvoice) -> Answer:
    """The invoice as recorded; the same invoice again changes nothing.

    Raises:
        NotPossibleError: no such vendor or purchase order, or the number is recorded with other facts.
    """
    vendor_row(books, wanted.vendor_id)
    if wanted.po_number and not books.scalar(
        select(purchase_orders.c.po_number).where(purchase_orders.c.po_number == wanted.po_number)
    ):
        raise NotPossibleError(f"There is no purchase order {wanted.po_number}.")
    known = _invoice(books, wanted.vendor_id, wanted.invoice_number)
    if known is not None:
        if (known.amount, known.currency, known.iban) != (wanted.amount, wanted.currency, wanted.iban):
            raise NotPossibleError(
                f"{wanted.invoice_number} of {wanted.vendor_id} is recorded already, with other facts."
            )
        return Answer(row_body(known))
    row = wanted.model_dump() | {"status": "recorded", "payment_on": None}
    books.execute(insert(invoices).values(row))
    return Answer(row, changed=True)


def schedule_payment(books: Connection, wanted: SchedulePayment) -> Answer:
    """The payment, or the one already scheduled under this key.

    Raises:
        NotPossibleError: the invoice is not recorded or has a payment, or the key stands for another one.
    """
    known = books.execute(
        select(payments).where(payments.c.idempotency_key == wanted.idempotency_key)
    ).one_or_none()
    if known is not None:
        same = ("vendor_id", "invoice_number", "amount", "currency", "iban")
        if any(getattr(known, name) != getattr(wanted, name) for name in same):
            raise NotPossibleError(
                f"The idempotency key {wanted.idempotency_key} stands for the payment of"
                f" {known.invoice_number} of {known.vendor_id}. Nothing was scheduled."
            )
        return Answer(_payment_body(row_body(known), replayed=True))
    invoice = _invoice(books, wanted.vendor_id, wanted.invoice_number)
    if invoice is None:
        raise NotPossibleError(
            f"{wanted.invoice_number} of {wanted.vendor_id} is not recorded: record_invoice first."
        )
    if invoice.status != "recorded":
        raise NotPossibleError(f"{wanted.invoice_number} of {wanted.vendor_id} is {invoice.status} already.")
    row = {"payment_id": next_id(books, payments, "PY"), **wanted.model_dump()}
    books.execute(insert(payments).values(row))
    _set_invoice(books, invoice, {"status": "scheduled", "payment_on": wanted.due_on})
    return Answer(_payment_body(row, replayed=False), changed=True)


def _payment_body(row: Body, *, replayed: bool) -> Body:
    kept = {name: value for name, value in row.items() if name != "idempotency_key"}
    return kept | {"status": "scheduled", "replayed": replayed}


def match_bank_transaction(books: Connection, wanted: MatchBankTransaction) -> Answer:
    """The match; made again it changes nothing.

    Raises:
        NotPossibleError: no such transaction or invoice, or either is matched otherwise.
    """
    found = books.execute(
        select(bank_transactions).where(bank_transactions.c.transaction_id == wanted.transaction_id)
    ).one_or_none()
    if found is None:
        raise NotPossibleError(
            f"There is no transaction {wanted.transaction_id}. Use list_bank_transactions."
        )
    named = books.execute(select(invoices).where(invoices.c.invoice_number == wanted.invoice_number)).all()
    if not named:
        raise NotPossibleError(f"There is no invoice {wanted.invoice_number}. Use list_open_invoices.")
    body = {
        "transaction_id": wanted.transaction_id,
        "invoice_number": wanted.invoice_number,
        "invoice_status": "paid",
    }
    if found.matched_invoice_number == wanted.invoice_number:
        return Answer(body)
    invoice = next((row for row in named if row.status != "paid"), None)
    if found.matched_invoice_number or invoice is None:
        raise NotPossibleError(f"{wanted.transaction_id} or {wanted.invoice_number} is matched already.")
    books.execute(
        update(bank_transactions)
        .where(bank_transactions.c.transaction_id == wanted.transaction_id)
        .values(matched_invoice_number=wanted.invoice_number)
    )
    _set_invoice(books, invoice, {"status": "paid", "payment_on": found.booked_on})
    return Answer(body, changed=True)


def record_contract_decision(books: Connection, wanted: RecordContractDecision) -> Answer:
    """The decision; the same one again changes nothing.

    Raises:
        NotPossibleError: no such contract, or another decision stands.
    """
    contract = contract_row(books, wanted.contract_id)
    if contract.decision and contract.decision != wanted.decision:
        raise NotPossibleError(f"'{contract.decision}' was decided for {wanted.contract_id} already.")
    changed = contract.decision is None
    if changed:
        books.execute(
            update(contracts)
            .where(contracts.c.contract_id == wanted.contract_id)
            .values(decision=wanted.decision, decision_note=wanted.note)
        )
    return Answer(wanted.model_dump(), changed=changed)


def _invoice(books: Connection, vendor_id: str, invoice_number: str) -> Row[Any] | None:
    return books.execute(
        select(invoices).where(invoices.c.vendor_id == vendor_id, invoices.c.invoice_number == invoice_number)
    ).one_or_none()


def _set_invoice(books: Connection, invoice: Row[Any], values: Body) -> None:
    books.execute(
        update(invoices)
        .where(invoices.c.vendor_id == invoice.vendor_id, invoices.c.invoice_number == invoice.invoice_number)
        .values(values)
    )


WRITES: tuple[Tool[Any], ...] = (
    Tool("erp", "record_invoice", "Enter a vendor's invoice; pays nothing.", RecordInvoice, record_invoice),
    Tool(
        "erp",
        "schedule_payment",
        "Pay a recorded invoice on its due date.",
        SchedulePayment,
        schedule_payment,
    ),
    Tool(
        "erp",
        "match_bank_transaction",
        "Say which invoice a bank transaction has paid.",
        MatchBankTransaction,
        match_bank_transaction,
    ),
    Tool(
        "erp",
        "record_contract_decision",
        "Write down what becomes of a contract at the end of its term.",
        RecordContractDecision,
        record_contract_decision,
    ),
)
