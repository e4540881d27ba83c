"""The company's books: master data it starts with, and the rows its tools write."""

from sqlalchemy import Boolean, Column, Date, Integer, MetaData, Table, Text, UniqueConstraint

from muster.demo.company.columns import Cents

metadata = MetaData()


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


def _text(name: str, *, optional: bool = False, index: bool = False) -> Column[str]:
    return Column(name, Text, nullable=optional, index=index)


facts = Table("facts", metadata, _key("name"), _text("value"))

customers = Table(
    "customers",
    metadata,
    _key("customer_id"),
    _text("name"),
    Column("email", Text, unique=True),
    _text("language"),
    _text("street"),
    _text("city"),
    _text("postal_code"),
    _text("country"),
)

orders = Table(
    "orders",
    metadata,
    _key("order_number"),
    _text("customer_id", index=True),
    _text("status"),
    Column("placed_on", Date),
    Column("shipped_on", Date),
    Column("delivered_on", Date),
    _text("street"),
    _text("city"),
    _text("postal_code"),
    _text("country"),
    _text("payment_method"),
    _text("currency"),
    Column("refunded_before", Cents),
)

order_items = Table(
    "order_items",
    metadata,
    _key("order_number"),
    Column("line", Integer, primary_key=True),
    _text("sku"),
    _text("name"),
    Column("quantity", Integer),
    Column("unit_price", Cents),
    Column("personalised", Boolean),
)

shipments = Table(
    "shipments",
    metadata,
    _key("order_number"),
    _text("status"),
    _text("carrier"),
    _text("tracking_number"),
    Column("last_scan_on", Date),
    _text("last_scan_place", optional=True),
    Column("expected_on", Date),
)

refunds = Table(
    "refunds",
    metadata,
    _key("refund_id"),
    _text("order_number", index=True),
    Column("amount", Cents),
    _text("currency"),
    _text("reason"),
    Column("idempotency_key", Text, unique=True),
)

complaints = Table(
    "complaints",
    metadata,
    _key("complaint_id"),
    _text("customer_id", index=True),
    _text("order_number", optional=True),
    _text("category"),
    _text("summary"),
    _text("status"),
)

vendors = Table(
    "vendors",
    metadata,
    _key("vendor_id"),
    _text("name"),
    _text("vat_id"),
    _text("iban"),
    _text("email"),
    _text("domain"),
    _text("status"),
    Column("payment_terms_days", Integer),
)

purchase_orders = Table(
    "purchase_orders",
    metadata,
    _key("po_number"),
    _text("vendor_id"),
    _text("description"),
    Column("amount", Cents),
    _text("currency"),
    _text("status"),
    Column("ordered_on", Date),
)

invoices = Table(
    "invoices",
    metadata,
    _key("vendor_id"),
    _key("invoice_number"),
    _text("po_number", optional=True),
    Column("amount", Cents),
    _text("currency"),
    Column("due_on", Date),
    _text("iban"),
    _text("status"),
    Column("payment_on", Date),
)

payments = Table(
    "payments",
    metadata,
    _key("payment_id"),
    _text("vendor_id"),
    _text("invoice_number"),
    Column("amount", Cents),
    _text("currency"),
    _text("iban"),
    Column("due_on", Date),
    Column("idempotency_key", Text, unique=True),
    UniqueConstraint("vendor_id", "invoice_number"),
)

bank_transactions = Table(
    "bank_transactions",
    metadata,
    _key("transaction_id"),
    Column("booked_on", Date),
    Column("amount", Cents),
    _text("currency"),
    _text("counterparty"),
    _text("counterparty_iban", optional=True),
    _text("reference"),
    _text("matched_invoice_number", optional=True),
)

contracts = Table(
    "contracts",
    metadata,
    _key("contract_id"),
    _text("vendor_id", index=True),
    _text("title"),
    Column("annual_price", Cents),
    _text("currency"),
    Column("price_increase_cap_percent", Integer),
    Column("term_ends_on", Date),
    Column("notice_deadline_on", Date),
    Column("utilisation_percent", Integer),
    _text("decision", optional=True),
    _text("decision_note", optional=True),
)

companies = Table(
    "companies",
    metadata,
    _key("domain"),
    _text("name"),
    _text("country"),
    _text("region"),
    Column("employees", Integer),
    _text("industry"),
)

executives = Table(
    "executives",
    metadata,
    _key("executive_id"),
    _text("name"),
    _text("region"),
    _text("segments"),
)

leads = Table(
    "leads",
    metadata,
    _key("lead_id"),
    Column("email", Text, unique=True),
    _text("name"),
    _text("company"),
    _text("domain", optional=True),
    _text("message"),
    _text("source"),
    _text("status"),
    Column("score", Integer),
    _text("segment", optional=True),
    _text("reasons", optional=True),
    _text("executive_id", optional=True),
)

outbox = Table(
    "outbox",
    metadata,
    _key("message_id"),
    _text("to"),
    _text("subject"),
    _text("body"),
    _text("in_reply_to", optional=True),
)

writes = Table(
    "writes",
    metadata,
    Column("write_number", Integer, primary_key=True),
    _text("system"),
    _text("tool"),
    _text("fields"),
    _text("muster_task_id", optional=True, index=True),
    _text("written_at"),
)
"""Every change a tool made, once: its arguments and what they resolved to, and the task it was made for."""

SEEDED: tuple[Table, ...] = (
    customers,
    orders,
    order_items,
    shipments,
    vendors,
    purchase_orders,
    invoices,
    bank_transactions,
    contracts,
    companies,
    executives,
    leads,
)
"""The tables `company.json` has rows for, under their own names."""
