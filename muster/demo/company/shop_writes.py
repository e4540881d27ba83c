"""What the shop does: refunds, address changes, complaints."""

from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update

from muster.demo.company.arguments import Amount, Arguments, Currency, Key, Line, LongText, OrderNumber
from muster.demo.company.shop import (
    address_of,
    customer_row,
    item_rows,
    order_row,
    refunded_of,
    total_of,
)
from muster.demo.company.tables import complaints, orders, refunds
from muster.demo.company.tool import Answer, Body, NotPossibleError, Tool, next_id, row_body

Category = Literal["damaged", "wrong_item", "missing_item", "quality", "late", "lost_parcel", "other"]


class IssueRefund(Arguments):
    order_number: OrderNumber
    amount: Amount
    currency: Currency
    reason: LongText
    idempotency_key: Key


class UpdateShippingAddress(Arguments):
    order_number: OrderNumber
    street: Line
    city: Line
    postal_code: Line
    country: Line


class OpenComplaint(Arguments):
    customer_id: Line
    category: Category
    summary: LongText
    order_number: OrderNumber | None = None


def issue_refund(books: Connection, wanted: IssueRefund) -> Answer:
    """The refund, or the one already given under this key.

    Raises:
        NotPossibleError: no such order, another currency, more than is left to refund, or the key stands
            for another refund.
    """
    known = books.execute(
        select(refunds).where(refunds.c.idempotency_key == wanted.idempotency_key)
    ).one_or_none()
    if known is not None:
        if (known.order_number, known.amount) != (wanted.order_number, wanted.amount):
            raise NotPossibleError(
                f"The idempotency key {wanted.idempotency_key} stands for the refund of {known.amount}"
                f" {known.currency} on {known.order_number}. Nothing was refunded."
            )
        return Answer(_refund_body(row_body(known), replayed=True))
    order = order_row(books, wanted.order_number)
    if wanted.currency != order.currency:
        raise NotPossibleError(f"{order.order_number} was paid in {order.currency}, not {wanted.currency}.")
    left: Decimal = total_of(item_rows(books, order.order_number)) - refunded_of(books, order)
    if wanted.amount > left:
        raise NotPossibleError(
            f"{wanted.amount} is more than the {left} {order.currency} left to refund on this order."
        )
    row = {"refund_id": next_id(books, refunds, "RF"), **wanted.model_dump()}
    books.execute(insert(refunds).values(row))
    return Answer(_refund_body(row, replayed=False), changed=True)


def _refund_body(row: Body, *, replayed: bool) -> Body:
    kept = {name: row[name] for name in ("refund_id", "order_number", "amount", "currency")}
    return kept | {"status": "issued", "replayed": replayed}


def update_shipping_address(books: Connection, wanted: UpdateShippingAddress) -> Answer:
    """The order's new address.

    Raises:
        NotPossibleError: no such order, or it has left the warehouse.
    """
    order = order_row(books, wanted.order_number)
    if order.status != "processing":
        raise NotPossibleError(
            f"{order.order_number} is {order.status}: its address can only be changed while it is processing."
        )
    address = wanted.model_dump(exclude={"order_number"})
    changed = address != address_of(order)
    if changed:
        books.execute(update(orders).where(orders.c.order_number == order.order_number).values(address))
    return Answer({"order_number": order.order_number, "shipping_address": address}, changed=changed)


def open_complaint(books: Connection, wanted: OpenComplaint) -> Answer:
    """The complaint, or the open one of the same customer, order and category.

    Raises:
        NotPossibleError: no such customer or order, or the order is another customer's.
    """
    customer_row(books, wanted.customer_id)
    if wanted.order_number and order_row(books, wanted.order_number).customer_id != wanted.customer_id:
        raise NotPossibleError(f"{wanted.order_number} is not an order of {wanted.customer_id}.")
    known = books.execute(
        select(complaints).where(
            complaints.c.customer_id == wanted.customer_id,
            complaints.c.order_number.is_not_distinct_from(wanted.order_number),
            complaints.c.category == wanted.category,
        )
    ).first()
    row = (
        row_body(known)
        if known
        else {"complaint_id": next_id(books, complaints, "CP"), **wanted.model_dump()}
    )
    if known is None:
        books.execute(insert(complaints).values(row | {"status": "open"}))
    body = {"complaint_id": row["complaint_id"], "category": wanted.category, "status": "open"}
    return Answer(body | {"already_open": known is not None}, changed=known is None)


WRITES: tuple[Tool[Any], ...] = (
    Tool(
        "shop",
        "issue_refund",
        "Give money back for an order, the way it was paid.",
        IssueRefund,
        issue_refund,
    ),
    Tool(
        "shop",
        "update_shipping_address",
        "Send an order that is still processing to another address.",
        UpdateShippingAddress,
        update_shipping_address,
    ),
    Tool(
        "shop", "open_complaint", "Put a complaint before the complaints desk.", OpenComplaint, open_complaint
    ),
)
