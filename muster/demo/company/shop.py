"""What the shop knows: customers, orders, parcels, the refund policy."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from muster.demo.company.arguments import Arguments, Email, Line, OrderNumber
from muster.demo.company.books import business_date
from muster.demo.company.tables import customers, order_items, orders, refunds, shipments
from muster.demo.company.tool import Answer, Body, NotPossibleError, Tool, row_body

RETURN_WINDOW_DAYS = 30
AUTONOMOUS_BELOW_EUR = 1000

POLICY = (
    "Goods can be returned for a full refund within 30 days of delivery. Personalised goods (embroidered,"
    " cut or printed to order) cannot be returned. Refunds go back the way the order was paid, within five"
    " working days. Returns are free within the EU and the UK; the return label is in the parcel. Damaged or"
    " wrong goods are handled by the complaints desk."
)


class FindCustomer(Arguments):
    email: Email


class GetCustomer(Arguments):
    customer_id: Line


class GetOrder(Arguments):
    order_number: OrderNumber


class NoArguments(Arguments):
    pass


def find_customer(books: Connection, wanted: FindCustomer) -> Answer:
    found = books.execute(select(customers).where(customers.c.email == wanted.email)).one_or_none()
    if found is None:
        return Answer({"found": False, "email": wanted.email})
    return Answer({"found": True, "customer": row_body(found)})


def get_customer(books: Connection, wanted: GetCustomer) -> Answer:
    return Answer(row_body(customer_row(books, wanted.customer_id)))


def list_orders(books: Connection, wanted: GetCustomer) -> Answer:
    customer_row(books, wanted.customer_id)
    rows = books.execute(
        select(orders)
        .where(orders.c.customer_id == wanted.customer_id)
        .order_by(orders.c.placed_on.desc(), orders.c.order_number.desc())
    ).all()
    entries = [
        {
            "order_number": row.order_number,
            "status": row.status,
            "placed_on": row.placed_on,
            "total": total_of(item_rows(books, row.order_number)),
            "currency": row.currency,
        }
        for row in rows
    ]
    body = {"customer_id": wanted.customer_id, "business_date": business_date(books), "orders": entries}
    return Answer(body)


def get_order(books: Connection, wanted: GetOrder) -> Answer:
    order = order_row(books, wanted.order_number)
    items = item_rows(books, order.order_number)
    total, refunded = total_of(items), refunded_of(books, order)
    today = business_date(books)
    window_ends_on: date | None = order.delivered_on and order.delivered_on + timedelta(
        days=RETURN_WINDOW_DAYS
    )
    return Answer(
        {
            "order_number": order.order_number,
            "customer_id": order.customer_id,
            "status": order.status,
            "placed_on": order.placed_on,
            "shipped_on": order.shipped_on,
            "delivered_on": order.delivered_on,
            "business_date": today,
            "return_window_ends_on": window_ends_on,
            "return_window_open": window_ends_on is not None and today <= window_ends_on,
            "items": [_item(item) for item in items],
            "shipping_address": address_of(order),
            "total": total,
            "refunded": refunded,
            "refundable": total - refunded,
            "currency": order.currency,
            "payment_method": order.payment_method,
        }
    )


def track_shipment(books: Connection, wanted: GetOrder) -> Answer:
    order_row(books, wanted.order_number)
    found = books.execute(
        select(shipments).where(shipments.c.order_number == wanted.order_number)
    ).one_or_none()
    if found is None:
        return Answer({"order_number": wanted.order_number, "status": "not_shipped"})
    return Answer(row_body(found))


def get_refund_policy(_books: Connection, _wanted: NoArguments) -> Answer:
    return Answer(
        {
            "window_days": RETURN_WINDOW_DAYS,
            "personalised_refundable": False,
            "autonomous_below": AUTONOMOUS_BELOW_EUR,
            "currency": "EUR",
            "text": POLICY,
        }
    )


def customer_row(books: Connection, customer_id: str) -> Row[Any]:
    """The customer's row.

    Raises:
        NotPossibleError: there is no such customer.
    """
    found = books.execute(select(customers).where(customers.c.customer_id == customer_id)).one_or_none()
    if found is None:
        raise NotPossibleError(
            f"There is no customer {customer_id}. Use find_customer with the e-mail address."
        )
    return found


def order_row(books: Connection, order_number: str) -> Row[Any]:
    """The order's row.

    Raises:
        NotPossibleError: there is no such order.
    """
    found = books.execute(select(orders).where(orders.c.order_number == order_number)).one_or_none()
    if found is None:
        raise NotPossibleError(
            f"There is no order {order_number}. Use list_orders to see a customer's orders."
        )
    return found


def item_rows(books: Connection, order_number: str) -> Sequence[Row[Any]]:
    """The order's lines, in order."""
    lines = select(order_items).where(order_items.c.order_number == order_number).order_by(order_items.c.line)
    return books.execute(lines).all()


def total_of(items: Sequence[Row[Any]]) -> Decimal:
    """What the lines cost together."""
    return sum((item.quantity * item.unit_price for item in items), Decimal("0.00"))


def refunded_of(books: Connection, order: Row[Any]) -> Decimal:
    """What was given back for the order up to now."""
    given = books.scalars(select(refunds.c.amount).where(refunds.c.order_number == order.order_number))
    return sum(given, order.refunded_before or Decimal("0.00"))


def address_of(order: Row[Any]) -> Body:
    """Where the order goes."""
    return {
        "street": order.street,
        "city": order.city,
        "postal_code": order.postal_code,
        "country": order.country,
    }


def _item(item: Row[Any]) -> Body:
    return {
        "line": item.line,
        "sku": item.sku,
        "name": item.name,
        "quantity": item.quantity,
        "unit_price": item.unit_price,
        "line_total": item.quantity * item.unit_price,
        "personalised": item.personalised,
    }


READS: tuple[Tool[Any], ...] = (
    Tool(
        "shop",
        "find_customer",
        "The customer with this e-mail address, if there is one.",
        FindCustomer,
        find_customer,
    ),
    Tool("shop", "get_customer", "A customer's name, address and language.", GetCustomer, get_customer),
    Tool("shop", "list_orders", "A customer's orders, newest first.", GetCustomer, list_orders),
    Tool(
        "shop",
        "get_order",
        "An order: items, total, what was refunded, whether it can still be returned.",
        GetOrder,
        get_order,
    ),
    Tool("shop", "track_shipment", "Where an order's parcel is.", GetOrder, track_shipment),
    Tool("shop", "get_refund_policy", "The rules for returns and refunds.", NoArguments, get_refund_policy),
)
